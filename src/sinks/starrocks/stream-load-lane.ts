import { Subject } from 'rxjs';
import { backoffMs } from '../../core/backoff.ts';
import { putFailure, sourceText } from '../../core/dead-letter.ts';
import { type EncodedBatch, withoutRecords } from '../../core/encoded-batch.ts';
import { describeError, LoadRejectedError, RecordError, RefusedRecordError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { type DeadLetter, partitionKey, recordAt } from '../../core/record-batch.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type PartitionRange, type TableLane } from '../../core/table-lane.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type BadRecordBatch, type BadRecords } from '../dead-letter/bad-records.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from './batch-loader.ts';
import { frameBody } from './load-body.ts';
import { LoadPace } from './load-pace.ts';
import { type RefusedRows } from './refused-rows.ts';

/** What a lane works with. Sizes in bytes. */
export interface StreamLoadLaneOptions {
  readonly table: string;
  readonly createLoader: (onOverload: () => void) => BatchLoader;
  /** The most bytes in one load, unless a single range is larger. */
  readonly maxBytes: number;
  /** Loads of this lane at once; no partition is ever in two of them. */
  readonly concurrency: number;
  /** Loads of all lanes at once. */
  readonly limiter: Limiter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  readonly badRecords: BadRecords;
  /** Finds the rows behind a rejected load. */
  readonly refusedRows: Pick<RefusedRows, 'findAll' | 'findFirst'>;
  /** Finds the rows that are wrong in themselves. */
  readonly findBadRows: (parts: readonly EncodedBatch[]) => Iterable<RefusedRow>;
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

/** Loads of the same rows that StarRocks may reject, each without what was found bad in the one before. */
const ROUNDS = 5;

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
  #stopped: Error | undefined;
  readonly #loader: BatchLoader;
  readonly #pace = new LoadPace();
  #paceTimer: NodeJS.Timeout | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  /** Times that the lane was stopped since its last load that went through. */
  #stops = 0;

  constructor(options: StreamLoadLaneOptions) {
    this.#options = options;
    this.table = options.table;
    this.#loader = options.createLoader(() => this.#pace.slowDown());
  }

  /** Bytes that wait for a load. */
  get buffered(): number {
    return this.#admitted - this.#inLoads;
  }

  /** Why it begins no loads. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }

  /** It has stopped, and will not go on by itself. */
  get isFinished(): boolean {
    return this.#stopped !== undefined && this.#reopenTimer === undefined;
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
    this.#pace.started(performance.now());
    const load = this.#load(ranges)
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

  #failed(ranges: readonly PartitionRange[], error: unknown): void {
    if (this.#close.signal.aborted) return;
    if (ranges.some(({ signal }) => signal.aborted)) {
      // The load was given up because of them; the others' rows are still to be loaded, before what follows them.
      this.#ready.unshift(...ranges.filter(({ signal }) => !signal.aborted));
      return;
    }
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#stops++;
    const mendable = cause instanceof LoadRejectedError || cause instanceof RefusedRecordError;
    this.#stop(cause, mendable ? backoffMs(this.#stops, REOPEN) : undefined);
  }

  async #load(ranges: readonly PartitionRange[]): Promise<void> {
    const { badRecords } = this.#options;
    const batch = badRecords.createBatch();
    let parts = ranges.flatMap((range) => range.parts);
    const failed = parts.flatMap((part) => part.failed ?? []);
    if (failed.length > 0) await this.#leaveOut(batch, failed);
    for (let round = 1; ; round++) {
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      if (rows === 0 && batch.size === 0) break;
      const result = await this.#loadRows(ranges, parts, rows, batch);
      if (result.verdict === 'loaded') break;
      if (result.verdict === 'miscounted') throw this.#miscounted(result, rows, parts);
      const refused = await this.#findRefused(ranges, parts, result.message, round);
      if (refused.length > 0)
        await this.#leaveOut(
          batch,
          refused.map(({ letter }) => letter),
        );
      parts = parts.map((part) =>
        withoutRecords(part, new Set(refused.filter((row) => row.part === part).map(({ offset }) => offset))),
      );
    }
    batch.settle();
    this.#stops = 0;
    for (const range of ranges) {
      if (range.signal.aborted) continue;
      this.#admitted -= range.bytes;
      range.loaded();
    }
  }

  async #loadRows(
    ranges: readonly PartitionRange[],
    parts: readonly EncodedBatch[],
    rows: number,
    badRecords: BadRecordBatch,
  ): Promise<LoadResult> {
    const { limiter, stats, logger } = this.#options;
    const body = rows > 0 ? frameBody(parts) : undefined;
    const started = performance.now();
    const result = await this.#whileOwned(ranges, (signals) =>
      this.#loader.load({ body, rows, ranges, badRecords, ...signals }, limiter),
    );
    if (result.verdict !== 'loaded' || !body) return result;
    const ms = Math.round(performance.now() - started);
    this.#pace.speedUp();
    stats.loads++;
    stats.rowsLoaded += result.rows?.loaded ?? rows;
    stats.bytesLoaded += body.length;
    stats.lastLoad = { table: this.table, rows, bytes: body.length, ms };
    logger.debug({ table: this.table, rows, bytes: body.length, ms, ranges: ranges.length }, 'Loaded');
    if (result.rows && result.rows.filtered > 0) {
      logger.warn(
        { table: this.table, ...result.rows },
        `StarRocks left out ${result.rows.filtered} rows, as max_filter_ratio allows`,
      );
    }
    return result;
  }

  /** Sets bad records apart, or stops at the first one; then, too, it is written where dead letters go. */
  async #leaveOut(batch: BadRecordBatch, letters: readonly DeadLetter[]): Promise<void> {
    const [first] = letters;
    if (!first) return;
    const { badRecords, logger } = this.#options;
    if (!badRecords.areTolerated) {
      batch.add([first]);
      try {
        await batch.write();
      } catch (error) {
        logger.warn(
          { table: this.table, error: describeError(error) },
          'A bad record could not be written as a dead letter',
        );
      }
      throw first.error;
    }
    batch.add(letters);
    logger.warn(
      { table: this.table, count: letters.length },
      `Left out ${letters.length} records for ${this.table} that cannot be loaded. ${describeError(first.error)}`,
    );
  }

  /**
   * The records behind a rejected load.
   *
   * @throws the error of the first one, where none is tolerated.
   */
  async #findRefused(
    ranges: readonly PartitionRange[],
    parts: readonly EncodedBatch[],
    message: string,
    round: number,
  ): Promise<{ part: EncodedBatch; offset: number; letter: DeadLetter }[]> {
    const { badRecords, findBadRows, refusedRows } = this.#options;
    const rejected = `StarRocks rejected a load into ${this.table} (${where(parts)}): ${message}`;
    if (round > ROUNDS) throw new LoadRejectedError(rejected);
    const found = await this.#whileOwned(ranges, ({ incomplete }) =>
      badRecords.areTolerated ? refusedRows.findAll(parts, incomplete) : refusedRows.findFirst(parts, incomplete),
    );
    // It refuses the table by now, or takes every row: the next attempt tells.
    if (found.verdict === 'refused') return [];
    const ownFault = new Map<EncodedBatch, Set<number>>();
    const letters = new Map<string, { part: EncodedBatch; offset: number; letter: DeadLetter }>();
    for (const { part, offset, reason } of found.rows) {
      const at = { topic: part.topic, partition: part.partition, offset };
      // A record may have made several rows; it is left out as a whole.
      if (letters.has(sourceText(at))) continue;
      const own = ownFault.get(part) ?? new Set(Array.from(findBadRows([part]), (row) => row.offset));
      ownFault.set(part, own);
      const error = own.has(offset) ? new RecordError(at, reason) : new RefusedRecordError(at, reason);
      const record = recordAt(part, offset) ?? { ...at, timestamp: -1, key: null, value: null, headers: {} };
      letters.set(sourceText(at), { part, offset, letter: putFailure(record, error) });
    }
    return [...letters.values()];
  }

  #miscounted({ message, rows }: LoadResult, sent: number, parts: readonly EncodedBatch[]): Error {
    for (const { part, offset, reason } of this.#options.findBadRows(parts)) {
      return new RecordError({ topic: part.topic, partition: part.partition, offset }, reason);
    }
    return new Error(
      `StarRocks counted ${rows?.total ?? 'other'} rows in a load of ${sent} into ${this.table} (${where(parts)}), and they are in the table: ${message}. With \`delivery\` exactly-once such a load is taken back.`,
    );
  }

  /** Runs a task with the signals that tell it whose rows are still wanted. */
  async #whileOwned<T>(
    ranges: readonly PartitionRange[],
    task: (signals: Pick<LoadJob, 'abandoned' | 'incomplete'>) => Promise<T>,
  ): Promise<T> {
    const all = new AbortController();
    const check = (): void => {
      if (ranges.every(({ signal }) => signal.aborted)) all.abort(ranges[0]?.signal.reason);
    };
    for (const { signal } of ranges) signal.addEventListener('abort', check);
    check();
    try {
      return await task({
        abandoned: AbortSignal.any([all.signal, this.#close.signal]),
        incomplete: AbortSignal.any([...ranges.map(({ signal }) => signal), this.#close.signal]),
      });
    } finally {
      for (const { signal } of ranges) signal.removeEventListener('abort', check);
    }
  }
}

function where(parts: readonly EncodedBatch[]): string {
  return parts
    .map(({ topic, partition, firstOffset, nextOffset }) => `${topic}/${partition} [${firstOffset}..${nextOffset})`)
    .slice(0, 5)
    .join(', ');
}
