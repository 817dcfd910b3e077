import { type Column } from './column-type.ts';

/** What is known of a table's columns. */
export interface TableColumns {
  /** As StarRocks last told; undefined when it does not tell. */
  readonly known: readonly Column[] | undefined;
  /**
   * Asks again what may have changed.
   *
   * @returns undefined when there is nothing to wait for.
   */
  refresh(): Promise<void> | undefined;
}
