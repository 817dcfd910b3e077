import { Subject } from 'rxjs';
import { type EncodedBatch } from '../../core/encoded-batch.ts';
import { LoadRejectedError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { partitionKey } from '../../core/record-batch.ts';
import { type PartitionRange, type TableLane } from '../../core/table-lane.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { frameBody } from './load-body.ts';
import { type LoadResult, type TableLoader } from './table-loader.ts';

/** What a lane works with. Sizes in bytes. */
export interface StreamLoadLaneOptions {
  readonly table: string;
  readonly loader: TableLoader;
  /** The most bytes in one load, unless a single range is larger. */
  readonly maxBytes: number;
  /** Loads of this lane at once; no partition is ever in two of them. */
  readonly concurrency: number;
  /** Loads of all lanes at once. */
  readonly limiter: Limiter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** Finds the record behind a rejected load; undefined when no single one can be named. */
  readonly findBadRecord: (parts: readonly EncodedBatch[]) => Error | undefined;
  /** Bytes came in or left; the lanes together decide who flushes. */
  readonly onBuffered: () => void;
  /** The lane has stopped for good and begins no more loads. */
  readonly onStopped: (error: Error) => void;
  /** The loads that were under way when it stopped are done as well. */
  readonly onSettled: () => void;
}

/**
 * Loads the ready ranges of all partitions of one table, a bounded number of loads at once. A free slot takes every
 * ready range, and asks the partitions for what they hold besides, so that a quiet table costs one load an interval.
 */
export class StreamLoadLane implements TableLane {
  readonly table: string;
  readonly #options: StreamLoadLaneOptions;
  readonly #demand = new Subject<void>();
  readonly demand$ = this.#demand.asObservable();
  readonly #ready: PartitionRange[] = [];
  readonly #busy = new Set<string>();
  readonly #close = new AbortController();
  #admitted = 0;
  #inLoads = 0;
  #loads = 0;
  #pumping = false;
  #stopped: Error | undefined;

  constructor(options: StreamLoadLaneOptions) {
    this.#options = options;
    this.table = options.table;
  }

  /** Bytes that wait for a load. */
  get buffered(): number {
    return this.#admitted - this.#inLoads;
  }

  get stopped(): Error | undefined {
    return this.#stopped;
  }

  admit(bytes: number): void {
    this.#admitted += bytes;
    this.#options.onBuffered();
  }

  withdraw(bytes: number): void {
    this.#admitted -= bytes;
  }

  offer(range: PartitionRange): void {
    this.#ready.push(range);
    this.#pump();
  }

  /** Closes what the partitions hold and loads it as soon as a slot is free. */
  flush(): void {
    this.#demand.next();
  }

  fail(error: Error): void {
    if (this.#stopped || this.#close.signal.aborted) return;
    this.#stopped = error;
    this.#options.onStopped(error);
    if (this.#loads === 0) this.#options.onSettled();
  }

  /** Cuts the loads under way. */
  close(): void {
    this.#close.abort(new Error('The pipeline was closed.'));
    this.#ready.length = 0;
  }

  #pump(): void {
    // A demand makes the partitions offer at once, from within this function.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#loads < this.#options.concurrency && !this.#stopped) {
        if (!this.#ready.some((range) => this.#isFree(range))) break;
        this.#demand.next();
        const ranges = this.#take();
        if (ranges.length === 0) break;
        this.#start(ranges);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #isFree(range: PartitionRange): boolean {
    return !this.#busy.has(partitionKey(range));
  }

  /** Every ready range of partitions that have no load under way, oldest first, up to the size of a load. */
  #take(): PartitionRange[] {
    const taken: PartitionRange[] = [];
    const left: PartitionRange[] = [];
    const full = new Set<string>();
    let bytes = 0;
    for (const range of this.#ready) {
      const key = partitionKey(range);
      if (range.signal.aborted) continue;
      if (!this.#isFree(range) || full.has(key) || (taken.length > 0 && bytes + range.bytes > this.#options.maxBytes)) {
        // What follows in the same partition must not overtake it.
        full.add(key);
        left.push(range);
        continue;
      }
      taken.push(range);
      bytes += range.bytes;
    }
    this.#ready.splice(0, this.#ready.length, ...left);
    return taken;
  }

  #start(ranges: readonly PartitionRange[]): void {
    const keys = new Set(ranges.map(partitionKey));
    const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
    this.#inLoads += bytes;
    for (const key of keys) this.#busy.add(key);
    this.#loads++;
    this.#load(ranges)
      .catch((error: unknown) => {
        if (!isAbandoned(ranges) && !this.#close.signal.aborted) {
          this.fail(error instanceof Error ? error : new Error(String(error)));
        }
      })
      .finally(() => {
        for (const key of keys) this.#busy.delete(key);
        this.#loads--;
        this.#inLoads -= bytes;
        if (this.#stopped && this.#loads === 0) this.#options.onSettled();
        this.#pump();
      });
  }

  async #load(ranges: readonly PartitionRange[]): Promise<void> {
    const { loader, limiter, stats, logger } = this.#options;
    const parts = ranges.flatMap((range) => range.parts);
    const rows = ranges.reduce((sum, range) => sum + range.rows, 0);
    if (rows > 0) {
      const body = frameBody(parts);
      const started = performance.now();
      const result = await this.#untilAbandoned(ranges, (signal) => loader.load(body, signal, limiter));
      this.#checkResult(result, rows, parts);
      const ms = Math.round(performance.now() - started);
      stats.loads++;
      stats.rowsLoaded += result.rows?.loaded ?? rows;
      stats.bytesLoaded += body.length;
      stats.lastLoad = { table: this.table, rows, bytes: body.length, ms };
      logger.debug({ table: this.table, rows, bytes: body.length, ms, ranges: ranges.length }, 'Loaded');
    }
    for (const range of ranges) {
      if (range.signal.aborted) continue;
      this.#admitted -= range.bytes;
      range.loaded();
    }
  }

  #checkResult(result: LoadResult, rows: number, parts: readonly EncodedBatch[]): void {
    const { table, logger, findBadRecord } = this.#options;
    if (result.verdict === 'rejected') {
      throw (
        findBadRecord(parts) ??
        new LoadRejectedError(`StarRocks rejected a load into ${table} (${where(parts)}): ${result.message}`)
      );
    }
    // An earlier attempt's rows were not counted for us.
    if (!result.rows) return;
    if (result.rows.total !== rows) {
      throw (
        findBadRecord(parts) ??
        new LoadRejectedError(
          `StarRocks counted ${result.rows.total} rows in a load of ${rows} into ${table} (${where(parts)}).`,
        )
      );
    }
    if (result.rows.filtered > 0) {
      logger.warn(
        { table, ...result.rows },
        `StarRocks left out ${result.rows.filtered} rows, as max_filter_ratio allows`,
      );
    }
  }

  /** Runs a task until its partitions are all taken away, or the lane is closed. */
  async #untilAbandoned<T>(ranges: readonly PartitionRange[], task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abandoned = new AbortController();
    const check = (): void => {
      if (isAbandoned(ranges)) abandoned.abort(ranges[0]?.signal.reason);
    };
    for (const { signal } of ranges) signal.addEventListener('abort', check);
    check();
    try {
      return await task(AbortSignal.any([abandoned.signal, this.#close.signal]));
    } finally {
      for (const { signal } of ranges) signal.removeEventListener('abort', check);
    }
  }
}

function isAbandoned(ranges: readonly PartitionRange[]): boolean {
  return ranges.every(({ signal }) => signal.aborted);
}

function where(parts: readonly EncodedBatch[]): string {
  return parts
    .map(({ topic, partition, firstOffset, nextOffset }) => `${topic}/${partition} [${firstOffset}..${nextOffset})`)
    .slice(0, 5)
    .join(', ');
}
