import { type SchemaAndValue } from '../../core/connect-data.ts';
import { ConnectRecord } from '../../core/connect-record.ts';
import { type TimeZone } from '../../core/time-zone.ts';
import { type RowOptions, toRow } from './connect-row.ts';
import { rowsBySchema } from './rows-by-schema.ts';
import { dateTimeText } from './temporal-text.ts';

/** Columns for what a record is besides its value; undefined where nobody asks for it. */
export interface RecordColumns {
  /** As the key's converter reads it. */
  readonly key?: string | undefined;
  /** An object by the names of the headers; a list where a name comes more than once. */
  readonly headers?: string | undefined;
  /** Date and time with milliseconds; null when the producer gave none. */
  readonly timestamp?: string | undefined;
  readonly topic?: string | undefined;
  readonly partition?: string | undefined;
  readonly offset?: string | undefined;
}

/** Whether any of them is asked for. */
export function hasRecordColumns(columns: RecordColumns): boolean {
  return Object.values(columns).some((column) => column !== undefined);
}

/**
 * Adds these columns to rows. A field of the value that has the name of one of them gives way.
 *
 * @returns a function of the row, or the list of rows, that was made of a record's value.
 */
export function addRecordColumns(
  columns: RecordColumns,
  options: RowOptions & { readonly zone: TimeZone },
): (row: unknown, record: SchemaAndValue) => unknown {
  const rowOf = rowsBySchema((schema) => toRow(schema, options));
  const added = ({ origin, key, headers, timestamp }: ConnectRecord): Record<string, unknown> => {
    const more: Record<string, unknown> = {};
    const put = (column: string | undefined, value: () => unknown): void => {
      if (column !== undefined) more[column] = value();
    };
    put(columns.key, () => rowOf(key));
    put(columns.headers, () => headersRow(headers, rowOf));
    put(columns.timestamp, () => (timestamp === null ? null : dateTimeText(timestamp, 3, options.zone)));
    put(columns.topic, () => origin.topic);
    put(columns.partition, () => origin.partition);
    put(columns.offset, () => origin.offset);
    return more;
  };
  return (row, record) => {
    if (row === null || !(record instanceof ConnectRecord)) return row;
    const more = added(record);
    return Array.isArray(row) ? row.map((one) => withColumns(one, more)) : withColumns(row, more);
  };
}

/** What is no object is left to whoever says that it is no row. */
function withColumns(row: unknown, more: Readonly<Record<string, unknown>>): unknown {
  return typeof row === 'object' && row !== null ? { ...row, ...more } : row;
}

function headersRow(headers: ConnectRecord['headers'], rowOf: (header: SchemaAndValue) => unknown): object {
  const row = new Map<string, unknown[]>();
  for (const header of headers) row.set(header.name, [...(row.get(header.name) ?? []), rowOf(header)]);
  return Object.fromEntries([...row].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
