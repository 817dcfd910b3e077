import { ConfigError, describeError, toError, UnavailableError } from '../../../core/errors.ts';
import { type Logger } from '../../../core/logger.ts';
import { partitionKey, type TopicPartition } from '../../../core/record-batch.ts';
import { type Position } from '../../source.ts';
import { type KafkaConnectionOptions } from '../client-options.ts';
import { BrokerLoop, type Demand } from './broker-loop.ts';
import { ClusterMap, type Leader } from './cluster-map.ts';
import { Cursor } from './cursor.ts';
import {
  isLeaderChange,
  nameOfError,
  OFFSET_OUT_OF_RANGE,
  TOPIC_AUTHORIZATION_FAILED,
  UNSUPPORTED_COMPRESSION_TYPE,
} from './error-codes.ts';
import { type FetchedPartition } from './fetch-api.ts';
import { LeaderlessPartitions } from './leaderless-partitions.ts';
import { type FetchedRecords, readRecords } from './read-records.ts';

/** How to fetch. Names follow Kafka's consumer settings; sizes in bytes, times in milliseconds. */
export interface FetcherOptions extends KafkaConnectionOptions {
  readonly isolationLevel: 'read_uncommitted' | 'read_committed';
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
  readonly metadataMaxAgeMs: number;
  readonly rackId?: string | undefined;
}

/** What a fetcher tells its owner. */
export interface FetchListener {
  /** What one fetch brought for a partition: `fetched` covers the offsets from `from` on. Called synchronously; must not throw. */
  records(from: Position, fetched: FetchedRecords, highWatermark: number): void;
  /**
   * Kafka does not have the offset any more, or not yet; or the topic was deleted and made anew, so that none of its offsets
   * means anything. The partition is closed: its owner has to open it anew.
   */
  outOfRange(position: Position, isNewTopic: boolean): void;
  /** Fetching cannot go on, and will not by itself. */
  failed(error: Error): void;
}

/**
 * While a partition of a broker is paused, a fetch from that broker waits no longer than this, so that the partition is
 * asked for soon after it is resumed. Milliseconds.
 */
const SHORT_WAIT_MS = 50;

/**
 * The most that one fetch asks for, whatever `fetch.max.bytes` allows: an answer is read as a whole, and a connection keeps
 * the memory of one of this size for the next. Larger ones took more memory and no less time.
 */
const MOST_FETCH_BYTES = 4 * 1024 * 1024;

/**
 * Reads partitions from where they are opened. It asks for what is open and not paused, and for nothing else: an answer
 * for a partition that was paused, closed or opened anew meanwhile is dropped, and nothing is fetched ahead.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #listener: FetchListener;
  readonly #logger: Logger;
  /** Those that have waited longest for records first: an answer may be full before all have their part. */
  readonly #cursors = new Map<string, Cursor>();
  readonly #paused = new Set<string>();
  readonly #leaderless: LeaderlessPartitions;
  readonly #loops = new Map<number, BrokerLoop>();
  /** Topics that were deleted, by their ids. A broker that is behind still speaks of them. */
  readonly #deletedTopics = new Set<string>();
  readonly #end = new AbortController();
  readonly #cluster: ClusterMap;
  #asking = false;
  #timer: NodeJS.Timeout | undefined;
  /** The timer is about to go off: there is nothing to plan for whatever else is opened in this turn. */
  #asksSoon = false;

  constructor(options: FetcherOptions, listener: FetchListener, logger: Logger) {
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#leaderless = new LeaderlessPartitions(logger);
    this.#cluster = new ClusterMap(options, this.#end.signal);
  }

  /** Reads a partition from an offset on, and no longer from where it was read. A pause stays. */
  open(position: Position): void {
    const cursor = new Cursor(position);
    const before = this.#cursors.get(cursor.key);
    if (before) Object.assign(cursor, { leader: before.leader, topicId: before.topicId });
    this.#cursors.set(cursor.key, cursor);
    if (cursor.leader) this.#wake(cursor);
    else if (!this.#asksSoon) this.#search();
  }

  pause(partition: TopicPartition): void {
    this.#paused.add(partitionKey(partition));
  }

  resume(partition: TopicPartition): void {
    const key = partitionKey(partition);
    if (!this.#paused.delete(key)) return;
    const cursor = this.#cursors.get(key);
    if (cursor) this.#wake(cursor);
  }

  /** Forgets every partition and every pause. */
  clear(): void {
    this.#cursors.clear();
    this.#paused.clear();
    this.#leaderless.clear();
  }

  /** Ends everything at once and closes every connection. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#end.abort(new UnavailableError('Fetching has ended.'));
  }

  #wake(cursor: Cursor): void {
    if (cursor.node !== undefined) this.#loops.get(cursor.node)?.wake();
  }

  /** What is wanted of a broker. */
  #demandOf(node: number): Demand {
    const cursors: Cursor[] = [];
    let maxWaitMs = this.#options.fetchMaxWaitMs;
    for (const cursor of this.#cursors.values()) {
      if (cursor.node !== node) continue;
      if (cursor.isAwayTooLong) {
        // So that the leader can say whether there is still a nearer broker.
        cursor.backToLeader();
        this.#wake(cursor);
        continue;
      }
      if (this.#paused.has(cursor.key)) maxWaitMs = Math.min(maxWaitMs, SHORT_WAIT_MS);
      else cursors.push(cursor);
    }
    return { cursors, maxWaitMs };
  }

  /** Sees to it that Kafka is asked who leads the partitions of which that is not known, as soon as it is their time. */
  #search(): void {
    clearTimeout(this.#timer);
    this.#asksSoon = false;
    if (this.#asking || this.#end.signal.aborted) return;
    const lost = [...this.#cursors.values()].filter(({ leader }) => !leader);
    if (lost.length === 0) return;
    const next = Math.min(...lost.map(({ searchAtMs }) => searchAtMs));
    // Also when it is time: all that is opened in this turn is asked for at once.
    const inMs = Math.max(0, next - performance.now());
    this.#asksSoon = inMs === 0;
    this.#timer = setTimeout(() => void this.#ask(), inMs);
  }

  async #ask(): Promise<void> {
    const now = performance.now();
    const lost = [...this.#cursors.values()].filter(({ leader, searchAtMs }) => !leader && searchAtMs <= now);
    this.#asking = true;
    this.#asksSoon = false;
    try {
      const leaders = await this.#cluster.leaders([...new Set(lost.map(({ topic }) => topic))]);
      this.#leaderless.answered(lost, leaders);
      const nodes = new Set<number>();
      for (const cursor of lost) {
        const leader = leaders.get(cursor.key);
        if (!leader || this.#deletedTopics.has(leader.topicId ?? '')) cursor.postpone();
        else if (this.#isOfNewTopic(cursor, leader)) this.#startAnew(cursor);
        else {
          cursor.leader = leader;
          cursor.topicId = leader.topicId;
          nodes.add(leader.node);
        }
      }
      // Only now, so that the first fetch asks for all of them.
      for (const node of nodes) this.#loopOf(node).wake();
    } catch (error) {
      if (this.#end.signal.aborted) return;
      for (const cursor of lost) cursor.postpone();
      this.#logger.warn({ error: describeError(error) }, 'Asking Kafka who leads the partitions failed; trying again');
    } finally {
      this.#asking = false;
      this.#search();
    }
  }

  #isOfNewTopic({ topicId: known }: Cursor, { topicId }: Leader): boolean {
    return known !== undefined && topicId !== undefined && known !== topicId;
  }

  /** The topic is another one by now. */
  #startAnew(cursor: Cursor): void {
    const { topic, partition, offset, topicId } = cursor;
    if (topicId !== undefined) this.#deletedTopics.add(topicId);
    if (this.#cursors.get(cursor.key) !== cursor) return;
    this.#cursors.delete(cursor.key);
    this.#listener.outOfRange({ topic, partition, offset }, true);
  }

  #loopOf(node: number): BrokerLoop {
    const existing = this.#loops.get(node);
    if (existing) return existing;
    const { fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes, isolationLevel, rackId = '' } = this.#options;
    const loop = new BrokerLoop({
      connection: this.#options,
      limits: {
        minBytes: fetchMinBytes,
        maxBytes: Math.min(fetchMaxBytes, MOST_FETCH_BYTES),
        readCommitted: isolationLevel === 'read_committed',
        rackId,
      },
      maxPartitionBytes: maxPartitionFetchBytes,
      logger: this.#logger,
      signal: this.#end.signal,
      address: () => this.#cluster.address(node),
      demand: () => this.#demandOf(node),
      fetched: (cursor, offset, answer) => this.#fetched(cursor, offset, answer),
      lost: (cursors) => this.#lost(cursors),
    });
    this.#loops.set(node, loop);
    loop.run().catch((error: unknown) => {
      if (!this.#end.signal.aborted) this.#listener.failed(toError(error));
    });
    return loop;
  }

  /** Whether an answer to a question for this offset may be used. */
  #isWanted(cursor: Cursor, offset: number): boolean {
    return this.#cursors.get(cursor.key) === cursor && cursor.offset === offset && !this.#paused.has(cursor.key);
  }

  /** Returns whether nobody needs the memory of the answer any more. */
  async #fetched(cursor: Cursor, offset: number, answer: FetchedPartition): Promise<boolean> {
    if (!this.#isWanted(cursor, offset)) return true;
    if (answer.error !== 0) {
      this.#refused(cursor, answer.error);
      return true;
    }
    cursor.found();
    if (answer.preferredReadReplica >= 0) {
      this.#readFromFollower(cursor, answer.preferredReadReplica);
      return true;
    }
    if (answer.records.length === 0) return true;
    const { topic, partition } = cursor;
    const { isolationLevel } = this.#options;
    let fetched: FetchedRecords;
    try {
      fetched = await readRecords({
        topic,
        partition,
        fetchOffset: offset,
        records: answer.records,
        aborted: isolationLevel === 'read_committed' ? answer.aborted : [],
      });
    } catch (error) {
      this.#cursors.delete(cursor.key);
      this.#listener.failed(toError(error));
      return true;
    }
    // Inflating takes its time.
    if (!this.#isWanted(cursor, offset) || fetched.nextOffset === offset) return true;
    cursor.offset = fetched.nextOffset;
    this.#cursors.delete(cursor.key);
    this.#cursors.set(cursor.key, cursor);
    this.#listener.records({ topic, partition, offset }, fetched, answer.highWatermark);
    return fetched.records.isReleased;
  }

  #refused(cursor: Cursor, error: number): void {
    const { topic, partition, offset } = cursor;
    switch (error) {
      case OFFSET_OUT_OF_RANGE:
        // A follower may be behind, or ahead of what it has deleted.
        if (cursor.backToLeader()) {
          this.#wake(cursor);
          return;
        }
        this.#cursors.delete(cursor.key);
        this.#listener.outOfRange({ topic, partition, offset }, false);
        return;
      case TOPIC_AUTHORIZATION_FAILED:
        this.#listener.failed(
          new ConfigError([
            `The Kafka brokers at ${this.#options.brokers.join(',')} do not allow topic ${topic} to be read. Grant READ on it.`,
          ]),
        );
        return;
      case UNSUPPORTED_COMPRESSION_TYPE:
        this.#listener.failed(
          new ConfigError([
            `Topic ${topic}, partition ${partition} is compressed with zstd, which its brokers do not hand out to this client. Upgrade them to 2.3 or later.`,
          ]),
        );
        return;
      default:
        if (!isLeaderChange(error)) {
          this.#logger.warn(
            { topic, partition, offset, error: nameOfError(error) },
            `Kafka cannot read topic ${topic}, partition ${partition} just now; trying again`,
          );
        }
        this.#lost([cursor]);
    }
  }

  #readFromFollower(cursor: Cursor, node: number): void {
    this.#logger.debug({ topic: cursor.topic, partition: cursor.partition, node }, 'Reading from a nearer broker');
    cursor.readFrom(node, this.#options.metadataMaxAgeMs);
    this.#loopOf(node).wake();
  }

  /** Somebody else may lead these partitions by now. */
  #lost(cursors: readonly Cursor[]): void {
    for (const cursor of cursors) {
      cursor.leader = undefined;
      cursor.backToLeader();
      cursor.postpone();
    }
    this.#search();
  }
}
