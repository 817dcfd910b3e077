import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../../core/record-batch.ts';
import {
  type CommittedOffset,
  type OffsetCommit,
  type PartitionExtent,
  type Position,
  type Source,
  type SourceListener,
} from '../source.ts';
import { kafkaConfig } from './client-options.ts';
import { lz4Codec, snappyCodec, zstdCodec } from './codecs.ts';
import { describeTopics } from './describe-topics.ts';
import { explain } from './explain.ts';
import { Fetcher, type FetcherOptions } from './fetch/fetcher.ts';
import { type FetchedRecords } from './fetch/read-records.ts';
import { GroupMembership, type GroupMembershipOptions } from './group-membership.ts';

/** What to read and how. Times in milliseconds, sizes in bytes; names follow Kafka's consumer settings. */
export interface KafkaSourceOptions extends GroupMembershipOptions, FetcherOptions {
  /** Topics by name, or all whose whole name matches. */
  readonly topics: readonly string[] | RegExp;
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none';
}

// A CommonJS package whose exports Node cannot all see by name.
const { CompressionCodecs, CompressionTypes, Kafka } = kafkajs;

/** A question that Kafka did not answer is asked again after this. */
const ASK_AGAIN_MS = 1_000;

// For what KafkaJS still reads and writes itself: the dead letter topic.
CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;

/**
 * Kafka behind the source port: a membership in the group says which partitions are ours and commits, a fetcher reads
 * them, and an admin client knows what there is.
 */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #logger: Logger;
  readonly #admin: Admin;
  readonly #membership: GroupMembership;
  readonly #fetcher: Fetcher;
  #listener: SourceListener | undefined;
  #topics: readonly string[] = [];
  #discovery: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: KafkaSourceOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    const kafka = new Kafka(kafkaConfig(options, logger));
    this.#admin = kafka.admin();
    const failed = (error: Error): void => {
      if (!this.#stopping) this.#listener?.failed(error);
    };
    this.#fetcher = new Fetcher(
      options,
      {
        records: (from, fetched, highWatermark) => this.#deliver(from, fetched, highWatermark),
        outOfRange: (position, isNewTopic) => void this.#startOver(position, isNewTopic),
        failed,
      },
      logger,
    );
    this.#membership = new GroupMembership(
      kafka,
      options,
      {
        assigned: (generation, partitions) => {
          this.#fetcher.clear();
          this.#listener?.assigned(generation, partitions);
        },
        rebalancing: () => {
          this.#fetcher.clear();
          this.#listener?.rebalancing();
        },
        stalled: () => this.#listener?.stalled(),
        failed,
      },
      logger,
    );
  }

  /**
   * Connects, and says which of the wanted topics are there.
   *
   * @throws UnavailableError when no broker answers; ConfigError when it refuses us or a named topic is missing.
   */
  async connect(): Promise<readonly string[]> {
    try {
      await this.#admin.connect();
      return await this.#wantedTopics();
    } catch (error) {
      throw explain(error, this.#options);
    }
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    const topics = await this.connect();
    if (this.#stopping) return;
    try {
      await this.#join(topics);
    } catch (error) {
      throw explain(error, this.#options);
    }
    if (this.#options.topics instanceof RegExp) this.#scheduleDiscovery();
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    return this.#membership.committed(partitions);
  }

  async startingPositions(committed: readonly CommittedOffset[]): Promise<Position[]> {
    const extentOf = await this.#extents(committed);
    return committed.map((entry) => this.#startingPosition(entry, extentOf(entry)));
  }

  /** The partitions of topics, and what they hold: nobody has to be in the group to ask. Needs `connect`. */
  async extents(topics: readonly string[]): Promise<PartitionExtent[]> {
    const offsets = await Promise.all(
      topics.map(async (topic) => ({ topic, partitions: await this.#admin.fetchTopicOffsets(topic) })),
    );
    return offsets.flatMap(({ topic, partitions }) =>
      partitions
        .map(({ partition, low, high }) => ({ topic, partition, low: Number(low), high: Number(high) }))
        .sort((one, other) => one.partition - other.partition),
    );
  }

  open(position: Position): void {
    this.#fetcher.open(position);
  }

  pause(partition: TopicPartition): void {
    this.#fetcher.pause(partition);
  }

  resume(partition: TopicPartition): void {
    this.#fetcher.resume(partition);
  }

  commit(offsets: readonly OffsetCommit[]): Promise<void> {
    return this.#membership.commit(offsets);
  }

  joinAgain(): Promise<void> {
    return this.#membership.joinAgain();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#discovery);
    this.#fetcher.stop();
    await Promise.all([this.#membership.leave(), this.#admin.disconnect()]);
  }

  async #join(topics: readonly string[]): Promise<void> {
    this.#topics = topics;
    if (topics.length === 0) {
      this.#logger.warn({ regex: String(this.#options.topics) }, 'No topic matches topics.regex yet; waiting for one');
      return;
    }
    await this.#membership.join(topics);
  }

  #deliver(
    { topic, partition, offset }: Position,
    { records, nextOffset }: FetchedRecords,
    highWatermark: number,
  ): void {
    const batch: RecordBatch<RawValue> = {
      topic,
      partition,
      generation: this.#membership.generation,
      firstOffset: offset,
      nextOffset,
      bytes: records.size,
      records,
    };
    this.#listener?.batch(batch, highWatermark);
  }

  /**
   * Goes on where `auto.offset.reset` points, as Kafka does not hold the next offset; in a new topic at its beginning, as
   * nobody has read any of it. Nothing is committed: what stands beside the committed offset may still be needed.
   */
  async #startOver(position: Position, isNewTopic: boolean): Promise<void> {
    const { generation } = this.#membership;
    const isOver = (): boolean => this.#stopping || generation !== this.#membership.generation;
    while (!isOver()) {
      try {
        const bounds = (await this.#extents([position]))(position);
        if (isOver()) return;
        const { topic, partition } = position;
        if (!bounds) throw new UnavailableError(`Topic ${topic}, partition ${partition} has no leader.`);
        if (isNewTopic) {
          this.#fetcher.open(this.#newTopicPosition(position, bounds));
          return;
        }
        if (position.offset < bounds.low || position.offset > bounds.high) {
          this.#fetcher.open(this.#resetPosition(position, bounds));
          return;
        }
        // It was not there when it was asked for: the leader has changed, and knew less for a moment.
        await delay(ASK_AGAIN_MS, undefined, { ref: false });
        if (!isOver()) this.#fetcher.open(position);
        return;
      } catch (error) {
        if (isOver()) return;
        if (error instanceof ConfigError) {
          this.#listener?.failed(error);
          return;
        }
        this.#logger.warn(
          { error: describeError(error) },
          'Asking Kafka where a topic begins and ends failed; trying again',
        );
      }
      await delay(ASK_AGAIN_MS, undefined, { ref: false });
    }
  }

  /** What partitions hold; undefined for one that nobody leads. */
  async #extents(
    partitions: readonly TopicPartition[],
  ): Promise<(partition: TopicPartition) => PartitionExtent | undefined> {
    const extents = await this.#membership.extents(partitions);
    const found = new Map(extents.map((extent) => [partitionKey(extent), extent]));
    return (partition) => found.get(partitionKey(partition));
  }

  #startingPosition(entry: CommittedOffset, extent: PartitionExtent | undefined): Position {
    const { topic, partition, offset: committed } = entry;
    if (!extent) return this.#unseenPosition(entry);
    const { low, high } = extent;
    if (committed !== undefined && committed >= low && committed <= high)
      return { topic, partition, offset: committed };
    const { autoOffsetReset, isolationLevel } = this.#options;
    if (committed === undefined) {
      if (autoOffsetReset !== 'none') return { topic, partition, offset: autoOffsetReset === 'earliest' ? low : high };
      throw this.#noUsableOffset({ topic, partition }, `none; the topic holds ${low} to ${high}`);
    }
    // We may have read beyond an open transaction. The first fetch will show whether the topic holds the offset.
    if (committed > high && isolationLevel === 'read_uncommitted') return { topic, partition, offset: committed };
    return this.#resetPosition({ topic, partition, offset: committed }, extent);
  }

  /** Where a partition is read once somebody leads it, so that the others need not wait. The first fetch shows whether it can be. */
  #unseenPosition({ topic, partition, offset: committed }: CommittedOffset): Position {
    if (committed !== undefined) return { topic, partition, offset: committed };
    if (this.#options.autoOffsetReset === 'earliest') return { topic, partition, offset: 0 };
    // Its end is known to its leader alone.
    throw new UnavailableError(`Topic ${topic}, partition ${partition} has no leader that knows where it ends.`);
  }

  #newTopicPosition({ topic, partition, offset }: Position, { low, high }: PartitionExtent): Position {
    if (this.#options.autoOffsetReset === 'none') {
      throw this.#noUsableOffset(
        { topic, partition },
        `${offset}, of a topic that was deleted; the new one holds ${low} to ${high}`,
      );
    }
    this.#logger.warn(
      { topic, partition, position: offset, low, high },
      `Topic ${topic} was deleted and made anew. Partition ${partition} is read from the beginning of the new one`,
    );
    return { topic, partition, offset: low };
  }

  #resetPosition({ topic, partition, offset }: Position, { low, high }: PartitionExtent): Position {
    const { autoOffsetReset } = this.#options;
    if (autoOffsetReset === 'none') {
      const where = offset < low ? `holds ${low} to ${high}` : 'ends before it';
      throw this.#noUsableOffset({ topic, partition }, `${offset}; the topic ${where}`);
    }
    const from = autoOffsetReset === 'earliest' ? low : high;
    this.#logger.warn(
      { topic, partition, committed: offset, low, high, from },
      `The committed offset is outside of the topic: records were deleted before they were read, or the topic is a new one. Going on from the ${autoOffsetReset} offset, as auto.offset.reset says`,
    );
    return { topic, partition, offset: from };
  }

  #noUsableOffset({ topic, partition }: TopicPartition, found: string): ConfigError {
    return new ConfigError([
      `Topic ${topic}, partition ${partition} has no usable committed offset (${found}) and auto.offset.reset is none. Set it to earliest or latest, or commit an offset for group ${this.#options.groupId}.`,
    ]);
  }

  async #wantedTopics(): Promise<readonly string[]> {
    const { topics: wanted } = this.#options;
    if (wanted instanceof RegExp) {
      const all = [...(await describeTopics(this.#options)).values()];
      // As for Kafka's own consumers: nobody who writes .* means the offsets of groups.
      const named = all.filter(({ topic, isInternal }) => !isInternal && wanted.test(topic));
      return named.map(({ topic }) => topic).sort();
    }
    const existing = await describeTopics(this.#options, wanted);
    const missing = wanted.filter((topic) => !existing.has(topic));
    if (missing.length > 0) {
      throw new ConfigError(
        missing.map(
          (topic) =>
            `The topic ${topic} is not on the brokers ${this.#options.brokers.join(',')}. Create it, or correct topics.`,
        ),
      );
    }
    return wanted;
  }

  #scheduleDiscovery(): void {
    this.#discovery = setTimeout(() => {
      this.#discover()
        .catch((error: unknown) =>
          this.#logger.warn({ error: describeError(error) }, 'Looking for new topics failed; trying again later'),
        )
        .finally(() => {
          if (!this.#stopping) this.#scheduleDiscovery();
        });
    }, this.#options.metadataMaxAgeMs);
  }

  /** The client cannot change its subscription while it runs, so it leaves and joins again when a new topic matches. */
  async #discover(): Promise<void> {
    const topics = await this.#wantedTopics();
    const found = topics.filter((topic) => !this.#topics.includes(topic));
    if (found.length === 0 || this.#stopping) return;
    this.#logger.info({ topics: found }, 'New topics match topics.regex');
    if (this.#membership.hasBegun) await this.#listener?.quiesce();
    await this.#join(topics);
  }
}
