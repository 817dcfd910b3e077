import { type PauseReason } from './pause-lock.ts';
import { type TopicPartition } from './record-batch.ts';

/**
 * What a task is doing, for people: plain data that can cross a thread and be JSON. It holds no values of records or of
 * settings. Sizes in bytes, times in milliseconds, moments in milliseconds since the epoch.
 */
export interface TaskReport {
  /** Whether it has joined its group. */
  readonly assigned: boolean;
  /** Rows that were loaded since the task began. */
  readonly rows: number;
  /** When a partition's position last moved, or partitions were assigned. */
  readonly lastProgress: number;
  readonly inFlight: { readonly bytes: number; readonly limit: number };
  readonly partitions: readonly PartitionReport[];
  /** What is done to records on their way to rows, in order. */
  readonly steps: readonly string[];
  /** When a batch of records is closed. */
  readonly batches: { readonly bytes: number; readonly records?: number; readonly ms: number };
  readonly tables: readonly TableReport[];
  readonly badRecords: {
    /** Records that were set apart since the task began. */
    readonly count: number;
    /** The last of them, the newest last. */
    readonly last: readonly BadRecordReport[];
  };
  /** The last attempts that failed, the newest last. */
  readonly failures: readonly FailureReport[];
}

export interface PartitionReport extends TopicPartition {
  readonly table: string;
  /** The next offset that is not yet loaded. */
  readonly position: number;
  /** Where it ends in Kafka. */
  readonly end: number;
  /** Of its records between Kafka and StarRocks. */
  readonly inFlightBytes: number;
  /** Why it is not fetched; empty while it is. */
  readonly pauses: readonly PauseReason[];
}

export interface TableReport {
  readonly table: string;
  /** Rows that were loaded since the task began. */
  readonly rows: number;
  /** Loads under way. What records name as their table is loaded, and waits, with the table of their topic. */
  readonly underway: number;
  /** Bytes that wait for a load. */
  readonly waitingBytes: number;
  /** Attempts to load that failed and were followed by another one. */
  readonly retries: number;
  /** What keeps its loads from going through now, though they are tried again. */
  readonly trouble?: { readonly since: number; readonly message: string };
  /**
   * Why nothing is loaded into it, since when, and when it is tried again: never by itself, where there is no such time. It
   * is being tried when that time has passed.
   */
  readonly stopped?: { readonly message: string; readonly since: number; readonly retryAt?: number };
  /** The last loads, the newest last. */
  readonly loads: readonly LoadReport[];
}

/** A load that went through. */
export interface LoadReport {
  readonly at: number;
  readonly rows: number;
  /** Rows that StarRocks left out of them, as `max_filter_ratio` allows. */
  readonly filtered: number;
  readonly bytes: number;
  readonly ms: number;
}

/** A record that cannot be loaded. */
export interface BadRecordReport extends TopicPartition {
  readonly at: number;
  readonly offset: number;
  readonly reason: string;
}

/** Attempts of a table that failed in the same way, one after the other. */
export interface FailureReport {
  /** The last time. */
  readonly at: number;
  readonly table: string;
  readonly message: string;
  readonly times: number;
}
