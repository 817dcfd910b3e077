import { putFailure, sourceText } from '../../core/dead-letter.ts';
import { type EncodedBatch, offsetsText, withoutRecords } from '../../core/encoded-batch.ts';
import { describeError, LoadRejectedError, RecordError, RefusedRecordError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { type DeadLetter, partitionKey, recordAt } from '../../core/record-batch.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type PartitionRange } from '../../core/table-lane.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { traced, tracePast } from '../../core/tracing.ts';
import { type BadRecordBatch, type BadRecords } from '../dead-letter/bad-records.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from './batch-loader.ts';
import { frameBody } from './load-body.ts';
import { type RefusedRows } from './refused-rows.ts';

/** What a range loader works with. */
export interface RangeLoaderOptions {
  /** The name of its own table. */
  readonly table: string;
  readonly loader: BatchLoader;
  /** Loads of all lanes at once. */
  readonly limiter: Limiter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  readonly badRecords: BadRecords;
  /** Finds the rows behind a rejected load. */
  readonly refusedRows: (target: TableTarget | undefined) => Pick<RefusedRows, 'findAll' | 'findFirst'>;
  /** Finds the rows that are wrong in themselves. */
  readonly findBadRows: (parts: readonly EncodedBatch[]) => Iterable<RefusedRow>;
  /** Aborted when the lane is closed. */
  readonly closed: AbortSignal;
  /** Rows went through. */
  readonly onLoaded: () => void;
}

/** Loads of the same rows that StarRocks may reject, each without what was found bad in the one before. */
const ROUNDS = 5;

/** The batches of a load that go into one table. */
interface TableParts {
  readonly name: string;
  /** Undefined for the loader's own table. */
  readonly target: TableTarget | undefined;
  readonly parts: EncodedBatch[];
  rows: number;
}

/** A row that StarRocks refuses, with the record that it came from. */
interface Refused {
  readonly part: EncodedBatch;
  readonly offset: number;
  readonly letter: DeadLetter;
}

/** Gets the rows of some ranges into their tables: all of them, or all but the bad ones. */
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
  load(ranges: readonly PartitionRange[]): Promise<void> {
    const { table } = this.#options;
    return traced(
      {
        name: `load ${table}`,
        since: Math.min(...ranges.map(({ times }) => times.arrived)),
        attributes: {
          'db.system.name': 'starrocks',
          'db.collection.name': table,
          'tributary.rows': sum(ranges, 'rows'),
          'tributary.bytes': sum(ranges, 'bytes'),
        },
      },
      () => {
        traceWay(ranges);
        return this.#load(ranges);
      },
    );
  }

  async #load(ranges: readonly PartitionRange[]): Promise<void> {
    const { badRecords } = this.#options;
    const batch = badRecords.createBatch();
    let parts = ranges.flatMap((range) => range.parts);
    const failed = parts.flatMap((part) => part.failed ?? []);
    if (failed.length > 0) await this.#leaveOut(batch, failed);
    for (let round = 1; ; round++) {
      const tables = this.#tablesOf(parts);
      if (tables.length === 0 && batch.size === 0) break;
      const results = await this.#loadRows(ranges, tables, batch);
      const ended = tables.map((table, index) => ({ ...table, result: results[index] }));
      const miscounted = ended.find(({ result }) => result?.verdict === 'miscounted');
      if (miscounted) throw this.#miscounted(miscounted);
      const left = ended.filter(({ result }) => result?.verdict !== 'loaded');
      if (left.length === 0) break;
      const rejected = left.filter(({ result }) => result?.verdict === 'rejected');
      const refused = await this.#findAllRefused(ranges, rejected, round);
      if (refused.length > 0) {
        await this.#leaveOut(
          batch,
          refused.map(({ letter }) => letter),
        );
      }
      parts = withoutRefused(
        left.flatMap((table) => table.parts),
        refused,
      );
    }
    batch.settle();
  }

  /** The batches that have rows, by their tables; the own one's first. */
  #tablesOf(parts: readonly EncodedBatch[]): TableParts[] {
    const own: TableParts = { name: this.#options.table, target: undefined, parts: [], rows: 0 };
    const tables = new Map([[own.name, own]]);
    for (const part of parts) {
      const { target, rows } = part;
      if (rows === 0) continue;
      const name = target?.name ?? own.name;
      const table = tables.get(name) ?? { name, target, parts: [], rows: 0 };
      tables.set(name, table);
      table.parts.push(part);
      table.rows += rows;
    }
    return [...tables.values()].filter(({ rows }) => rows > 0);
  }

  async #loadRows(
    ranges: readonly PartitionRange[],
    tables: readonly TableParts[],
    badRecords: BadRecordBatch,
  ): Promise<readonly LoadResult[]> {
    const { loader, limiter, stats, logger, onLoaded } = this.#options;
    const bodies = tables.map(({ target, parts, rows }) => ({ target, body: frameBody(parts), rows }));
    const started = performance.now();
    const results = await this.#whileOwned(ranges, (signals) =>
      loader.load({ tables: bodies, ranges, badRecords, ...signals }, limiter),
    );
    const ms = Math.round(performance.now() - started);
    if (results.some(({ verdict }) => verdict === 'loaded')) onLoaded();
    for (const [index, { name: table, rows }] of tables.entries()) {
      const result = results[index];
      if (result?.verdict !== 'loaded') continue;
      const bytes = bodies[index]?.body.length ?? 0;
      const filtered = result.rows ? result.rows.total - result.rows.loaded : 0;
      stats.loaded({ table, rows, filtered, bytes, ms });
      logger.debug({ table, rows, bytes, ms, ranges: ranges.length }, 'Loaded');
      if (result.rows && result.rows.filtered > 0) {
        logger.warn(
          { table, ...result.rows },
          `StarRocks left out ${result.rows.filtered} rows, as max_filter_ratio allows`,
        );
      }
    }
    return results;
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
   * The records behind what StarRocks rejected, each once: it may have made rows for several tables.
   *
   * @throws the error of the first one, where none is tolerated.
   */
  async #findAllRefused(
    ranges: readonly PartitionRange[],
    tables: readonly (TableParts & { readonly result: LoadResult | undefined })[],
    round: number,
  ): Promise<readonly Refused[]> {
    const found = new Map<string, Refused>();
    for (const table of tables) {
      for (const refused of await this.#findRefused(ranges, table, round)) {
        const key = sourceText({ ...refused.part, offset: refused.offset });
        if (!found.has(key)) found.set(key, refused);
      }
    }
    return [...found.values()];
  }

  async #findRefused(
    ranges: readonly PartitionRange[],
    { name, target, parts, result }: TableParts & { readonly result: LoadResult | undefined },
    round: number,
  ): Promise<readonly Refused[]> {
    const { badRecords, findBadRows, refusedRows } = this.#options;
    const rejected = `StarRocks rejected a load into ${name} (${offsetsText(parts)}): ${result?.message ?? ''}`;
    if (round > ROUNDS) throw new LoadRejectedError(rejected);
    const search = refusedRows(target);
    const found = await this.#whileOwned(ranges, ({ incomplete }) =>
      badRecords.areTolerated ? search.findAll(parts, incomplete) : search.findFirst(parts, incomplete),
    );
    // It refuses the table by now, or takes every row: the next attempt tells.
    if (found.verdict === 'refused') return [];
    const ownFault = new Map<EncodedBatch, Set<number>>();
    const refused = new Map<string, Refused>();
    for (const { part, offset, reason } of found.rows) {
      const at = { topic: part.topic, partition: part.partition, offset };
      // A record may have made several rows; it is left out as a whole.
      if (refused.has(sourceText(at))) continue;
      const own = ownFault.get(part) ?? new Set(Array.from(findBadRows([part]), (row) => row.offset));
      ownFault.set(part, own);
      const error = own.has(offset) ? new RecordError(at, reason) : new RefusedRecordError(at, reason, target?.name);
      const record = recordAt(part, offset) ?? { ...at, timestamp: -1, key: null, value: null, headers: {} };
      refused.set(sourceText(at), { part, offset, letter: putFailure(record, error) });
    }
    return [...refused.values()];
  }

  #miscounted({ name, parts, rows: sent, result }: TableParts & { readonly result: LoadResult | undefined }): Error {
    for (const { part, offset, reason } of this.#options.findBadRows(parts)) {
      return new RecordError({ topic: part.topic, partition: part.partition, offset }, reason);
    }
    return new Error(
      `StarRocks counted ${result?.rows?.total ?? 'other'} rows in a load of ${sent} into ${name} (${offsetsText(parts)}), and they are in the table: ${result?.message ?? ''}. With \`delivery\` exactly-once such a load is taken back.`,
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

/** What was before the load: each range was read, decoded, transformed and gathered, and waited for its turn. */
function traceWay(ranges: readonly PartitionRange[]): void {
  const now = Date.now();
  for (const { topic, partition, firstOffset, nextOffset, rows, times } of ranges) {
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'tributary.first_offset': firstOffset,
      'tributary.next_offset': nextOffset,
      'tributary.rows': rows,
    };
    tracePast({ name: `gather ${topic}/${partition}`, since: times.arrived, attributes }, times.closed);
    tracePast({ name: `wait ${topic}/${partition}`, since: times.closed, attributes }, now);
  }
}

function sum(ranges: readonly PartitionRange[], what: 'rows' | 'bytes'): number {
  return ranges.reduce((total, range) => total + range[what], 0);
}

/** The batches without every row of the refused records, also those that StarRocks would take. */
function withoutRefused(parts: readonly EncodedBatch[], refused: readonly Refused[]): EncodedBatch[] {
  const offsets = new Map<string, Set<number>>();
  for (const { part, offset } of refused) {
    const key = partitionKey(part);
    offsets.set(key, (offsets.get(key) ?? new Set<number>()).add(offset));
  }
  return parts.map((part) => withoutRecords(part, offsets.get(partitionKey(part)) ?? new Set()));
}
