import { type RawValue, type RecordBatch, type TopicPartition } from '../core/record-batch.ts';

/** A position in a partition: the next offset to load. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

/** What a partition holds now: offsets from `low` on and below `high`. */
export interface PartitionExtent extends TopicPartition {
  readonly low: number;
  readonly high: number;
}

/** What Kafka keeps for the group in a partition. */
export interface CommittedOffset extends TopicPartition {
  /** Undefined when the group has never committed there. */
  readonly offset: number | undefined;
  /** Empty when there is none. */
  readonly metadata: string;
}

/** A position to make durable. */
export interface OffsetCommit extends Position {
  /** Kept beside the offset, up to 4,096 bytes; none clears it. */
  readonly metadata?: string;
}

/** What a source tells its owner. All of it is called synchronously, between two fetches. */
export interface SourceListener {
  /** This process owns exactly these partitions from now on; whatever belongs to an older generation is stale. */
  assigned(generation: number, partitions: readonly TopicPartition[]): void;
  /** Partitions are about to move: nothing may be committed until the next assignment. */
  rebalancing(): void;
  /** The source is about to leave the group and join again: finish and commit what is in flight, within a limit. */
  quiesce(): Promise<void>;
  /** Records of a partition that was opened in the current generation. Must not block and must not throw. */
  batch(batch: RecordBatch<RawValue>, highWatermark: number): void;
  /** Nothing came from Kafka for too long, not even a failure; the source is connecting again. */
  stalled(): void;
  /** The source cannot go on and will not recover by itself. */
  failed(error: Error): void;
}

/**
 * The port to Kafka. Fetching is pushed; a partition that must not be fetched is paused, never left waiting in a
 * handler. Nothing is delivered for a partition before `open`.
 */
export interface Source {
  /** Connects and joins the group. */
  start(listener: SourceListener): Promise<void>;
  /** What the group has committed. */
  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]>;
  /** Where reading can start: at the committed offset if the topic still holds it, or where `auto.offset.reset` points. */
  startingPositions(committed: readonly CommittedOffset[]): Promise<Position[]>;
  /** Starts to deliver a partition of the current generation from an offset. */
  open(position: Position): void;
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /**
   * Makes positions durable, in one request that is never repeated by itself: a repetition could reach Kafka in a later
   * generation, which would accept it although the partitions are somebody else's. Rejects when the group has moved
   * on, and when nobody answers in time; then it may have been done all the same.
   */
  commit(offsets: readonly OffsetCommit[]): Promise<void>;
  /** Leaves the group and joins it again, so that a new generation begins; tries until it succeeds or `stop` is called. */
  joinAgain(): Promise<void>;
  /** Leaves the group and closes every connection. Commit before: afterwards nothing can be committed. */
  stop(): Promise<void>;
}
