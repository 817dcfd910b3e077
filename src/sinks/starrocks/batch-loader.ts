import { type Limiter } from '../../core/limiter.ts';
import { type OffsetRange } from '../../core/load-decisions.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type LoadAnswer } from './stream-load-response.ts';

/** The rows of one load. */
export interface LoadJob {
  readonly body: LoadBody;
  readonly rows: number;
  /** Where the rows come from. */
  readonly ranges: readonly OffsetRange[];
  /** Aborted when all partitions of the load were taken away, or the lane is closed. */
  readonly abandoned: AbortSignal;
  /** Aborted when any partition of the load was taken away, or the lane is closed. */
  readonly incomplete: AbortSignal;
}

/** How a load ended: its rows are durable, or StarRocks will never take these bytes and has none of them. */
export type LoadResult = LoadAnswer & { readonly verdict: 'loaded' | 'rejected' };

/** How rows get into a table: at least once, or exactly once. */
export interface BatchLoader {
  /**
   * Waits for ever for what can pass, and returns at once what cannot.
   *
   * @param turns what the attempts of all tables share. Only an attempt takes a turn: a table that waits for a person or
   * for its next attempt keeps nobody else waiting.
   * @throws the reason of one of the job's signals when it is aborted; nothing else.
   */
  load(job: LoadJob, turns: Limiter): Promise<LoadResult>;
}
