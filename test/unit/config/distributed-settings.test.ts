import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DistributedSettings } from '../../../src/config/distributed-settings.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { connectFiles, load, problemsOf } from './support.ts';

const needed = { 'group.id': 'workers', 'config.storage.topic': 'configs', 'status.storage.topic': 'statuses' };

/** A distributed worker's file, without a connector's. What is added stands in line 8. */
const files = (changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> => {
  const { w = '' } = connectFiles({ worker: { ...needed, ...changes } });
  return { w };
};

async function distributed(changes: Readonly<Record<string, string>> = {}): Promise<DistributedSettings> {
  const { worker } = await load(files(changes));
  if (!worker?.distributed) throw new Error('It is no distributed worker');
  return worker.distributed;
}

describe('a distributed worker', () => {
  it("has Kafka Connect's defaults", async () => {
    const { kafka, configTopic, statusTopic } = await distributed();
    expect(kafka).toMatchObject({
      brokers: ['localhost:9092'],
      groupId: 'workers',
      clientId: 'tributary-workers',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 3_000,
      rebalanceTimeoutMs: 60_000,
      requestTimeoutMs: 40_000,
    });
    expect(configTopic).toEqual({ topic: 'configs', replicationFactor: 3, partitions: 1, configs: {} });
    expect(statusTopic).toEqual({ topic: 'statuses', replicationFactor: 3, partitions: 5, configs: {} });
  });

  it('is described by the example, without a warning', async () => {
    const cwd = join(import.meta.dirname, '../../..');
    const { worker, warnings } = await loadConfig(['examples/connect-distributed.properties'], { cwd, env: {} });
    expect([worker?.distributed?.kafka.groupId, warnings]).toEqual(['connect-cluster', []]);
  });

  it("takes the worker's own keys for its clients, and settings of its topics", async () => {
    const { kafka, configTopic, statusTopic } = await distributed({
      'client.id': 'me',
      'session.timeout.ms': '6000',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";',
      'consumer.session.timeout.ms': '7000',
      'config.storage.replication.factor': '-1',
      'config.storage.min.insync.replicas': '2',
      'config.storage.cleanup.policy': 'delete',
      'status.storage.partitions': '2',
    });
    expect(kafka).toMatchObject({
      clientId: 'me',
      sessionTimeoutMs: 6_000,
      tls: { serverNameCheck: true },
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
    });
    expect(configTopic).toMatchObject({ replicationFactor: -1, configs: { 'min.insync.replicas': '2' } });
    expect(statusTopic.partitions).toBe(2);
  });

  it.each([
    [{ 'status.storage.topic': undefined }, '`status.storage.topic` is missing in w: a distributed worker needs it.'],
    [
      { 'config.storage.topic': 'a b' },
      '`config.storage.topic` is `a b` (w:6), but it must be a topic name (letters, digits, `.`, `_` and `-`, at most 249).',
    ],
    [
      { 'config.storage.replication.factor': '0' },
      '`config.storage.replication.factor` is `0` (w:8), but it must be -1, or 1 or more.',
    ],
    [
      { 'session.timeout.ms': 'x' },
      '`session.timeout.ms` is `x` (w:8), but it must be a whole number from 1 to 2147483647 ms.',
    ],
    [
      { 'session.timeout.ms': '10' },
      '`session.timeout.ms` is `10` (w:8), but it must be a whole number from 1000 to 86400000 ms.',
    ],
  ])('is refused with %o', async (changes, problem) => expect(await problemsOf(files(changes))).toEqual([problem]));

  it('is a standalone one beside a connector', async () => {
    const { worker } = await load(connectFiles({ worker: needed }));
    expect(worker?.distributed).toBeUndefined();
  });
});
