import { type Limiter } from '../../core/limiter.ts';
import { type OffsetRange } from '../../core/load-decisions.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type BadRecordBatch } from '../dead-letter/bad-records.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type LoadAnswer } from './stream-load-response.ts';

/** The rows of a load for one table. */
export interface TableRows {
  /** Undefined for the loader's own table. */
  readonly target: TableTarget | undefined;
  readonly body: LoadBody;
  readonly rows: number;
}

/** The rows of one load. */
export interface LoadJob {
  /** Of each table once. None when there are only bad records. */
  readonly tables: readonly TableRows[];
  /** The records of these ranges that are left out; they are written before the load counts. */
  readonly badRecords: BadRecordBatch;
  /** Where the rows come from. */
  readonly ranges: readonly OffsetRange[];
  /** Aborted when all partitions of the load were taken away, or the lane is closed. */
  readonly abandoned: AbortSignal;
  /** Aborted when any partition of the load was taken away, or the lane is closed. */
  readonly incomplete: AbortSignal;
}

/**
 * How a load ended for one of its tables:
 *
 * - `loaded`: its rows are durable, and the load's bad records are written.
 * - `rejected`: StarRocks will never take these bytes, and has none of them.
 * - `held back`: StarRocks has none of them, because it has rejected those of another table.
 * - `miscounted`: StarRocks has taken another number of rows, which cannot be taken back.
 */
export type LoadResult = Omit<LoadAnswer, 'verdict'> & {
  readonly verdict: 'loaded' | 'rejected' | 'held back' | 'miscounted';
};

/** How rows get into tables: at least once, or exactly once. */
export interface BatchLoader {
  /**
   * Waits for ever for what can pass, and returns at once what cannot: the result of each table, in the job's order.
   *
   * @param turns what the attempts of all tables share. Only an attempt takes a turn: a table that waits for a person or
   * for its next attempt keeps nobody else waiting.
   * @throws the reason of one of the job's signals when it is aborted; RecordError for a bad record that cannot be written.
   */
  load(job: LoadJob, turns: Limiter): Promise<readonly LoadResult[]>;
}
