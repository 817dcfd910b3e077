import { type ColumnType } from '../../core/column-type.ts';

/**
 * What a column does with the values of a source's type:
 *
 * - `holds`: it takes all of them as they are.
 * - `widen`: it would, if it were changed to that type, which loses nothing that it holds.
 * - `some`: it takes those that fit. Each of the others is refused by name when it comes.
 * - `none`: it takes no value at all.
 */
export type ColumnFit = 'holds' | 'widen' | 'some' | 'none';

const DECIMAL_DIGITS: Readonly<Record<number, number>> = { 8: 3, 16: 5, 32: 10, 64: 19, 128: 39 };
const TEMPORAL: readonly ColumnType['kind'][] = ['date', 'datetime'];
const NESTED: readonly ColumnType['kind'][] = ['array', 'map', 'struct'];

/** How a column of one type takes what a source's schema says that comes. */
export function columnFit(column: ColumnType, source: ColumnType): ColumnFit {
  // Text and JSON hold everything, and of types that we know nothing of nothing is said.
  if (column.kind === 'text' || column.kind === 'json' || column.kind === 'other') return 'holds';
  switch (source.kind) {
    case 'integer':
      return integerFit(column, source.bits);
    case 'double':
      if (column.kind === 'float') return 'widen';
      return column.kind === 'double' ? 'holds' : scalarFit(column);
    case 'float':
      return column.kind === 'float' || column.kind === 'double' ? 'holds' : scalarFit(column);
    case 'decimal':
      return column.kind === 'decimal' ? decimalFit(column, source) : scalarFit(column);
    case 'boolean':
      if (TEMPORAL.includes(column.kind)) return 'none';
      return column.kind === 'boolean' ? 'holds' : scalarFit(column);
    case 'date':
    case 'datetime':
      if (!TEMPORAL.includes(column.kind)) return 'none';
      return column.kind === source.kind || column.kind === 'datetime' ? 'holds' : 'some';
    case 'array':
      if (column.kind !== 'array') return 'none';
      return elementFit(columnFit(column.element, source.element));
    case 'json':
      return NESTED.includes(column.kind) ? 'holds' : 'none';
    default:
      return 'some';
  }
}

function integerFit(column: ColumnType, bits: number): ColumnFit {
  switch (column.kind) {
    case 'integer':
      return column.bits >= bits ? 'holds' : 'widen';
    case 'decimal':
      return column.precision - column.scale >= (DECIMAL_DIGITS[bits] ?? 0) ? 'holds' : 'some';
    case 'double':
      return bits <= 32 ? 'holds' : 'some';
    default:
      return scalarFit(column);
  }
}

function decimalFit(
  column: ColumnType & { readonly kind: 'decimal' },
  source: ColumnType & { readonly kind: 'decimal' },
): ColumnFit {
  const whole = column.precision - column.scale >= source.precision - source.scale;
  return whole && column.scale >= source.scale ? 'holds' : 'some';
}

/** The elements of a column are not changed one by one. */
function elementFit(fit: ColumnFit): ColumnFit {
  return fit === 'widen' ? 'some' : fit;
}

function scalarFit(column: ColumnType): ColumnFit {
  return NESTED.includes(column.kind) ? 'none' : 'some';
}
