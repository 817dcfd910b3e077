import { Subject } from 'rxjs';
import { backoffMs } from '../../core/backoff.ts';
import { targetsOf } from '../../core/encoded-batch.ts';
import { LoadRejectedError, RefusedRecordError, toError } from '../../core/errors.ts';
import { LoadTables } from '../../core/load-tables.ts';
import { partitionKey } from '../../core/record-batch.ts';
import { type PartitionRange, type TableLane } from '../../core/table-lane.ts';
import { type TableReport } from '../../core/task-report.ts';
import { type BatchLoader } from './batch-loader.ts';
import { LoadPace } from './load-pace.ts';
import { RangeLoader, type RangeLoaderOptions } from './range-loader.ts';

/** What a lane works with. Sizes in bytes. */
export interface StreamLoadLaneOptions extends Omit<RangeLoaderOptions, 'loader' | 'closed' | 'onLoaded'> {
  readonly createLoader: (onOverload: () => void) => BatchLoader;
  /** The most bytes in one load, unless a single range is larger. */
  readonly maxBytes: number;
  /** Loads of this lane at once; no partition is ever in two of them. */
  readonly concurrency: number;
  /** Bytes came in or left; the lanes together decide who flushes. */
  readonly onBuffered: () => void;
  /**
   * The lane begins no more loads: for good, or until it reopens in `retryMs`, because what StarRocks refuses may be
   * mended there.
   */
  readonly onStopped: (error: Error, retryMs: number | undefined) => void;
  /** The loads that were under way when it stopped are done as well. */
  readonly onSettled: () => void;
  /** What stopped the lane may be mended: its partitions start over from where their loaded records end. */
  readonly onReopened: () => void;
}

type LaneHalt = NonNullable<TableReport['stopped']>;

/** When a lane that StarRocks' refusal has stopped looks whether it was mended. Times in milliseconds. */
const REOPEN = { base: 5_000, limit: 60_000 } as const;

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
  readonly #underway = new Set<Promise<void>>();
  #pumping = false;
  #hasBegun = false;
  #stopped: Error | undefined;
  readonly #loader: RangeLoader;
  readonly #pace = new LoadPace();
  #paceTimer: NodeJS.Timeout | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  #reopensAt: number | undefined;
  /** Times that the lane was stopped since its last load that went through. */
  #stops = 0;
  #halt: Omit<LaneHalt, 'retryAt'> | undefined;

  constructor(options: StreamLoadLaneOptions) {
    this.#options = options;
    this.table = options.table;
    this.#loader = new RangeLoader({
      ...options,
      loader: options.createLoader(() => this.#pace.slowDown()),
      closed: this.#close.signal,
      onLoaded: () => this.#pace.speedUp(),
    });
  }

  /** Bytes that wait for a load. */
  get buffered(): number {
    return this.#admitted - this.#inLoads;
  }

  /** Why it begins no loads. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }

  /** What has stopped it, since when, and when it looks whether that was mended; until a load has gone through again. */
  get halt(): LaneHalt | undefined {
    return this.#halt && { ...this.#halt, ...(this.#reopensAt !== undefined && { retryAt: this.#reopensAt }) };
  }

  /** It has stopped, and will not go on by itself. */
  get isFinished(): boolean {
    return this.#stopped !== undefined && this.#reopenTimer === undefined;
  }

  /** Whether it has begun a load, ever. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Loads under way. */
  get underway(): number {
    return this.#underway.size;
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
    this.#stop(error, undefined);
  }

  /** Cuts the loads under way and resolves when they have ended; the caller bounds the wait. */
  async close(): Promise<void> {
    clearTimeout(this.#paceTimer);
    clearTimeout(this.#reopenTimer);
    this.#close.abort(new Error('The pipeline was closed.'));
    this.#ready.length = 0;
    await Promise.allSettled(this.#underway);
  }

  #stop(error: Error, retryMs: number | undefined): void {
    if (this.#stopped || this.#close.signal.aborted) return;
    this.#stopped = error;
    this.#halt = { since: this.#halt?.since ?? Date.now(), message: error.message };
    this.#reopensAt = retryMs === undefined ? undefined : Date.now() + retryMs;
    if (retryMs !== undefined) this.#reopenTimer = setTimeout(() => this.#reopen(), retryMs);
    this.#options.onStopped(error, retryMs);
    if (this.#underway.size === 0) this.#options.onSettled();
  }

  #reopen(): void {
    if (this.#underway.size > 0) {
      // Its partitions are not free before the last load has ended.
      this.#reopenTimer?.refresh();
      return;
    }
    this.#reopenTimer = undefined;
    this.#stopped = undefined;
    this.#ready.length = 0;
    this.#options.onReopened();
  }

  #pump(): void {
    // A demand makes the partitions offer at once, from within this function.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#underway.size < this.#options.concurrency && !this.#stopped && !this.#close.signal.aborted) {
        if (!this.#ready.some((range) => this.#isFree(range))) break;
        const waitMs = this.#pace.waitMs(performance.now());
        if (waitMs > 0) {
          clearTimeout(this.#paceTimer);
          this.#paceTimer = setTimeout(() => this.#pump(), waitMs);
          break;
        }
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
    const tables = new LoadTables();
    let bytes = 0;
    const fits = (range: PartitionRange): boolean =>
      bytes + range.bytes <= this.#options.maxBytes && tables.add(range.parts.flatMap(targetsOf));
    for (const range of this.#ready) {
      const key = partitionKey(range);
      if (range.signal.aborted) continue;
      if (!this.#isFree(range) || full.has(key) || (taken.length > 0 && !fits(range))) {
        // What follows in the same partition must not overtake it.
        full.add(key);
        left.push(range);
        continue;
      }
      if (taken.length === 0) tables.add(range.parts.flatMap(targetsOf));
      taken.push(range);
      bytes += range.bytes;
    }
    this.#ready.splice(0, this.#ready.length, ...left);
    return taken;
  }

  #start(ranges: readonly PartitionRange[]): void {
    const keys = new Set(ranges.map(partitionKey));
    const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
    this.#hasBegun = true;
    this.#inLoads += bytes;
    for (const key of keys) this.#busy.add(key);
    this.#pace.started(performance.now());
    const load = this.#loader
      .load(ranges)
      .then(() => this.#loaded(ranges))
      .catch((error: unknown) => this.#failed(ranges, error))
      .finally(() => {
        for (const key of keys) this.#busy.delete(key);
        this.#underway.delete(load);
        this.#inLoads -= bytes;
        if (this.#stopped && this.#underway.size === 0) this.#options.onSettled();
        this.#pump();
      });
    this.#underway.add(load);
  }

  #loaded(ranges: readonly PartitionRange[]): void {
    this.#stops = 0;
    this.#halt = undefined;
    for (const range of ranges) {
      if (range.signal.aborted) continue;
      this.#admitted -= range.bytes;
      range.loaded();
      for (const { release } of range.parts) release?.();
    }
  }

  #failed(ranges: readonly PartitionRange[], error: unknown): void {
    if (this.#close.signal.aborted) return;
    if (ranges.some(({ signal }) => signal.aborted)) {
      // The load was given up because of them; the others' rows are still to be loaded, before what follows them.
      this.#ready.unshift(...ranges.filter(({ signal }) => !signal.aborted));
      return;
    }
    const cause = toError(error);
    this.#stops++;
    const mendable = cause instanceof LoadRejectedError || cause instanceof RefusedRecordError;
    this.#stop(cause, mendable ? backoffMs(this.#stops, REOPEN) : undefined);
  }
}
