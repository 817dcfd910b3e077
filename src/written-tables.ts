import { type PipelineConfig } from './config/model.ts';
import { csvDialect } from './core/csv-dialect.ts';
import { LoadTables } from './core/load-tables.ts';
import { type TableColumns } from './core/table-columns.ts';
import { type TableEvolution } from './core/table-evolution.ts';
import { type TableTarget } from './core/table-target.ts';
import { timeZone } from './core/time-zone.ts';
import { csvRows } from './operators/encode/csv-rows.ts';
import { fittedRows } from './operators/encode/fit-rows.ts';
import { jsonRows } from './operators/encode/json-rows.ts';
import { type OtherTable, RowError, type RowWriter } from './operators/encode-rows.ts';

/** A table, and what has to be known of it to write its rows. */
export interface RowTable {
  readonly target: TableTarget;
  /** The Stream Load headers of its loads. */
  readonly properties: Readonly<Record<string, string>>;
  /** Its columns, unless its properties map fields to columns in a way of their own. */
  readonly columns?: TableColumns | undefined;
  /** Makes it fit its records; undefined where it is left as it is. */
  readonly evolution?: TableEvolution | undefined;
}

/** The tables that the records of a partition go into. */
export interface PartitionTables {
  readonly own: RowTable;
  /** The name of the table that a topic is loaded into. */
  readonly tableOf: (topic: string) => string;
  /** The table that a record names. */
  readonly named: (name: string) => RowTable;
}

/** How the rows of a table are written: so that they fit its columns, where these are given. */
export function rowWriter(
  { value, starrocks }: PipelineConfig,
  { properties }: RowTable,
  columns: TableColumns | undefined,
): RowWriter {
  const plain = starrocks.format === 'csv' ? csvRows(csvDialect(properties)) : jsonRows;
  return columns ? fittedRows(plain, columns, timeZone(value.timeZone)) : plain;
}

/** A table with how its rows are written. */
type WrittenTable = OtherTable & Pick<RowTable, 'columns' | 'evolution'>;

/** The tables of a partition, each made once. */
export class WrittenTables {
  readonly own: WrittenTable;
  readonly #tables: PartitionTables;
  readonly #writerOf: (table: RowTable) => RowWriter;
  /** By what records call them. */
  readonly #named = new Map<string, WrittenTable | undefined>();

  constructor(tables: PartitionTables, writerOf: (table: RowTable) => RowWriter) {
    this.#tables = tables;
    this.#writerOf = writerOf;
    this.own = { ...tables.own, writer: writerOf(tables.own) };
  }

  /**
   * The table that a record names; undefined for the partition's own.
   *
   * @throws RowError for a name that is none, or longer than there is room for in a load's decision.
   */
  named(name: string): WrittenTable | undefined {
    if (this.#named.has(name)) return this.#named.get(name);
    if (!isTableName(name)) {
      throw new RowError(
        `it shall go into the table ${JSON.stringify(name)}, which is no name of one. Name it as table or database.table`,
      );
    }
    const table = this.#tables.named(name);
    if (!new LoadTables().add([table.target])) throw new RowError(`the name of its table is too long: ${name}`);
    const isOwn = table.target.name === this.own.target.name;
    const found = isOwn ? undefined : { ...table, writer: this.#writerOf(table) };
    this.#named.set(name, found);
    return found;
  }

  /** The same, and undefined as well for what names none: that is said of the record when it is written. */
  find(name: string): WrittenTable | undefined {
    try {
      return this.named(name);
    } catch (error) {
      if (error instanceof RowError) return undefined;
      throw error;
    }
  }
}

/** An operator of the user's may write anything there. */
function isTableName(name: unknown): boolean {
  return typeof name === 'string' && /^[^.]+(\.[^]+)?$/.test(name);
}
