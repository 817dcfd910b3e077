import { type Column } from './column-type.ts';

/** A column that rows bring values for. */
export interface WantedColumn extends Column {
  /** What the source's schema says about it, for people. */
  readonly comment?: string | undefined;
}

/** What the rows of one schema need of their table. */
export interface WantedTable {
  readonly columns: readonly WantedColumn[];
  /** The columns that tell rows apart, should the table have to be created; none where nothing says it. */
  readonly keys: readonly string[];
}

/** Changes a table so that it takes what the source gained. */
export interface TableEvolution {
  /** Whether the table, as far as is known, has a column for everything that is wanted. */
  fits(wanted: WantedTable): boolean;
  /**
   * Resolves once StarRocks has made the table fit, however long it takes or a person needs to allow it.
   *
   * @throws the signal's reason when it is aborted.
   */
  evolve(wanted: WantedTable, signal: AbortSignal): Promise<void>;
}
