import { type TaskReport } from './task-report.ts';
import { type DoneLoad, type PartitionProgress } from './task-stats.ts';

/** All that is told of a task at one moment: plain data, so that it can cross from the task's thread. Its parts are not changed. */
export interface TaskSnapshot {
  readonly report: TaskReport;
  readonly counts: TaskCounts;
  /** Topics that brought at least one record. */
  readonly topics: readonly string[];
  readonly lastLoad: DoneLoad | undefined;
}

/** What is counted since the task began, beside what the report tells. */
export interface TaskCounts {
  /** Batches by what closed them. */
  readonly batches: Readonly<Record<string, number>>;
  /** Loads in two phases by their end. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Attempts to load that failed and were followed by another one. */
  readonly retries: readonly { readonly table: string; readonly cause: string; readonly count: number }[];
  /** Commits of Kafka's offsets, and those that failed and were tried again. */
  readonly commits: number;
  readonly commitFailures: number;
  /** Times that partitions were assigned. */
  readonly assignments: number;
  /** Times that nothing came from Kafka for too long. */
  readonly fetchStalls: number;
  /** The most bytes that were ever in flight. */
  readonly peakBytesInFlight: number;
}

/** Records in Kafka that are not yet loaded, of all partitions of a task. */
export function lagOf({ partitions }: { readonly partitions: readonly PartitionProgress[] }): number {
  return partitions.reduce((sum, { end, position }) => sum + Math.max(0, end - position), 0);
}
