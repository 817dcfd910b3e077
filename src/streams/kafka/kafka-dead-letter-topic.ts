import { randomUUID } from 'node:crypto';
import kafkajs, {
  type Admin,
  type IHeaders,
  type Kafka,
  type KafkaMessage,
  type Message,
  type PartitionMetadata,
  type Producer,
} from 'kafkajs';
import {
  type DeadLetterRecord,
  type DeadLetterTopic,
  parseSource,
  type RecordPosition,
  SOURCE_HEADER,
  sourceText,
} from '../../core/dead-letter.ts';
import { ConfigError, describeError, RecordError, UnavailableError } from '../../core/errors.ts';
import { Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { type KafkaConnectionOptions, kafkaConfig } from './client-options.ts';
import { createTopic } from './create-topic.ts';
import { describeTopics } from './describe-topics.ts';
import { type TopicMetadata } from './fetch/metadata-api.ts';
import { idempotentProducer } from './idempotent-producer.ts';
import { isAuthorization, protocolError } from './protocol-error.ts';
import { readStretches } from './read-stretches.ts';

/** Which topic, and how to reach it. */
export interface KafkaDeadLetterTopicOptions extends KafkaConnectionOptions {
  readonly topic: string;
  /** Of the topic, if it has to be created; -1 for the brokers' default. */
  readonly replicationFactor: number;
  /** The pipeline's consumer group. The topic is read in groups of their own, whose names begin with this one's. */
  readonly groupId: string;
  /** Milliseconds that `written` may take. Default 60,000. */
  readonly readTimeoutMs?: number;
}

const { Kafka: KafkaClient, Partitioners } = kafkajs;

/** Half of what a topic takes in one piece by default, so that what stands around the records fits as well. */
const MAX_SEND_BYTES = 512 * 1024;
/** Kafka Connect creates it with one. */
const PARTITIONS = 1;

/** A connected producer, and the partitions that it chooses from. */
interface Outlet {
  readonly producer: Producer;
  readonly partitions: PartitionMetadata[];
}

/**
 * The dead letter topic through KafkaJS. What its producer does to us decides the shape:
 *
 * - It is idempotent, so that a repeated request whose answer was lost writes nothing twice. KafkaJS takes a request's
 *   sequence numbers back when it fails; the next request, with other records, would then be taken for the lost one and
 *   dropped by the broker. So a producer that failed is never used again.
 * - It shares records out anew at each of its own retries, and takes a broker that has answered for done, whatever it is
 *   asked now. So each request is for one partition, which is chosen before.
 * - It cannot write a header without a value; that becomes an empty one.
 *
 * Its admin client tells the end of what is committed. Dead letters are written without transactions; if somebody else
 * has one open in this topic, `written` does not see the letters behind its beginning.
 */
export class KafkaDeadLetterTopic implements DeadLetterTopic {
  readonly #options: KafkaDeadLetterTopicOptions;
  readonly #logger: Logger;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #choosePartition = Partitioners.DefaultPartitioner();
  readonly #turns = new Limiter(1);
  readonly #closed = new AbortController();
  #outlet: Outlet | undefined;

  constructor(options: KafkaDeadLetterTopicOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#kafka = new KafkaClient(kafkaConfig(options, logger));
    this.#admin = this.#kafka.admin();
  }

  async open(): Promise<void> {
    const { topic } = this.#options;
    try {
      await this.#admin.connect();
      if (!(await describeTopics(this.#options, [topic])).has(topic)) await this.#create();
      await this.#turns.run(() => this.#connect());
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async send(records: readonly DeadLetterRecord[]): Promise<void> {
    await this.#turns.run(() => this.#write(records));
  }

  async ends(): Promise<number[]> {
    const ends: number[] = [];
    for (const { partition, end } of await this.#bounds()) ends[partition] = end;
    return ends;
  }

  async written(since: readonly number[]): Promise<RecordPosition[]> {
    const { topic, groupId, readTimeoutMs = 60_000 } = this.#options;
    const stretches = (await this.#bounds()).map(({ partition, begin, end }) => {
      const from = since[partition] ?? 0;
      // Beyond the end: the topic was deleted and created again, so that all of it is new.
      return { partition, from: from > end ? begin : Math.max(from, begin), to: end };
    });
    if (stretches.every(({ from, to }) => from >= to)) return [];
    const found = new Map<string, RecordPosition>();
    try {
      await readStretches({
        kafka: this.#kafka,
        admin: this.#admin,
        topic,
        stretches,
        groupId: `${groupId}-dead-letters-${randomUUID()}`,
        timeoutMs: readTimeoutMs,
        signal: this.#closed.signal,
        onMessage: (message) => {
          const source = sourceOf(message);
          if (source !== undefined) found.set(sourceText(source), source);
        },
        logger: this.#logger,
      });
    } catch (error) {
      throw this.#explain(error);
    }
    return [...found.values()];
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#disconnect(), this.#admin.disconnect()]);
  }

  async #create(): Promise<void> {
    const { topic, replicationFactor } = this.#options;
    try {
      const wanted = { topic, what: 'dead letter', partitions: PARTITIONS, replicationFactor };
      const created = await createTopic(this.#admin, this.#options, wanted, this.#closed.signal);
      if (created) this.#logger.info({ topic, replicationFactor }, `The dead letter topic ${topic} has been created`);
    } catch (error) {
      const refusal = protocolError(error);
      if (refusal === undefined || isAuthorization(refusal)) throw error;
      throw new ConfigError([
        `The dead letter topic ${topic} cannot be created with a replication factor of ${replicationFactor}: ${refusal.message}. Create it, or change errors.deadletterqueue.topic.replication.factor (errors.deadLetterTopic.replicationFactor in a pipeline file).`,
      ]);
    }
  }

  async #connect(): Promise<Outlet> {
    if (this.#outlet) return this.#outlet;
    const { topic } = this.#options;
    const producer = idempotentProducer(this.#kafka);
    try {
      await producer.connect();
      const found = (await describeTopics(this.#options, [topic])).get(topic);
      if (!found) throw this.#gone();
      this.#closed.signal.throwIfAborted();
      this.#outlet = { producer, partitions: found.partitions.map(forPartitioner) };
      return this.#outlet;
    } catch (error) {
      await producer.disconnect();
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const outlet = this.#outlet;
    this.#outlet = undefined;
    await outlet?.producer.disconnect();
  }

  async #write(records: readonly DeadLetterRecord[]): Promise<void> {
    try {
      this.#closed.signal.throwIfAborted();
      const { producer, partitions } = await this.#connect();
      for (const [partition, group] of this.#byPartition(records, partitions)) {
        for (const part of cutToSize(group)) await this.#request(producer, partition, part);
      }
    } catch (error) {
      await this.#disconnect();
      throw this.#explain(error);
    }
  }

  /** With a key as Kafka's own producers do it; without one the same for each attempt, and for the records of a partition. */
  #byPartition(
    records: readonly DeadLetterRecord[],
    partitionMetadata: PartitionMetadata[],
  ): Map<number, DeadLetterRecord[]> {
    const { topic } = this.#options;
    const groups = new Map<number, DeadLetterRecord[]>();
    for (const record of records) {
      const partition =
        record.key === null
          ? record.source.partition % partitionMetadata.length
          : this.#choosePartition({ topic, partitionMetadata, message: messageOf(record) });
      const group = groups.get(partition);
      if (group) group.push(record);
      else groups.set(partition, [record]);
    }
    return groups;
  }

  async #request(producer: Producer, partition: number, records: readonly DeadLetterRecord[]): Promise<void> {
    const { topic, requestTimeoutMs } = this.#options;
    try {
      const messages = records.map((record) => ({ ...messageOf(record), partition }));
      await producer.send({ topic, messages, acks: -1, timeout: requestTimeoutMs });
    } catch (error) {
      const [first] = records;
      if (!isTooLarge(error) || first === undefined) throw error;
      if (records.length === 1) {
        throw new RecordError(
          first.source,
          `its dead letter is larger than the topic ${topic} takes. Raise max.message.bytes of that topic.`,
        );
      }
      // The topic takes less than is usual.
      const middle = Math.ceil(records.length / 2);
      await this.#request(producer, partition, records.slice(0, middle));
      await this.#request(producer, partition, records.slice(middle));
    }
  }

  async #bounds(): Promise<{ partition: number; begin: number; end: number }[]> {
    try {
      const offsets = await this.#admin.fetchTopicOffsets(this.#options.topic);
      return offsets.map(({ partition, low, high }) => ({ partition, begin: Number(low), end: Number(high) }));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #gone(cause?: unknown): UnavailableError {
    const { topic, brokers } = this.#options;
    return new UnavailableError(
      `The dead letter topic ${topic} is no longer on the brokers at ${brokers.join(',')}. Create it, or start this process again, which creates it.`,
      { cause },
    );
  }

  /** The client's error as a sentence with a cure. */
  #explain(error: unknown): Error {
    if (error instanceof ConfigError || error instanceof UnavailableError || error instanceof RecordError) return error;
    const { topic, brokers, groupId } = this.#options;
    const at = brokers.join(',');
    if (this.#closed.signal.aborted) return new UnavailableError(`The dead letter topic ${topic} is closed.`);
    const refusal = protocolError(error);
    if (refusal && isAuthorization(refusal)) {
      return new ConfigError([
        `The Kafka brokers at ${at} do not allow the dead letter topic ${topic} to be used: ${refusal.message}. Grant CREATE, DESCRIBE, READ and WRITE on it and READ on the groups whose names begin with ${groupId}; brokers before 3.0 also want IDEMPOTENT_WRITE on the cluster.`,
      ]);
    }
    if (refusal?.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
      return this.#gone(error);
    }
    return new UnavailableError(
      `The dead letter topic ${topic} at ${at} cannot be used: ${describeError(refusal ?? error)}. Check bootstrap.servers and the network.`,
      { cause: error },
    );
  }
}

/** Parts that are small enough for one request; a record that is larger than that is alone. */
function* cutToSize(records: readonly DeadLetterRecord[]): Generator<DeadLetterRecord[]> {
  let part: DeadLetterRecord[] = [];
  let size = 0;
  for (const record of records) {
    const own = sizeOf(record);
    if (part.length > 0 && size + own > MAX_SEND_BYTES) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(record);
    size += own;
  }
  if (part.length > 0) yield part;
}

function sizeOf({ key, value, headers }: DeadLetterRecord): number {
  return headers.reduce(
    (size, [name, content]) => size + Buffer.byteLength(name) + Buffer.byteLength(content ?? ''),
    (key?.length ?? 0) + (value?.length ?? 0),
  );
}

function messageOf({ key, value, headers, timestamp }: DeadLetterRecord): Message {
  const byName = new Map<string, Buffer[]>();
  for (const [name, content] of headers) {
    const values = byName.get(name) ?? [];
    byName.set(name, [
      ...values,
      typeof content === 'string' ? Buffer.from(content) : buffer(content ?? Buffer.alloc(0)),
    ]);
  }
  return {
    key: key && buffer(key),
    value: value && buffer(value),
    headers: Object.fromEntries(byName),
    ...(timestamp !== undefined && { timestamp: String(timestamp) }),
  };
}

/** A partition as the client's partitioner wants to have it. */
function forPartitioner({ partition, leader }: TopicMetadata['partitions'][number]): PartitionMetadata {
  return { partitionId: partition, leader, partitionErrorCode: 0, replicas: [], isr: [] };
}

/** The client takes its own kind of bytes only; these are seen as that, not copied. */
function buffer({ buffer: memory, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(memory, byteOffset, byteLength);
}

/** Where a dead letter was read; undefined for what somebody else wrote into the topic. */
function sourceOf({ headers }: KafkaMessage): RecordPosition | undefined {
  const given: IHeaders[string] = headers?.[SOURCE_HEADER];
  // A dead letter that became one again has the header twice; the last is its newest source.
  const text = Array.isArray(given) ? given.at(-1) : given;
  return text === undefined ? undefined : parseSource(text.toString());
}

function isTooLarge(error: unknown): boolean {
  const type = protocolError(error)?.type;
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
}
