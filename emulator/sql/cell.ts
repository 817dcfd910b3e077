import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Cell, type ResultType } from './result.ts';

/** A DuckDB value as StarRocks prints it. */
export function toCell(value: DuckDBValue, type: DuckDBType): Cell {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return type.typeId === DuckDBTypeId.FLOAT ? floatText(value) : numberText(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof DuckDBTimestampValue) return timestampText(value.toString());
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes);
  if (isNested(value)) return nestedText(value);
  return value.toString();
}

function isNested(value: DuckDBValue): value is DuckDBListValue | DuckDBMapValue | DuckDBStructValue {
  return value instanceof DuckDBListValue || value instanceof DuckDBMapValue || value instanceof DuckDBStructValue;
}

/** `[1,2]`, `{"k":1}`: without spaces, text in double quotes. */
function nestedText(value: DuckDBValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof DuckDBDateValue || value instanceof DuckDBTimestampValue)
    return `"${timestampText(value.toString())}"`;
  if (value instanceof DuckDBListValue) return `[${value.items.map(nestedText).join(',')}]`;
  if (value instanceof DuckDBMapValue) {
    return `{${value.entries.map((entry) => `${nestedText(entry.key)}:${nestedText(entry.value)}`).join(',')}}`;
  }
  if (value instanceof DuckDBStructValue) {
    return `{${Object.entries(value.entries)
      .map(([name, field]) => `"${name}":${nestedText(field)}`)
      .join(',')}}`;
  }
  return typeof value === 'boolean' ? (value ? '1' : '0') : value.toString();
}

/** Microseconds are six digits or none. */
function timestampText(text: string): string {
  const point = text.indexOf('.');
  return point < 0 ? text : text.padEnd(point + 7, '0');
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest text that names this single-precision number. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return numberText(text);
  }
  return numberText(value);
}

const RESULT_TYPES: Partial<Record<DuckDBTypeId, ResultType>> = {
  [DuckDBTypeId.BOOLEAN]: 'TINY',
  [DuckDBTypeId.TINYINT]: 'TINY',
  [DuckDBTypeId.SMALLINT]: 'SHORT',
  [DuckDBTypeId.INTEGER]: 'LONG',
  [DuckDBTypeId.BIGINT]: 'LONGLONG',
  [DuckDBTypeId.UTINYINT]: 'SHORT',
  [DuckDBTypeId.USMALLINT]: 'LONG',
  [DuckDBTypeId.UINTEGER]: 'LONGLONG',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'DOUBLE',
  [DuckDBTypeId.DECIMAL]: 'NEWDECIMAL',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.BLOB]: 'BLOB',
};

export function resultType(type: DuckDBType): ResultType {
  return RESULT_TYPES[type.typeId] ?? 'VAR_STRING';
}
