import type { z } from 'zod';
import type { ReadText } from '../config-providers.ts';
import type { DistributedSettings, StorageTopic } from '../distributed-settings.ts';
import { type Findings, key } from '../findings.ts';
import { kafkaSettings, topicName } from '../kafka-settings.ts';
import { rangePhrase } from '../settings.ts';
import { type ConnectFile, list, quoted } from './entries.ts';
import { readWorkerSecurity } from './security.ts';

const int32 = 2_147_483_647;

/** The model's names of what a worker's file says about its own clients, and Kafka Connect's defaults where they differ. */
const numbers = {
  sessionTimeoutMs: { name: 'session.timeout.ms', fallback: 10_000 },
  heartbeatIntervalMs: { name: 'heartbeat.interval.ms', fallback: 3_000 },
  rebalanceTimeoutMs: { name: 'rebalance.timeout.ms', fallback: 60_000 },
  requestTimeoutMs: { name: 'request.timeout.ms', fallback: 40_000 },
  metadataMaxAgeMs: { name: 'metadata.max.age.ms', fallback: 300_000 },
};

/** What stands behind `config.storage.` and is no setting of the topic itself; that it is compacted cannot be chosen. */
const ownSettings = ['topic', 'replication.factor', 'partitions', 'cleanup.policy'];

/** Reads what makes a worker one of several. Without a result there is at least one problem. */
export async function readDistributedSettings(
  worker: ConnectFile,
  readText: ReadText,
  findings: Findings,
): Promise<DistributedSettings | undefined> {
  const before = findings.problems.length;
  const read = new Reader(worker, findings);
  const configTopic = read.topic('config', 1);
  const statusTopic = read.topic('status', read.number('status.storage.partitions', [1, int32], 5));
  const groupId = read.text('group.id');
  const { tls, sasl } = await readWorkerSecurity(worker, readText, findings);
  const values = Object.entries(numbers).map(([setting, { name, fallback }]) => [
    setting,
    read.number(name, [1, int32], fallback),
  ]);
  const parsed = kafkaSettings.safeParse({
    brokers: list(worker.entries.get('bootstrap.servers')?.value ?? 'localhost:9092'),
    ...(Object.fromEntries(values) as object),
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  });
  if (!parsed.success) for (const issue of parsed.error.issues) read.refuse(keyOf(issue), issue.message);
  if (!parsed.success || findings.problems.length > before) return undefined;
  const clientId = worker.entries.get('client.id')?.value || `tributary-${groupId}`;
  return { kafka: { ...parsed.data, clientId, groupId }, configTopic, statusTopic };
}

/** The key of the worker's file that an issue of the model is about. */
function keyOf({ path: [section] }: z.core.$ZodIssue): string {
  if (section === 'sasl') return 'sasl.jaas.config';
  if (section === 'tls') return 'security.protocol';
  return Object.entries(numbers).find(([setting]) => setting === section)?.[1].name ?? 'bootstrap.servers';
}

/** Reads single values, and says what is wrong with them. */
class Reader {
  readonly #worker: ConnectFile;
  readonly #findings: Findings;

  constructor(worker: ConnectFile, findings: Findings) {
    this.#worker = worker;
    this.#findings = findings;
  }

  text(name: string): string {
    const value = this.#worker.entries.get(name)?.value ?? '';
    if (value === '') {
      this.#findings.problems.push(`${key(name)} is missing in ${this.#worker.file}: a distributed worker needs it.`);
    }
    return value;
  }

  number(name: string, [min, max]: readonly [number, number], fallback: number): number {
    const found = this.#worker.entries.get(name);
    if (found === undefined) return fallback;
    const value = Number(found.value);
    if (/^-?\d+$/.test(found.value) && value >= min && value <= max) return value;
    this.refuse(name, `it must be ${rangePhrase(min, max, name.endsWith('.ms') ? 'ms' : '')}`);
    return fallback;
  }

  topic(what: 'config' | 'status', partitions: number): StorageTopic {
    const name = `${what}.storage.topic`;
    const topic = this.text(name);
    const checked = topicName.safeParse(topic);
    if (topic !== '' && !checked.success) this.refuse(name, checked.error.issues[0]?.message ?? '');
    const replicationFactor = this.number(`${what}.storage.replication.factor`, [-1, 32_767], 3);
    if (replicationFactor === 0) this.refuse(`${what}.storage.replication.factor`, 'it must be -1, or 1 or more');
    const prefix = `${what}.storage.`;
    const configs = [...this.#worker.entries]
      .filter(([setting]) => setting.startsWith(prefix) && !ownSettings.includes(setting.slice(prefix.length)))
      .map(([setting, { value }]) => [setting.slice(prefix.length), value]);
    return { topic, replicationFactor, partitions, configs: Object.fromEntries(configs) as Record<string, string> };
  }

  refuse(name: string, why: string): void {
    const found = this.#worker.entries.get(name);
    const what = found ? `${key(name)} is ${quoted(found)} (${found.place})` : `${key(name)} is missing`;
    this.#findings.problems.push(`${what}, but ${why}.`);
  }
}
