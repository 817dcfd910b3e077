import { setImmediate } from 'node:timers/promises';
import { type EncodedBatch, offsetsText } from '../../core/encoded-batch.ts';
import { LoadRejectedError } from '../../core/errors.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type LoadProbe, TableRefusedError } from './load-probe.ts';
import { RefusedRowSearch, type SearchLimits } from './refused-row-search.ts';
import { RowList } from './row-list.ts';

/** What the search for refused rows works with. */
export interface RefusedRowsOptions {
  readonly table: string;
  readonly probe: Pick<LoadProbe, 'run'>;
  /** Finds the rows that are wrong in themselves, which costs no load. */
  readonly findBadRows: (parts: readonly EncodedBatch[]) => Iterable<RefusedRow>;
  readonly limits?: SearchLimits;
}

/** How a search ended: with the rows in their order, or with a table that refuses everything. */
export type RefusedRowsResult =
  | {
      readonly verdict: 'found';
      /** None, when StarRocks would take every row now. */
      readonly rows: readonly RefusedRow[];
      /** Trial loads that it took. */
      readonly probes: number;
      /** Bytes that they sent. */
      readonly bytes: number;
    }
  | { readonly verdict: 'refused'; readonly message: string };

/** Enough for one row in a hundred of a large load, none of which StarRocks' log names. */
const LIMITS: SearchLimits = { probes: 10_000, bodies: 50 };

/** Says which rows of a load that StarRocks rejected it would refuse, and why, without loading anything. */
export class RefusedRows {
  readonly #options: RefusedRowsOptions;

  constructor(options: RefusedRowsOptions) {
    this.#options = options;
  }

  /**
   * Every refused row, proved by StarRocks' own counts: what is left without them is a load that it takes.
   *
   * @throws the signal's reason when it is aborted; LoadRejectedError when the rows cannot be told apart.
   */
  findAll(parts: readonly EncodedBatch[], signal: AbortSignal): Promise<RefusedRowsResult> {
    return this.#find(parts, signal, async (search, rows) => {
      const bad = new Map<number, string>();
      for (const { part, start } of rows.parts()) {
        for (const { row, reason } of this.#options.findBadRows([part])) bad.set(start + row, reason);
        // Parsing takes a while; whoever else has work comes in between the parts.
        await setImmediate();
        signal.throwIfAborted();
      }
      return search.all(bad);
    });
  }

  /**
   * The first refused row only, with a number of trial loads that grows like the logarithm of the rows.
   *
   * @throws the signal's reason when it is aborted; LoadRejectedError when the row cannot be told.
   */
  findFirst(parts: readonly EncodedBatch[], signal: AbortSignal): Promise<RefusedRowsResult> {
    return this.#find(parts, signal, async (search, rows) => {
      for (const { part, start } of rows.parts()) {
        for (const { row, reason } of this.#options.findBadRows([part])) return search.first([start + row, reason]);
        await setImmediate();
        signal.throwIfAborted();
      }
      return search.first();
    });
  }

  async #find(
    parts: readonly EncodedBatch[],
    signal: AbortSignal,
    find: (search: RefusedRowSearch, rows: RowList) => Promise<ReadonlyMap<number, string>>,
  ): Promise<RefusedRowsResult> {
    const { table, probe, limits = LIMITS } = this.#options;
    const rows = new RowList(parts);
    const search = new RefusedRowSearch({ rows, probe, limits, signal });
    try {
      const found = await find(search, rows);
      const inOrder = [...found].sort(([a], [b]) => a - b);
      return {
        verdict: 'found',
        rows: inOrder.map(([number, reason]) => {
          const { part, row } = rows.at(number);
          return { part, row, offset: part.rowOffset(row), reason };
        }),
        probes: search.probes,
        bytes: search.bytes,
      };
    } catch (error) {
      if (error instanceof TableRefusedError) return { verdict: 'refused', message: error.message };
      if (error instanceof LoadRejectedError) {
        throw new LoadRejectedError(
          `StarRocks rejected a load into ${table} (${offsetsText(parts)}): ${error.message}`,
        );
      }
      throw error;
    }
  }
}
