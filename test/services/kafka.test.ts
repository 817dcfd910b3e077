import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SASLOptions } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaService, ServiceError, startKafka } from '../../services/index.ts';
import { answersApiVersions } from '../../services/kafka/readiness.ts';
import { produce, readAll } from './support/topics.ts';

describe('a broker of the test’s own', () => {
  let kafka: KafkaService;

  beforeAll(async () => {
    kafka = await startKafka({ sasl: [{ username: 'alice', password: 'quote " and \\ too' }], mtls: true });
  });
  afterAll(() => kafka.stop());

  test('serves a topic with the partitions and settings asked for', async () => {
    await kafka.createTopic('orders', { partitions: 3, configs: { 'retention.ms': '60000' } });
    const admin = kafka.client().admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
    await admin.disconnect();
    expect(topics[0]?.partitions).toHaveLength(3);
    await expect(kafka.createTopic('orders')).rejects.toThrow('topic orders exists already');
  });

  test('has no topic that nobody created', async () => {
    const admin = kafka.client({ retry: { retries: 0 } }).admin();
    await admin.connect();
    await expect(admin.fetchTopicMetadata({ topics: ['never-created'] })).rejects.toThrow('does not host this topic');
    await admin.disconnect();
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'lets a user in over TLS by %s',
    async (mechanism) => {
      const { bootstrapServers, caFile, users } = listener(kafka.saslSsl);
      const [user] = users;
      if (user === undefined) throw new Error('no user');
      const tls = { brokers: [bootstrapServers], ssl: { ca: await readFile(caFile, 'utf8') }, retry: { retries: 0 } };

      // KafkaJS has a type for each mechanism, and none for a choice of them.
      const admin = kafka.client({ ...tls, sasl: { mechanism, ...user } as SASLOptions }).admin();
      await admin.connect();
      expect((await admin.describeCluster()).brokers).toHaveLength(1);
      await admin.disconnect();

      const stranger = kafka.client({ ...tls, sasl: { mechanism, ...user, password: 'wrong' } as SASLOptions }).admin();
      await expect(stranger.connect()).rejects.toThrow(/authentication failed/i);
      await stranger.disconnect();
    },
  );

  test('wants a certificate on the mTLS listener', async () => {
    const { bootstrapServers, caFile, certFile, keyFile } = listener(kafka.mtls);
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => readFile(file, 'utf8')));
    const at = { brokers: [bootstrapServers], retry: { retries: 0 } };

    const admin = kafka.client({ ...at, ssl: { ca, cert, key } as object }).admin();
    await admin.connect();
    expect((await admin.describeCluster()).brokers).toHaveLength(1);
    await admin.disconnect();

    const stranger = kafka.client({ ...at, ssl: { ca } as object }).admin();
    await expect(stranger.connect()).rejects.toThrow();
    await stranger.disconnect();
  });

  test('keeps its ports and what it holds over a restart, and over a kill', async () => {
    await kafka.createTopic('kept');
    const { bootstrapServers, pid } = kafka;
    await produce(kafka, 'kept', ['before the restart']);

    await kafka.restart();
    expect(kafka.bootstrapServers).toBe(bootstrapServers);
    expect(kafka.pid).not.toBe(pid);
    await produce(kafka, 'kept', ['before the kill']);

    await kafka.kill();
    expect(kafka.isRunning).toBe(false);
    await kafka.start();
    expect(await readAll(kafka, 'kept', 2)).toEqual(['before the restart', 'before the kill']);
  });

  test('is silent while paused, and answers again when resumed', async () => {
    const [host = '', port] = kafka.bootstrapServers.split(':');
    await kafka.pause();
    expect(await answersApiVersions(host, Number(port), 300)).toBe(false);
    kafka.resume();
    expect(await answersApiVersions(host, Number(port), 10_000)).toBe(true);
  });
});

test('a broker that refuses to start is answered with its own words and the place of its log', async () => {
  const failure = await startKafka({ properties: { 'authorizer.class.name': 'no.such.Authorizer' } }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ServiceError);
  const { message } = failure as ServiceError;
  expect(message).toMatch(/ClassNotFoundException: no\.such\.Authorizer/);
  const logFile = /(\S+broker\.log)/.exec(message)?.[1];
  if (logFile === undefined) throw new Error(`no log file in: ${message}`);
  expect(existsSync(logFile)).toBe(true);
  await rm(dirname(logFile), { recursive: true });
});

function listener<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the broker has no such listener');
  return value;
}
