import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import { type Column, columnTypeText } from '../../core/column-type.ts';
import { type RecordBatch, type RecordList } from '../../core/record-batch.ts';
import { type TableColumns } from '../../core/table-columns.ts';
import { type TimeZone } from '../../core/time-zone.ts';
import { RowError, type RowWriter } from '../encode-rows.ts';
import { waitFor } from '../wait-for.ts';
import { type Fit, fitOf, MisfitError } from './fit-value.ts';

interface ColumnFit {
  readonly column: Column;
  readonly fit: Fit;
}

export interface AwaitColumnsOptions {
  /** Of the partition's own table. */
  readonly own: TableColumns | undefined;
  /** Of the table that a record names. */
  readonly columnsOf: (name: string) => TableColumns | undefined;
  /** Whether those of the partition's own table are asked for at once, while Kafka is asked for its first records. */
  readonly ahead: boolean;
}

/** Waits for the columns of a table to be known before its first records go on. */
export function awaitColumns({ own, columnsOf, ahead }: AwaitColumnsOptions): MonoTypeOperatorFunction<RecordBatch> {
  const known = waitFor<RecordBatch>(({ records }) =>
    tablesIn(records).flatMap((name) => (name === undefined ? own : columnsOf(name))?.refresh() ?? []),
  );
  if (!ahead) return known;
  return (source) =>
    defer(() => {
      // Whoever has records waits for the same answer, and hears what becomes of it.
      void own?.refresh();
      return known(source);
    });
}

/** The tables that records name; undefined for the partition's own. */
function tablesIn({ length, table }: RecordList): readonly (string | undefined)[] {
  if (table === undefined) return [undefined];
  const names = new Set<string | undefined>();
  for (let index = 0; index < length; index++) names.add(table(index));
  return [...names];
}

/** How the values of a table's columns are made to fit, by their names. */
export function columnFits(columns: readonly Column[], zone: TimeZone): ReadonlyMap<string, Fit> {
  return new Map(
    fitsOf(columns, zone).map(({ column, fit }) => [column.name, (value) => fitField(column, fit, value)]),
  );
}

/**
 * Writes rows as their table's columns hold them, and refuses by name what StarRocks would change on its way in. Rows that
 * are text or bytes already are written as they are.
 */
export function fittedRows(writer: RowWriter, columns: TableColumns, zone: TimeZone): RowWriter {
  let seen: TableColumns['known'];
  let fits: readonly ColumnFit[] = [];
  const fitted = (value: unknown): unknown => {
    if (columns.known !== seen) {
      seen = columns.known;
      fits = fitsOf(seen ?? [], zone);
    }
    if (Array.isArray(value)) return value.map((row) => fitRow(row, fits));
    return fitRow(value, fits);
  };
  return { ...writer, write: (value, to) => writer.write(fitted(value), to) };
}

function fitsOf(columns: readonly Column[], zone: TimeZone): ColumnFit[] {
  return columns.flatMap((column) => {
    const fit = fitOf(column.type, zone);
    return fit ? [{ column, fit }] : [];
  });
}

/** The row itself where nothing had to be changed. */
function fitRow(row: unknown, fits: readonly ColumnFit[]): unknown {
  if (typeof row !== 'object' || row === null || row instanceof Uint8Array) return row;
  const fields = row as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | undefined;
  for (const { column, fit } of fits) {
    const value = fields[column.name];
    if (value === null || value === undefined) continue;
    const fitted = fitField(column, fit, value);
    if (fitted !== value) (changed ??= { ...fields })[column.name] = fitted;
  }
  return changed ?? row;
}

function fitField({ name, type }: Column, fit: Fit, value: unknown): unknown {
  try {
    return fit(value);
  } catch (error) {
    // A moment or an exponent that nothing can write out is a RangeError.
    if (!(error instanceof MisfitError) && !(error instanceof RangeError)) throw error;
    throw new RowError(
      `its field ${JSON.stringify(name)} does not fit the table's column, which is ${columnTypeText(type)}: ${error.message}`,
      { cause: error },
    );
  }
}
