import { putFailure, sourceText } from '../../core/dead-letter.ts';
import { type EncodedBatch, offsetsText, withoutRecords } from '../../core/encoded-batch.ts';
import { describeError, LoadRejectedError, RecordError, RefusedRecordError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { type DeadLetter, recordAt } from '../../core/record-batch.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type PartitionRange } from '../../core/table-lane.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type BadRecordBatch, type BadRecords } from '../dead-letter/bad-records.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from './batch-loader.ts';
import { frameBody } from './load-body.ts';
import { type RefusedRows } from './refused-rows.ts';

/** What a range loader works with. */
export interface RangeLoaderOptions {
  readonly table: string;
  readonly loader: BatchLoader;
  /** Loads of all lanes at once. */
  readonly limiter: Limiter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  readonly badRecords: BadRecords;
  /** Finds the rows behind a rejected load. */
  readonly refusedRows: Pick<RefusedRows, 'findAll' | 'findFirst'>;
  /** Finds the rows that are wrong in themselves. */
  readonly findBadRows: (parts: readonly EncodedBatch[]) => Iterable<RefusedRow>;
  /** Aborted when the lane is closed. */
  readonly closed: AbortSignal;
  /** Rows went through. */
  readonly onLoaded: () => void;
}

/** Loads of the same rows that StarRocks may reject, each without what was found bad in the one before. */
const ROUNDS = 5;

/** Gets the rows of some ranges into their table: all of them, or all but the bad ones. */
export class RangeLoader {
  readonly #options: RangeLoaderOptions;

  constructor(options: RangeLoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads the rows of these ranges. Some of the ranges may not be wanted any more when it is done.
   *
   * @throws {RecordError} the first bad record, where none is tolerated.
   * @throws {LoadRejectedError} when StarRocks goes on rejecting what is left.
   * @throws the reason why a range is not wanted any more, or why the lane was closed.
   */
  async load(ranges: readonly PartitionRange[]): Promise<void> {
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
  }

  async #loadRows(
    ranges: readonly PartitionRange[],
    parts: readonly EncodedBatch[],
    rows: number,
    badRecords: BadRecordBatch,
  ): Promise<LoadResult> {
    const { table, loader, limiter, stats, logger, onLoaded } = this.#options;
    const body = rows > 0 ? frameBody(parts) : undefined;
    const started = performance.now();
    const result = await this.#whileOwned(ranges, (signals) =>
      loader.load({ body, rows, ranges, badRecords, ...signals }, limiter),
    );
    if (result.verdict !== 'loaded' || !body) return result;
    const ms = Math.round(performance.now() - started);
    onLoaded();
    const left = result.rows ? result.rows.total - result.rows.loaded : 0;
    stats.loaded({ table, rows, filtered: left, bytes: body.length, ms });
    logger.debug({ table, rows, bytes: body.length, ms, ranges: ranges.length }, 'Loaded');
    if (result.rows && result.rows.filtered > 0) {
      logger.warn(
        { table, ...result.rows },
        `StarRocks left out ${result.rows.filtered} rows, as max_filter_ratio allows`,
      );
    }
    return result;
  }

  /** Sets bad records apart, or stops at the first one; then, too, it is written where dead letters go. */
  async #leaveOut(batch: BadRecordBatch, letters: readonly DeadLetter[]): Promise<void> {
    const [first] = letters;
    if (!first) return;
    const { table, badRecords, logger } = this.#options;
    if (!badRecords.areTolerated) {
      batch.add([first]);
      try {
        await batch.write();
      } catch (error) {
        logger.warn({ table, error: describeError(error) }, 'A bad record could not be written as a dead letter');
      }
      throw first.error;
    }
    batch.add(letters);
    logger.warn(
      { table, count: letters.length },
      `Left out ${letters.length} records for ${table} that cannot be loaded. ${describeError(first.error)}`,
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
    const { table, badRecords, findBadRows, refusedRows } = this.#options;
    const rejected = `StarRocks rejected a load into ${table} (${offsetsText(parts)}): ${message}`;
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
    const { table, findBadRows } = this.#options;
    for (const { part, offset, reason } of findBadRows(parts)) {
      return new RecordError({ topic: part.topic, partition: part.partition, offset }, reason);
    }
    return new Error(
      `StarRocks counted ${rows?.total ?? 'other'} rows in a load of ${sent} into ${table} (${offsetsText(parts)}), and they are in the table: ${message}. With \`delivery\` exactly-once such a load is taken back.`,
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
        abandoned: AbortSignal.any([all.signal, this.#options.closed]),
        incomplete: AbortSignal.any([...ranges.map(({ signal }) => signal), this.#options.closed]),
      });
    } finally {
      for (const { signal } of ranges) signal.removeEventListener('abort', check);
    }
  }
}
