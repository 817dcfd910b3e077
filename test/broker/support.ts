import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaConfig, logLevel, type Message, Partitioners, type ProducerRecord } from 'kafkajs';
import { expect, inject, onTestFinished } from 'vitest';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../../src/core/record-batch.ts';
import { KafkaSource, type KafkaSourceOptions } from '../../src/streams/kafka/kafka-source.ts';
import { type CommittedOffset, type SourceListener } from '../../src/streams/source.ts';
import { createLedTopic } from '../support/create-topic.ts';
import { eventually } from '../support/eventually.ts';
import { offsetsOf, setOffsets as setOffsetsOf } from '../support/group-offsets.ts';
import { connectionTo } from '../support/kafka-connection.ts';
import { ONCE } from '../support/producing.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

/** Tests share the broker and keep apart by their names. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

export function client(config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({ brokers: [inject('kafka').bootstrapServers], logLevel: logLevel.NOTHING, ...config });
}

/** Does something with an admin client of the shared broker. */
export async function admin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const connected = client().admin();
  await connected.connect();
  try {
    return await use(connected);
  } finally {
    await connected.disconnect();
  }
}

/** A topic for this test. */
export async function createTopic(
  name: string,
  { partitions = 1, configs = {} }: { partitions?: number; configs?: Record<string, string> } = {},
): Promise<string> {
  const topic = uniqueName(name);
  const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
  await admin((connected) => createLedTopic(connected, { topic, numPartitions: partitions, configEntries }));
  return topic;
}

export async function produce(
  topic: string,
  messages: Message[],
  options: Partial<Omit<ProducerRecord, 'topic' | 'messages'>> = {},
): Promise<void> {
  const producer = client().producer({ ...ONCE, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (let next = 0; next < messages.length; next += 5000) {
      await producer.send({ topic, messages: messages.slice(next, next + 5000), ...options });
    }
  } finally {
    await producer.disconnect();
  }
}

/** What the group has committed, by partition; -1 where it has nothing. */
export async function committedOffsets(groupId: string, topic: string): Promise<number[]> {
  const offsets = await admin((connected) => offsetsOf(connected, groupId, topic));
  return offsets.map(({ offset }) => Number(offset));
}

/** Commits plain offsets for a group that has no members, one for each partition from 0 on. */
export function setOffsets(groupId: string, topic: string, offsets: readonly number[]): Promise<void> {
  return setOffsetsOf(inject('kafka').bootstrapServers, groupId, topic, offsets);
}

export function sourceOptions(
  options: Partial<KafkaSourceOptions> & Pick<KafkaSourceOptions, 'topics'>,
): KafkaSourceOptions {
  return {
    ...connectionTo(inject('kafka').bootstrapServers),
    groupId: uniqueName('group'),
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_uncommitted',
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 300,
    rebalanceTimeoutMs: 10_000,
    fetchMinBytes: 1,
    fetchMaxBytes: 10_000_000,
    fetchMaxWaitMs: 100,
    maxPartitionFetchBytes: 1_000_000,
    metadataMaxAgeMs: 300_000,
    ...options,
  };
}

/** An owner of partitions that opens whatever it is given, and keeps what comes. */
export class Collector implements SourceListener {
  readonly source: KafkaSource;
  readonly logger: RecordingLogger;
  readonly batches: RecordBatch<RawValue>[] = [];
  readonly highWatermarks = new Map<string, number>();
  /** For each generation, where each partition was opened. */
  readonly opened: Map<string, number>[] = [];
  readonly failures: unknown[] = [];
  rebalances = 0;
  stalls = 0;
  /** Where the owner goes on, when not where the group stands. */
  goOn: (committed: CommittedOffset) => CommittedOffset = (committed) => committed;
  /** Sees each batch as it comes. */
  onBatch: (batch: RecordBatch<RawValue>) => void = () => undefined;
  #generation = 0;

  constructor(source: KafkaSource, logger: RecordingLogger) {
    this.source = source;
    this.logger = logger;
  }

  rebalancing(): void {
    this.rebalances++;
  }

  assigned(generation: number, partitions: readonly TopicPartition[]): void {
    this.#generation = generation;
    const opened = new Map<string, number>();
    this.opened.push(opened);
    this.source
      .committed(partitions)
      .then((committed) => this.source.startingPositions(committed.map((offset) => this.goOn(offset))))
      .then((positions) => {
        if (generation !== this.#generation) return;
        for (const position of positions) {
          opened.set(partitionKey(position), position.offset);
          this.source.open(position);
        }
      })
      .catch((error: unknown) => this.failures.push(error));
  }

  quiesce(): Promise<void> {
    return Promise.resolve();
  }

  batch(batch: RecordBatch<RawValue>, highWatermark: number): void {
    this.batches.push(batch);
    this.highWatermarks.set(partitionKey(batch), highWatermark);
    this.onBatch(batch);
  }

  stalled(): void {
    this.stalls++;
  }

  failed(error: Error): void {
    this.failures.push(error);
  }

  /** All records, in the order in which they came. */
  get records(): ReturnType<RecordBatch<RawValue>['records']['record']>[] {
    return this.batches.flatMap(({ records }) =>
      Array.from({ length: records.length }, (_, index) => records.record(index)),
    );
  }

  get texts(): (string | null)[] {
    return this.records.map(({ value }) => (value === null ? null : new TextDecoder().decode(value)));
  }

  /** Where each partition of the newest generation is read next. */
  get positions(): Map<string, number> {
    const positions = new Map<string, number>();
    for (const batch of this.batches) {
      if (batch.generation === this.#generation) positions.set(partitionKey(batch), batch.nextOffset);
    }
    return positions;
  }
}

/** A source that is stopped with the test. */
export function createSource(options: KafkaSourceOptions): { source: KafkaSource; logger: RecordingLogger } {
  const logger = new RecordingLogger();
  const source = new KafkaSource(options, logger);
  onTestFinished(() => source.stop());
  return { source, logger };
}

/** A source that has joined its group, and its owner. */
export async function collect(
  options: Partial<KafkaSourceOptions> & Pick<KafkaSourceOptions, 'topics'>,
  prepare: (collector: Collector) => void = () => undefined,
): Promise<Collector> {
  const { source, logger } = createSource(sourceOptions(options));
  const collector = new Collector(source, logger);
  prepare(collector);
  await source.start(collector);
  return collector;
}

/** Waits until this many records have come. */
export async function received(collector: Collector, count: number): Promise<void> {
  await eventually(() => {
    expect(collector.failures).toEqual([]);
    const seen = collector.batches.reduce((sum, { records }) => sum + records.length, 0);
    expect(seen).toBeGreaterThanOrEqual(count);
  });
}
