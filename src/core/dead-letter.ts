import { type DeadLetter, type KafkaRecord, type RawValue, type TopicPartition } from './record-batch.ts';

/** Where a record stands in Kafka. */
export interface RecordPosition extends TopicPartition {
  readonly offset: number;
}

/** A record as it is written to the dead letter topic. */
export interface DeadLetterRecord {
  /** Where the bad record was read. */
  readonly source: RecordPosition;
  readonly key: Uint8Array | null;
  readonly value: RawValue;
  /** In their order; a name can stand there more than once. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | string | null])[];
  /** Milliseconds since the epoch; undefined for the time at which it is written. */
  readonly timestamp: number | undefined;
}

/** The topic that bad records are written to. */
export interface DeadLetterTopic {
  /**
   * Connects, and creates the topic if it is missing.
   *
   * @throws ConfigError when the topic cannot be created or written to as configured; UnavailableError when no broker
   * answers.
   */
  open(): Promise<void>;
  /**
   * Writes records and waits until all of them are acknowledged by every replica in sync.
   *
   * @throws RecordError for a record that is larger than the topic takes; UnavailableError when the brokers did not
   * acknowledge all after a few attempts. Any of the records may have been written then: `written` tells.
   */
  send(records: readonly DeadLetterRecord[]): Promise<void>;
  /** The end offset of each of its partitions, by partition. Throws an UnavailableError when no broker tells. */
  ends(): Promise<number[]>;
  /**
   * Reads the topic to its end, from earlier end offsets on, and says which records were written there since.
   *
   * @throws UnavailableError when that takes longer than its limit.
   */
  written(since: readonly number[]): Promise<RecordPosition[]>;
  /** Lets go of the brokers; what is being sent or read fails. Safe to call again, and before `open`. */
  close(): Promise<void>;
}

/**
 * The header that says where a dead letter was read. Every dead letter has it, whatever the settings for other headers
 * are: it is how one is recognised that was written before a crash, so that it is not written again.
 */
export const SOURCE_HEADER = 'tributary.source';

/** What stands in that header. Topic names cannot contain a slash. */
export function sourceText({ topic, partition, offset }: RecordPosition): string {
  return `${topic}/${partition}/${offset}`;
}

/** Reads such a text; undefined for any other. */
export function parseSource(text: string): RecordPosition | undefined {
  const [, topic, partition, offset] = /^([^/]+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** What Kafka Connect's converters and transforms throw for a bad record. */
export const DATA_EXCEPTION = 'org.apache.kafka.connect.errors.DataException';

/** A record that the sink itself or StarRocks refused: the place at which a Java connector would report it. */
export function putFailure(record: KafkaRecord<RawValue>, error: Error): DeadLetter {
  return { record, stage: 'TASK_PUT', className: 'org.apache.kafka.connect.sink.SinkTask', error };
}
