import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { backoffMs } from '../../core/backoff.ts';
import { Deferred } from '../../core/deferred.ts';
import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TopicPartition } from '../../core/record-batch.ts';
import { within } from '../../core/within.ts';
import { type KafkaConnectionOptions, kafkaConfig } from './client-options.ts';
import { createTopic } from './create-topic.ts';
import { describeTopics } from './describe-topics.ts';
import { explain } from './explain.ts';
import { Fetcher } from './fetch/fetcher.ts';
import { idempotentProducer } from './idempotent-producer.ts';
import { isAuthorization, protocolError } from './protocol-error.ts';

/** Which topic, and how to reach it. */
export interface CompactedTopicOptions extends KafkaConnectionOptions {
  readonly topic: string;
  /** What messages call it: `config` or `status`, as in `config.storage.topic`. */
  readonly what: string;
  /** If it has to be created; -1 for the brokers' default. */
  readonly replicationFactor: number;
  /** If it has to be created. */
  readonly partitions: number;
  /** Its other settings, if it has to be created, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** Whether it must not have more partitions, because the order of all its records counts. */
  readonly isOrdered: boolean;
  readonly metadataMaxAgeMs: number;
}

/** A record of the topic; undefined where it takes the key away. */
export interface KeyedRecord {
  readonly key: string;
  readonly value: string | undefined;
}

export interface CompactedTopicListener {
  /** Called synchronously for each record, the old ones first; must not throw. */
  record(record: KeyedRecord): void;
  /** The topic cannot be followed any more, and that will not mend by itself. */
  failed(error: Error): void;
}

const { Kafka: KafkaClient, ConfigResourceTypes } = kafkajs;

/** Milliseconds that reading to the end, or reading back what was written, may take; Kafka Connect's limit. */
const READ_MS = 30_000;
/** Longest pause between two questions for the topic's bounds, in milliseconds. */
const ASK_LIMIT_MS = 1_000;
const FETCH_WAIT_MS = 500;
const FETCH_BYTES = 1024 ** 2;
const FETCH_ALL_BYTES = 50 * FETCH_BYTES;

interface Waiter {
  readonly partition: number;
  /** The offset behind what it waits for. */
  readonly end: number;
  readonly done: Deferred<void>;
}

/**
 * A compacted topic as a table that several processes share: read from its beginning, followed, and written to. What was
 * written counts once it was read back, so that every process sees the same order.
 */
export class CompactedTopic {
  readonly #options: CompactedTopicOptions;
  readonly #listener: CompactedTopicListener;
  readonly #logger: Logger;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #fetcher: Fetcher;
  readonly #turns = new Limiter(1);
  readonly #closed = new AbortController();
  /** Where each partition is read next. */
  readonly #positions = new Map<number, number>();
  #waiters: Waiter[] = [];
  #producer: Producer | undefined;

  constructor(options: CompactedTopicOptions, listener: CompactedTopicListener, logger: Logger) {
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#kafka = new KafkaClient(kafkaConfig(options, logger));
    this.#admin = this.#kafka.admin();
    this.#fetcher = new Fetcher(
      {
        ...options,
        // What a transaction of somebody else takes back never counted.
        isolationLevel: 'read_committed',
        fetchMinBytes: 1,
        fetchMaxBytes: FETCH_ALL_BYTES,
        fetchMaxWaitMs: FETCH_WAIT_MS,
        maxPartitionFetchBytes: FETCH_BYTES,
      },
      {
        records: ({ partition }, { records, nextOffset }) => {
          for (let index = 0; index < records.length; index++) this.#read(records.record(index));
          this.#positions.set(partition, nextOffset);
          this.#settleWaiters();
        },
        outOfRange: (partition) => void this.#openAgain(partition),
        failed: (error) => listener.failed(error),
      },
      logger,
    );
  }

  /**
   * Reads what is there, and follows what comes; creates the topic where it is missing.
   *
   * @throws ConfigError for a topic that would lose records or their order; UnavailableError when Kafka does not answer.
   */
  async open(): Promise<void> {
    await this.#explained(async () => {
      const { topic } = this.#options;
      await this.#admin.connect();
      const found = (await describeTopics(this.#options, [topic])).get(topic);
      if (found) await this.#check(found.partitions.length);
      else await this.#create();
      for (const { partition, begin } of await this.#bounds()) {
        this.#positions.set(partition, begin);
        this.#fetcher.open({ topic, partition, offset: begin });
      }
    });
    await this.readToEnd();
  }

  /** Resolves when everything that is in the topic now has been read. */
  async readToEnd(): Promise<void> {
    await this.#explained(async () => {
      await this.#untilRead(await this.#bounds());
    });
  }

  /**
   * Writes a record and resolves when it was read back; undefined takes the key away.
   *
   * @throws UnavailableError when that takes too long. It may come all the same.
   */
  async write(key: string, value: string | undefined): Promise<void> {
    await this.#explained(async () => {
      const written = await this.#turns.run(() => this.#send(key, value));
      await this.#untilRead([written]);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#fetcher.stop();
    for (const { done } of this.#waiters.splice(0)) done.reject(this.#closedError());
    await Promise.all([this.#producer?.disconnect(), this.#admin.disconnect()]);
  }

  async #send(key: string, value: string | undefined): Promise<{ partition: number; end: number }> {
    if (this.#closed.signal.aborted) throw this.#closedError();
    const { topic, requestTimeoutMs } = this.#options;
    try {
      this.#producer ??= await this.#openProducer();
      const [sent] = await this.#producer.send({
        topic,
        messages: [{ key, value: value ?? null }],
        acks: -1,
        timeout: requestTimeoutMs,
      });
      if (sent === undefined) throw new Error('the broker did not answer for the record');
      return { partition: sent.partition, end: Number(sent.baseOffset) + 1 };
    } catch (error) {
      // The client takes the sequence numbers of a request back when it fails, so that the next one would be taken for it.
      const producer = this.#producer;
      this.#producer = undefined;
      await producer?.disconnect();
      throw error;
    }
  }

  async #openProducer(): Promise<Producer> {
    const producer = idempotentProducer(this.#kafka);
    await producer.connect();
    return producer;
  }

  /** Where each partition begins and ends. A leader that is new to it says no at first, which KafkaJS takes for its answer. */
  async #bounds(): Promise<{ partition: number; begin: number; end: number }[]> {
    const { signal } = this.#closed;
    const start = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        const offsets = await this.#admin.fetchTopicOffsets(this.#options.topic);
        return offsets.map(({ partition, low, high }) => ({ partition, begin: Number(low), end: Number(high) }));
      } catch (error) {
        if (protocolError(error)?.retriable !== true || performance.now() - start > READ_MS) throw error;
        await pause(backoffMs(attempt, { limit: ASK_LIMIT_MS }), signal);
      }
    }
  }

  #read({ key, value }: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }): void {
    if (key === null) return;
    this.#listener.record({ key: textOf(key), value: value === null ? undefined : textOf(value) });
  }

  async #untilRead(ends: readonly { readonly partition: number; readonly end: number }[]): Promise<void> {
    const waiters = ends.map((end): Waiter => ({ ...end, done: new Deferred() }));
    this.#waiters.push(...waiters);
    this.#settleWaiters();
    if (await within(READ_MS, Promise.all(waiters.map(({ done }) => done.promise)))) return;
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    throw new UnavailableError(
      `The ${this.#options.what} topic ${this.#options.topic} could not be read to its end within ${READ_MS / 1_000} s.`,
    );
  }

  #settleWaiters(): void {
    this.#waiters = this.#waiters.filter(({ partition, end, done }) => {
      if ((this.#positions.get(partition) ?? 0) < end) return true;
      done.resolve();
      return false;
    });
  }

  /** The topic was cleaned or made anew; its records are read again, which changes nothing that still holds. */
  async #openAgain({ partition }: TopicPartition): Promise<void> {
    const { topic, what } = this.#options;
    try {
      const begin = (await this.#bounds()).find((one) => one.partition === partition)?.begin ?? 0;
      if (this.#closed.signal.aborted) return;
      this.#positions.set(partition, begin);
      this.#fetcher.open({ topic, partition, offset: begin });
    } catch (error) {
      this.#listener.failed(
        new UnavailableError(`The ${what} topic ${topic} cannot be read any more: ${describeError(error)}.`),
      );
    }
  }

  async #create(): Promise<void> {
    const { topic, what, partitions, replicationFactor, configs } = this.#options;
    const compacted = { ...configs, 'cleanup.policy': 'compact' };
    const wanted = { topic, what, partitions, replicationFactor, configs: compacted };
    try {
      const created = await createTopic(this.#admin, this.#options, wanted, this.#closed.signal);
      if (created) this.#logger.info({ topic, replicationFactor }, `The ${what} topic ${topic} has been created`);
    } catch (error) {
      const refusal = protocolError(error);
      if (refusal === undefined || isAuthorization(refusal)) throw error;
      throw new ConfigError([
        `The ${what} topic ${topic} cannot be created with a replication factor of ${replicationFactor}: ${refusal.message}. Create it, compacted, or change ${what}.storage.replication.factor.`,
      ]);
    }
  }

  /** What Kafka Connect refuses as well: a topic that forgets by age would lose connectors. */
  async #check(partitions: number): Promise<void> {
    const { topic, what, isOrdered } = this.#options;
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] }],
    });
    const policy = resources[0]?.configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue;
    const problems: string[] = [];
    if (policy !== 'compact') {
      problems.push(
        `The topic ${topic} (${what}.storage.topic) has cleanup.policy=${policy ?? ''}, which loses records in time. Set it to compact, or name another topic.`,
      );
    }
    if (isOrdered && partitions !== 1) {
      problems.push(
        `The topic ${topic} (${what}.storage.topic) has ${partitions} partitions, and must have one, because the order of all its records counts. Name another topic.`,
      );
    }
    if (problems.length > 0) throw new ConfigError(problems);
  }

  #closedError(): UnavailableError {
    return new UnavailableError(`The ${this.#options.what} topic ${this.#options.topic} is closed.`);
  }

  /** The client's error as a sentence with a cure. */
  async #explained<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      const { topic, what, brokers } = this.#options;
      const refusal = protocolError(error);
      if (refusal === undefined || !isAuthorization(refusal)) throw explain(error, this.#options);
      throw new ConfigError([
        `The Kafka brokers at ${brokers.join(',')} do not allow the ${what} topic ${topic} to be used: ${refusal.message}. Grant CREATE, DESCRIBE, DESCRIBE_CONFIGS, READ and WRITE on it; brokers before 3.0 also want IDEMPOTENT_WRITE on the cluster.`,
      ]);
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
