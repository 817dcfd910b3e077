import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type Batch, type Consumer, type EachBatchPayload, type PartitionAssigner } from 'kafkajs';
import { Deferred } from '../../core/deferred.ts';
import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../../core/record-batch.ts';
import { within } from '../../core/within.ts';
import { type CommittedOffset, type OffsetCommit, type Position, type Source, type SourceListener } from '../source.ts';
import { type KafkaConnectionOptions, kafkaConfig } from './client-options.ts';
import { lz4Codec, snappyCodec, zstdCodec } from './codecs.ts';
import { explain } from './explain.ts';
import { messageList } from './message-list.ts';
import { assignRanges, flattenAssignment } from './range-assignor.ts';
import { Watchdog } from './watchdog.ts';

/** What to read and how. Times in milliseconds, sizes in bytes; names follow Kafka's consumer settings. */
export interface KafkaSourceOptions extends KafkaConnectionOptions {
  readonly groupId: string;
  /** Topics by name, or all whose whole name matches. */
  readonly topics: readonly string[] | RegExp;
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none';
  readonly isolationLevel: 'read_uncommitted' | 'read_committed';
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
  readonly metadataMaxAgeMs: number;
  readonly rackId?: string | undefined;
}

// A CommonJS package whose exports Node cannot all see by name.
const {
  AssignerProtocol,
  CompressionCodecs,
  CompressionTypes,
  Kafka,
  KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSTimeout,
} = kafkajs;

/** Commits in the client's present generation, without repeating it. */
type CommitOnce = EachBatchPayload['commitOffsetsIfNecessary'];

/** A broker that is gone is asked again this often; the pipeline stays up meanwhile. */
const RESTART_MS = 1_000;

/** How long a partition waits for the first batch of a run when a load was interrupted there. Usually it comes at once. */
const FIRST_BATCH_MS = 5_000;

CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;

/**
 * Kafka through KafkaJS. What its internals do to us decides the shape:
 *
 * - `eachBatch` hands over and returns. A handler that waits stops every partition of its broker, and the heartbeats.
 * - It has no callback for partitions that are taken away, so GROUP_JOIN ends one generation and starts the next.
 * - A response that was under way across a join is delivered into the new generation, so a partition delivers nothing
 *   before `open` has sought the position that its owner asked for.
 * - `consumer.commitOffsets` silently does nothing once `stop` has begun, and repeats a commit whose answer was lost,
 *   later, in whatever generation the group is then. The broker takes it from any live member, also for partitions that
 *   are somebody else's by then. What `eachBatch` is given commits once, in the generation that it finds; so commits go
 *   through that, and the owner commits before `stop`.
 */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #logger: Logger;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #open = new Set<string>();
  /** Committed offsets of which only the first batch will show whether the topic holds them. */
  readonly #unproven = new Map<string, number>();
  #listener: SourceListener | undefined;
  #subscribed: readonly string[] = [];
  #running = false;
  #generation = 0;
  #discovery: NodeJS.Timeout | undefined;
  readonly #watchdog: Watchdog;
  #stopping = false;
  /** Between two generations; also before the first. */
  #rejoining = true;
  /** Comes with the first batch of a run of the client, and ends with that run. */
  #commitHandle = new Deferred<CommitOnce>();

  constructor(options: KafkaSourceOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#watchdog = new Watchdog({
      // The client gives a sign at each fetch, heartbeat, time-out and crash; only a join may take that long.
      limitMs: options.rebalanceTimeoutMs + options.sessionTimeoutMs,
      onSilence: () => void this.#restartStalled(),
    });
    const kafka = new Kafka(kafkaConfig(options, logger));
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      metadataMaxAge: options.metadataMaxAgeMs,
      maxBytesPerPartition: options.maxPartitionFetchBytes,
      minBytes: options.fetchMinBytes,
      maxBytes: options.fetchMaxBytes,
      maxWaitTimeInMs: options.fetchMaxWaitMs,
      readUncommitted: options.isolationLevel === 'read_uncommitted',
      partitionAssigners: [rangeAssignor],
      ...(options.rackId !== undefined && { rackId: options.rackId }),
      retry: {
        initialRetryTime: RESTART_MS,
        maxRetryTime: RESTART_MS,
        retries: 3,
        restartOnFailure: () => Promise.resolve(!this.#stopping),
      },
    });
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
    this.#listenToConsumer(listener);
    this.#watchConsumer();
    const topics = await this.connect();
    if (this.#stopping) return;
    try {
      await this.#subscribe(topics);
    } catch (error) {
      throw explain(error, this.#options);
    }
    if (this.#options.topics instanceof RegExp) this.#scheduleDiscovery();
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const committed = await this.#admin.fetchOffsets({ groupId: this.#options.groupId, topics });
    return partitions.map(({ topic, partition }) => {
      const entry = committed
        .find((entries) => entries.topic === topic)
        ?.partitions.find((candidate) => candidate.partition === partition);
      const offset = Number(entry?.offset ?? -1);
      return { topic, partition, offset: offset < 0 ? undefined : offset, metadata: entry?.metadata ?? '' };
    });
  }

  async startingPositions(committed: readonly CommittedOffset[]): Promise<Position[]> {
    // What stands beside an offset has to go even if no record follows, and without a batch nothing can be committed. So
    // the client reads at the committed offset first, where the interrupted load's records are.
    if (committed.some(({ metadata }) => metadata !== '')) await within(FIRST_BATCH_MS, this.#commitHandle.promise);
    const topics = [...new Set(committed.map(({ topic }) => topic))];
    const bounds = await Promise.all(topics.map((topic) => this.#admin.fetchTopicOffsets(topic)));
    return committed.map(({ topic, partition, offset }) => {
      const bound = bounds[topics.indexOf(topic)]?.find((entry) => entry.partition === partition);
      if (!bound)
        throw new UnavailableError(`The broker did not tell the offsets of topic ${topic}, partition ${partition}.`);
      const start = this.#startingOffset({ topic, partition }, offset, Number(bound.low), Number(bound.high));
      return { topic, partition, offset: start };
    });
  }

  open({ topic, partition, offset }: Position): void {
    this.#consumer.seek({ topic, partition, offset: String(offset) });
    this.#open.add(partitionKey({ topic, partition }));
  }

  pause({ topic, partition }: TopicPartition): void {
    if (this.#running) this.#whileInGroup(() => this.#consumer.pause([{ topic, partitions: [partition] }]));
  }

  resume({ topic, partition }: TopicPartition): void {
    if (this.#running) this.#whileInGroup(() => this.#consumer.resume([{ topic, partitions: [partition] }]));
  }

  async commit(offsets: readonly OffsetCommit[]): Promise<void> {
    const { requestTimeoutMs } = this.#options;
    const topics = [...new Set(offsets.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: offsets
        .filter((offset) => offset.topic === topic)
        .map(({ partition, offset, metadata = '' }) => ({ partition, offset: String(offset), metadata })),
    }));
    if (this.#stopping) throw new UnavailableError('The consumer is not in its group.');
    const generation = this.#generation;
    const inTime = await within(
      // The client's own limit is for each of the two or three requests that it may need.
      requestTimeoutMs * 2,
      this.#commitHandle.promise.then((commitOnce) => {
        if (generation !== this.#generation || this.#rejoining) {
          throw new UnavailableError('The consumer is not in its group.');
        }
        return commitOnce({ topics });
      }),
    );
    if (!inTime) throw new UnavailableError(`Kafka did not answer a commit within ${requestTimeoutMs * 2} ms`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#forgetRun();
    clearTimeout(this.#discovery);
    this.#watchdog.stop();
    this.#open.clear();
    await Promise.all([this.#consumer.disconnect(), this.#admin.disconnect()]);
  }

  #listenToConsumer(listener: SourceListener): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REBALANCING, () => this.#rebalancing(listener));
    // Not every way to join again tells of it first; but every way begins with this request.
    this.#consumer.on(events.REQUEST, ({ payload: { apiName } }) => {
      if (apiName === 'JoinGroup' && !this.#rejoining) this.#rebalancing(listener);
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#open.clear();
      this.#rejoining = false;
      const partitions = flattenAssignment(payload.memberAssignment);
      // A pause outlives a join in the client; in the new generation the new owner decides.
      this.#consumer.resume(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
      listener.assigned(++this.#generation, partitions);
    });
    this.#consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.#rebalancing(listener);
      this.#forgetRun();
      if (this.#stopping) return;
      if (!restart && !mayPass(error)) {
        listener.failed(explain(error, this.#options));
        return;
      }
      this.#logger.warn({ error: describeError(error) }, 'Kafka does not answer as it should; connecting again');
      if (!restart) void this.#joinAgain(listener);
    });
    // A batch of control records or aborted messages alone never reaches eachBatch, but its offsets must pass as well.
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      // The client's types do not say that the offsets of an empty batch may be null.
      const {
        batchSize,
        firstOffset: first,
        lastOffset: last,
      } = payload as { batchSize: number; firstOffset: string | null; lastOffset: string | null };
      if (batchSize > 0 || last === null) return;
      const nextOffset = Number(last) + 1;
      const firstOffset = first === null ? nextOffset - 1 : Number(first);
      this.#deliver(
        listener,
        { topic: payload.topic, partition: payload.partition },
        [],
        firstOffset,
        nextOffset,
        Number(payload.highWatermark),
      );
    });
  }

  #watchConsumer(): void {
    const { CONNECT, CRASH, FETCH, GROUP_JOIN, HEARTBEAT, REQUEST_TIMEOUT } = this.#consumer.events;
    for (const event of [CONNECT, CRASH, FETCH, GROUP_JOIN, HEARTBEAT, REQUEST_TIMEOUT]) {
      this.#consumer.on(event, () => this.#watchdog.alive());
    }
  }

  /** The client's loop hangs. Leaving the group and joining again starts a new one. */
  async #restartStalled(): Promise<void> {
    const listener = this.#listener;
    if (!listener || this.#stopping) return;
    this.#watchdog.stop();
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.#options;
    this.#logger.warn(
      {},
      `Nothing came from Kafka for ${rebalanceTimeoutMs + sessionTimeoutMs} ms, not even a failure; joining the group again`,
    );
    listener.stalled();
    this.#rebalancing(listener);
    await this.#joinAgain(listener);
  }

  /** Leaves the group and joins again, as often as it takes. */
  async #joinAgain(listener: SourceListener): Promise<void> {
    for (;;) {
      try {
        await this.#startOver(this.#options.sessionTimeoutMs);
        return;
      } catch (error) {
        if (this.#stopping) return;
        if (!mayPass(error)) {
          listener.failed(explain(error, this.#options));
          return;
        }
        this.#logger.warn({ error: describeError(error) }, 'Kafka cannot be reached; connecting again');
        await delay(RESTART_MS);
      }
    }
  }

  async #startOver(limitMs: number): Promise<void> {
    if (!(await within(limitMs, this.#consumer.stop()))) {
      throw new UnavailableError(
        'The Kafka client hangs and cannot be stopped. Start the process again; nothing is lost.',
      );
    }
    this.#forgetRun();
    if (!this.#stopping) await this.#subscribe(this.#subscribed);
  }

  #rebalancing(listener: SourceListener): void {
    this.#open.clear();
    this.#rejoining = true;
    listener.rebalancing();
  }

  #forgetRun(): void {
    this.#commitHandle.reject(new UnavailableError('The consumer has left its group.'));
    this.#commitHandle = new Deferred();
  }

  async #subscribe(topics: readonly string[]): Promise<void> {
    this.#subscribed = topics;
    if (topics.length === 0) {
      this.#logger.warn({ regex: String(this.#options.topics) }, 'No topic matches topics.regex yet; waiting for one');
      return;
    }
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: this.#options.autoOffsetReset !== 'latest' });
    this.#running = true;
    this.#watchdog.start();
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: (payload) => {
        this.#commitHandle.resolve((offsets) => payload.commitOffsetsIfNecessary(offsets));
        if (this.#listener && !payload.isStale()) this.#deliverBatch(this.#listener, payload.batch);
        return Promise.resolve();
      },
    });
  }

  #deliverBatch(listener: SourceListener, batch: Batch): void {
    const { topic, partition, messages } = batch;
    const first = Number(messages[0]?.offset);
    const next = Number(batch.lastOffset()) + 1;
    this.#deliver(listener, { topic, partition }, messages, first, next, Number(batch.highWatermark));
  }

  #deliver(
    listener: SourceListener,
    from: TopicPartition,
    messages: Batch['messages'],
    firstOffset: number,
    nextOffset: number,
    highWatermark: number,
  ): void {
    const key = partitionKey(from);
    if (!this.#open.has(key)) return;
    const expected = this.#unproven.get(key);
    this.#unproven.delete(key);
    // The client starts over by itself where the topic does not hold an offset.
    if (expected !== undefined && firstOffset < expected && this.#options.autoOffsetReset === 'none') {
      listener.failed(this.#noUsableOffset(from, `${expected}; the topic ends before it`));
      return;
    }
    if (!Number.isSafeInteger(nextOffset)) {
      listener.failed(
        new UnavailableError(`Topic ${from.topic}, partition ${from.partition} has offsets beyond 2^53.`),
      );
      return;
    }
    let bytes = 0;
    for (const { key, value } of messages) bytes += (key?.length ?? 0) + (value?.length ?? 0);
    const batch: RecordBatch<RawValue> = {
      ...from,
      generation: this.#generation,
      firstOffset,
      nextOffset,
      bytes,
      records: messageList(from, messages),
    };
    listener.batch(batch, highWatermark);
  }

  #startingOffset(
    { topic, partition }: TopicPartition,
    committed: number | undefined,
    low: number,
    high: number,
  ): number {
    const key = partitionKey({ topic, partition });
    // Of an earlier assignment that ended before its first batch: another member may have put it right since.
    this.#unproven.delete(key);
    if (committed !== undefined && committed >= low && committed <= high) return committed;
    const { autoOffsetReset, isolationLevel } = this.#options;
    if (committed !== undefined && committed > high && isolationLevel === 'read_uncommitted') {
      // What the client tells as the end is where the oldest open transaction begins, and we may have read beyond that.
      // Kafka itself will say whether the topic holds the offset.
      this.#unproven.set(key, committed);
      return committed;
    }
    const facts = { topic, partition, committed, low, high };
    if (autoOffsetReset === 'none') {
      throw this.#noUsableOffset({ topic, partition }, `${committed ?? 'none'}; the topic holds ${low} to ${high}`);
    }
    const offset = autoOffsetReset === 'earliest' ? low : high;
    if (committed !== undefined) {
      this.#logger.warn(
        { ...facts, from: offset },
        `The committed offset is outside of the topic: records were deleted before they were read, or the topic is a new one. Going on from the ${autoOffsetReset} offset, as auto.offset.reset says`,
      );
    }
    return offset;
  }

  #noUsableOffset({ topic, partition }: TopicPartition, found: string): ConfigError {
    return new ConfigError([
      `Topic ${topic}, partition ${partition} has no usable committed offset (${found}) and auto.offset.reset is none. Set it to earliest or latest, or commit an offset for group ${this.#options.groupId}.`,
    ]);
  }

  async #wantedTopics(): Promise<readonly string[]> {
    const existing = new Set(await this.#admin.listTopics());
    const { topics: wanted } = this.#options;
    if (wanted instanceof RegExp) return [...existing].filter((topic) => wanted.test(topic)).sort();
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
    const found = topics.filter((topic) => !this.#subscribed.includes(topic));
    if (found.length === 0 || this.#stopping) return;
    this.#logger.info({ topics: found }, 'New topics match topics.regex');
    if (this.#running && this.#listener) {
      await this.#listener.quiesce();
      this.#rebalancing(this.#listener);
      await this.#consumer.stop();
      this.#forgetRun();
    }
    await this.#subscribe(topics);
  }

  /** Between a crash and the next join there is no group to pause in; the next generation starts unpaused. */
  #whileInGroup(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#logger.debug({ error: describeError(error) }, 'Not in the group');
    }
  }
}

/**
 * Whether a failure of the client may be over by itself. It gives up where it finds no group coordinator, although that
 * only says that no broker could be reached just then.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof KafkaJSError && error.retriable) return true;
  if (error instanceof KafkaJSGroupCoordinatorNotFound || error instanceof KafkaJSTimeout) return true;
  return mayPass(error.cause);
}

/** KafkaJS's wrapping round the range assignment. */
const rangeAssignor: PartitionAssigner = ({ cluster }) => ({
  name: 'range',
  version: 0,
  assign({ members }) {
    const known = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
    }));
    const assignment = assignRanges(known, (topic) => cluster.findTopicPartitionMetadata(topic).length);
    return Promise.resolve(
      [...assignment].map(([memberId, topics]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 0,
          assignment: Object.fromEntries(topics),
          userData: Buffer.alloc(0),
        }),
      })),
    );
  },
  protocol: ({ topics }) => ({
    name: 'range',
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
});
