/** A table that rows go into. */
export interface TableTarget {
  /** What it is called in the log, and what tells it from others: its table, with the database where that isn't the pipeline's own. */
  readonly name: string;
  readonly database: string;
  readonly table: string;
}
