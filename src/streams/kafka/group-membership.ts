import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Consumer, type Kafka, type PartitionAssigner } from 'kafkajs';
import { Deferred } from '../../core/deferred.ts';
import { describeError, NotTakenError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { partitionKey, type TopicPartition } from '../../core/record-batch.ts';
import { within } from '../../core/within.ts';
import { type CommittedOffset, type OffsetCommit, type PartitionExtent } from '../source.ts';
import { type KafkaConnectionOptions } from './client-options.ts';
import { type ConsumerCluster, type Coordinator, consumerCluster, type Place } from './consumer-cluster.ts';
import { explain } from './explain.ts';
import { assignRanges, flattenAssignment } from './range-assignor.ts';
import { Watchdog } from './watchdog.ts';

/** Which group, and how it is kept together. Times in milliseconds; names follow Kafka's consumer settings. */
export interface GroupMembershipOptions extends KafkaConnectionOptions {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  /** Which members this one shares with: those that offer the same name. Default: Kafka's own, `range`. */
  readonly protocolName?: string;
  /** What this member tells whoever describes the group. */
  readonly memberData?: Buffer;
}

/** What a membership tells its owner, synchronously. */
export interface MembershipListener {
  /** Exactly these partitions are ours from now on. */
  assigned(generation: number, partitions: readonly TopicPartition[]): void;
  /** Partitions are about to move, or the group is left. */
  rebalancing(): void;
  /** Nothing came from the group for too long, not even a failure; it is joined again. */
  stalled(): void;
  /** The group cannot be joined, and nothing will change that by itself. */
  failed(error: Error): void;
}

// A CommonJS package whose exports Node cannot all see by name.
const { AssignerProtocol, KafkaJSError, KafkaJSGroupCoordinatorNotFound, KafkaJSProtocolError, KafkaJSTimeout } =
  kafkajs;

/** Kafka's refusals of a commit for all of its partitions. */
const FENCED: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** A broker that is gone is asked again this often; the pipeline stays up meanwhile. */
const RESTART_MS = 1_000;
/** The client, which fetches nothing, looks round this often. Its heartbeats tell of a rebalance, and come at least this often. */
const ROUND_MS = 100;

/**
 * A place in a consumer group through KafkaJS, which keeps it and never fetches. What its internals do to us decides
 * the shape:
 *
 * - Its own list of partitions is emptied before its first fetch. Where it fetches from an offset that the topic no longer
 *   holds, it commits another one by itself, and what stood beside the old one would be gone. Pausing them all would do as
 *   well, but in each of its rounds it looks for the leader of each partition among all of them: with 1,200 partitions
 *   that took 4 ms, ten times a second.
 * - It has no callback for partitions that are taken away, so GROUP_JOIN ends one generation and starts the next.
 * - `consumer.commitOffsets` silently does nothing once `stop` has begun, and repeats a commit whose answer was lost,
 *   later, in whatever generation the group is then. The broker takes it from any live member, also for partitions that
 *   are somebody else's by then. So a commit is one request to the coordinator, with the generation that it was meant for.
 * - It tells that generation ROUND_MS after the group is joined, and nothing can be loaded before; see `consumerCluster`.
 */
export class GroupMembership {
  readonly #options: GroupMembershipOptions;
  readonly #listener: MembershipListener;
  readonly #logger: Logger;
  readonly #consumer: Consumer;
  readonly #watchdog: Watchdog;
  #cluster: ConsumerCluster | undefined;
  #coordinator: Coordinator | undefined;
  #subscribed: readonly string[] = [];
  #generation = 0;
  #stopping = false;
  /** Between two generations; also before the first. */
  #rejoining = true;
  /** What the broker last gave; it counts once the whole group has its partitions. */
  #joined: Place | undefined;
  /** Lasts as long as a generation. */
  #place = new Deferred<Place>();

  constructor(kafka: Kafka, options: GroupMembershipOptions, listener: MembershipListener, logger: Logger) {
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#watchdog = new Watchdog({
      // The client gives a sign in each round and at each heartbeat, time-out and crash; only a join may take that long.
      limitMs: options.rebalanceTimeoutMs + options.sessionTimeoutMs,
      onSilence: () => void this.#restartStalled(),
    });
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: Math.min(options.heartbeatIntervalMs, ROUND_MS),
      metadataMaxAge: options.metadataMaxAgeMs,
      maxWaitTimeInMs: ROUND_MS,
      partitionAssigners: [
        (config) => {
          this.#cluster = consumerCluster(config.cluster, (place) => {
            this.#joined = place;
          });
          return rangeAssignor(options)(config);
        },
      ],
      retry: {
        initialRetryTime: RESTART_MS,
        maxRetryTime: RESTART_MS,
        retries: 3,
        restartOnFailure: () => Promise.resolve(!this.#stopping),
      },
    });
    this.#listenToConsumer();
    this.#watchConsumer();
  }

  /** Counts the assignments of this process. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether the group was ever joined. */
  get hasBegun(): boolean {
    return this.#subscribed.length > 0;
  }

  /** Joins with these topics, of which there must be one; if it was joined before, it is left first. */
  async join(topics: readonly string[]): Promise<void> {
    if (this.hasBegun) {
      this.#rebalancing();
      await this.#consumer.stop();
    }
    await this.#subscribe(topics);
  }

  /** Leaves the group and joins again, so that a new generation begins; tries until it succeeds or the group is left. */
  async joinAgain(): Promise<void> {
    if (this.#stopping || !this.hasBegun) return;
    this.#rebalancing();
    await this.#joinUntilItSucceeds();
  }

  /** One request, in the generation that the group is in now; see `Source.commit`. */
  async commit(offsets: readonly OffsetCommit[]): Promise<void> {
    const limitMs = this.#options.requestTimeoutMs * 2;
    if (this.#stopping) throw notInGroup();
    // The client's own limit is for each of the two or three requests that it may need.
    const inTime = await within(limitMs, this.#commitOnce(offsets, this.#generation));
    if (!inTime) throw new UnavailableError(`Kafka did not answer a commit within ${limitMs} ms`);
  }

  /**
   * What the group has committed for partitions, as the coordinator tells: KafkaJS' admin client waits 100 ms for its list
   * of brokers when that is the first thing it is asked.
   */
  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { groupId } = this.#options;
    const topics = byTopic(partitions, ({ partition }) => ({ partition, offset: '' }));
    const { responses } = await this.#ask((coordinator) => coordinator.offsetFetch({ groupId, topics }));
    const found = new Map(
      responses.flatMap(({ topic, partitions: entries }) =>
        entries.map((entry) => [partitionKey({ topic, partition: entry.partition }), entry]),
      ),
    );
    return partitions.map(({ topic, partition }) => {
      const entry = found.get(partitionKey({ topic, partition }));
      const offset = Number(entry?.offset ?? -1);
      return { topic, partition, offset: offset < 0 ? undefined : offset, metadata: entry?.metadata ?? '' };
    });
  }

  /**
   * What topics hold of partitions, as the client sees it: the end is where the oldest open transaction begins. Partitions
   * that have no leader are missing.
   */
  async extents(partitions: readonly TopicPartition[]): Promise<PartitionExtent[]> {
    const cluster = this.#cluster;
    if (!cluster) throw notInGroup();
    await cluster.refreshMetadata();
    const ledKeys = new Set(
      [...new Set(partitions.map(({ topic }) => topic))].flatMap((topic) =>
        cluster
          .findTopicPartitionMetadata(topic)
          .filter(({ leader }) => leader >= 0)
          .map(({ partitionId: partition }) => partitionKey({ topic, partition })),
      ),
    );
    const led = partitions.filter((partition) => ledKeys.has(partitionKey(partition)));
    const topics = byTopic(led, ({ partition }) => ({ partition }));
    const [lows, highs] = await Promise.all(
      [true, false].map(async (fromBeginning) => {
        const offsets = await cluster.fetchTopicsOffset(topics.map((topic) => ({ ...topic, fromBeginning })));
        return new Map(
          offsets.flatMap(({ topic, partitions: entries }) =>
            entries.map(({ partition, offset }) => [partitionKey({ topic, partition }), Number(offset)]),
          ),
        );
      }),
    );
    return led.flatMap(({ topic, partition }) => {
      const key = partitionKey({ topic, partition });
      const low = lows?.get(key);
      const high = highs?.get(key);
      return low === undefined || high === undefined ? [] : [{ topic, partition, low, high }];
    });
  }

  /** Leaves the group. */
  async leave(): Promise<void> {
    this.#stopping = true;
    this.#losePlace();
    this.#watchdog.stop();
    await this.#consumer.disconnect();
  }

  async #commitOnce(offsets: readonly OffsetCommit[], generation: number): Promise<void> {
    const topics = byTopic(offsets, ({ partition, offset, metadata = '' }) => ({
      partition,
      offset: String(offset),
      metadata,
    }));
    const { memberId, generationId: groupGenerationId } = await this.#place.promise;
    const { groupId } = this.#options;
    try {
      await this.#ask((coordinator) => {
        if (generation !== this.#generation || this.#rejoining) throw notInGroup();
        return coordinator.offsetCommit({ groupId, memberId, groupGenerationId, topics });
      });
    } catch (error) {
      throw isFenced(error) ? new NotTakenError(describeError(error), { cause: error }) : error;
    }
  }

  /** Asks the group's coordinator, once. */
  async #ask<A>(question: (coordinator: Coordinator) => Promise<A>): Promise<A> {
    const { groupId } = this.#options;
    if (!this.#coordinator?.isConnected()) this.#coordinator = await this.#cluster?.findGroupCoordinator({ groupId });
    if (!this.#coordinator) throw notInGroup();
    try {
      return await question(this.#coordinator);
    } catch (error) {
      // Another broker may be the coordinator by now.
      this.#coordinator = undefined;
      throw error;
    }
  }

  #listenToConsumer(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REBALANCING, () => this.#rebalancing());
    // Not every way to join again tells of it first; but every way begins with this request.
    this.#consumer.on(events.REQUEST, ({ payload: { apiName } }) => {
      if (apiName === 'JoinGroup' && !this.#rejoining) this.#rebalancing();
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#losePlace();
      this.#rejoining = false;
      if (this.#joined?.memberId === payload.memberId) this.#place.resolve(this.#joined);
      const partitions = flattenAssignment(payload.memberAssignment);
      leaveNothingToFetch(payload.memberAssignment);
      this.#listener.assigned(++this.#generation, partitions);
    });
    this.#consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.#rebalancing();
      if (this.#stopping) return;
      if (!restart && !mayPass(error)) {
        this.#listener.failed(explain(error, this.#options));
        return;
      }
      this.#logger.warn({ error: describeError(error) }, 'Kafka does not answer as it should; connecting again');
      if (!restart) void this.#joinUntilItSucceeds();
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
    if (this.#stopping) return;
    this.#watchdog.stop();
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.#options;
    this.#logger.warn(
      {},
      `Nothing came from Kafka for ${rebalanceTimeoutMs + sessionTimeoutMs} ms, not even a failure; joining the group again`,
    );
    this.#listener.stalled();
    this.#rebalancing();
    await this.#joinUntilItSucceeds();
  }

  /** Leaves the group and joins again, as often as it takes. */
  async #joinUntilItSucceeds(): Promise<void> {
    for (;;) {
      try {
        await this.#startOver();
        return;
      } catch (error) {
        if (this.#stopping) return;
        if (!mayPass(error)) {
          this.#listener.failed(explain(error, this.#options));
          return;
        }
        this.#logger.warn({ error: describeError(error) }, 'Kafka cannot be reached; connecting again');
        await delay(RESTART_MS);
      }
    }
  }

  async #startOver(): Promise<void> {
    const { requestTimeoutMs, sessionTimeoutMs } = this.#options;
    // Stopping waits for the answer to the request that is under way, and then asks to leave.
    if (!(await within(2 * requestTimeoutMs + sessionTimeoutMs, this.#consumer.stop()))) {
      throw new UnavailableError(
        'The Kafka client hangs and cannot be stopped. Start the process again; nothing is lost.',
      );
    }
    if (!this.#stopping) await this.#subscribe(this.#subscribed);
  }

  #rebalancing(): void {
    this.#rejoining = true;
    this.#losePlace();
    this.#listener.rebalancing();
  }

  #losePlace(): void {
    this.#place.reject(new NotTakenError('The consumer has left its group.'));
    this.#place = new Deferred();
  }

  async #subscribe(topics: readonly string[]): Promise<void> {
    this.#subscribed = topics;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics] });
    this.#watchdog.start();
    await this.#consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  }
}

/** The form of Kafka's requests. */
function byTopic<A extends TopicPartition, B>(
  partitions: readonly A[],
  entry: (partition: A) => B,
): { topic: string; partitions: B[] }[] {
  const entries = new Map<string, B[]>();
  for (const partition of partitions) {
    const ofTopic = entries.get(partition.topic) ?? [];
    ofTopic.push(entry(partition));
    entries.set(partition.topic, ofTopic);
  }
  return [...entries].map(([topic, ofTopic]) => ({ topic, partitions: ofTopic }));
}

function notInGroup(): NotTakenError {
  return new NotTakenError('The consumer is not in its group.');
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

/** The lists of an assignment are the very ones that the client fetches by. */
function leaveNothingToFetch(assignment: Readonly<Record<string, number[]>>): void {
  for (const partitions of Object.values(assignment)) partitions.length = 0;
}

/** Whether the group's coordinator refused a commit as a whole, because the member lost its place or is about to. */
function isFenced(error: unknown): boolean {
  return error instanceof KafkaJSProtocolError && FENCED.has(error.type);
}

/** KafkaJS's wrapping round the range assignment. */
const rangeAssignor =
  ({ protocolName: name = 'range', memberData = Buffer.alloc(0) }: GroupMembershipOptions): PartitionAssigner =>
  ({ cluster }) => ({
    name,
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
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: memberData }),
    }),
  });
