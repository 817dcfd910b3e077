import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Admin, type Kafka } from 'kafkajs';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { type KafkaService, startKafka } from '../../services/index.ts';
import { columnsOf, STREAMS } from './rows.ts';

export const DATABASE = 'soak';
export const DEAD_LETTERS = 'dead-letters';
/** A table that others load into. */
export const OTHERS = 'others';
/** Milliseconds after which the group takes a silent process to be dead. */
export const SESSION_MS = 6_000;

const PIPELINE = 'soak';
const GROUP = `connect-${PIPELINE}`;

/** What the processes run against. */
export interface Surroundings {
  readonly broker: KafkaService;
  readonly kafka: Kafka;
  readonly starrocks: Emulator;
  readonly pipelineFile: string;
  readonly close: () => Promise<void>;
}

/** Starts a broker and a StarRocks, with the topics and tables, and writes the pipeline's file. */
export async function startSurroundings(dir: string): Promise<Surroundings> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(closers.splice(0).map((one) => one()));
  };
  try {
    const broker = await startKafka({ heap: '512m', say: () => undefined });
    closers.push(() => broker.stop());
    const starrocks = await startEmulator({
      backends: 2,
      follower: true,
      // A busy database forgets a load that has ended within seconds.
      limits: { labelKeepMaxNum: 10 },
    });
    closers.push(() => starrocks.close());
    await starrocks.query(`CREATE DATABASE ${DATABASE}`);
    await starrocks.query(`CREATE TABLE ${DATABASE}.${OTHERS} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
    for (const stream of STREAMS) {
      await starrocks.query(`CREATE TABLE ${DATABASE}.${stream.name} ${columnsOf(stream)}`);
      await broker.createTopic(stream.name, { partitions: stream.partitions });
    }
    // The broker's own time tells which of two dead letters was written by a process that had been frozen.
    await broker.createTopic(DEAD_LETTERS, {
      partitions: 2,
      configs: { 'message.timestamp.type': 'LogAppendTime' },
    });
    const pipelineFile = join(dir, 'pipeline.json');
    await writeFile(pipelineFile, JSON.stringify(pipeline(broker, starrocks), undefined, 2));
    const kafka = broker.client({ requestTimeout: 5_000, retry: { retries: 10 } });
    return { broker, kafka, starrocks, pipelineFile, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Limits are short, so that much can happen in a minute; batches are small, so that there are many loads. */
function pipeline(broker: KafkaService, starrocks: Emulator): object {
  return {
    name: PIPELINE,
    kafka: {
      brokers: [broker.bootstrapServers],
      topics: STREAMS.map(({ name }) => name),
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: 1_000,
      rebalanceTimeoutMs: 15_000,
      requestTimeoutMs: 5_000,
      connectionTimeoutMs: 2_000,
      fetchMaxWaitMs: 300,
    },
    starrocks: {
      urls: starrocks.feUrls,
      database: DATABASE,
      username: 'root',
      password: '',
      connectTimeoutMs: 500,
      idleTimeoutMs: 2_000,
    },
    flush: { intervalMs: 200, maxBytes: 32 * 1024 },
    buffer: { maxBytes: 512 * 1024 },
    errors: {
      tolerance: 'all',
      deadLetterTopic: { name: DEAD_LETTERS, replicationFactor: 1, contextHeaders: true },
    },
    shutdownTimeoutMs: 10_000,
  };
}

/** Partitions whose records are not all loaded and committed as a position without metadata; a few words for each. */
export async function unfinishedPartitions(admin: Admin): Promise<string[]> {
  const committed = await admin.fetchOffsets({ groupId: GROUP, topics: STREAMS.map(({ name }) => name) });
  const unfinished: string[] = [];
  for (const { topic, partitions } of committed) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      const entry = partitions.find((candidate) => candidate.partition === partition);
      const offset = Math.max(0, Number(entry?.offset ?? 0));
      if (offset === Number(high) && !entry?.metadata) continue;
      unfinished.push(`${topic}/${partition} at ${offset} of ${high}${entry?.metadata ? ` ${entry.metadata}` : ''}`);
    }
  }
  return unfinished;
}
