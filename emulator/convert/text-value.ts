import { type ColumnType } from '../catalog/column-type.ts';
import { type Converted } from './converted.ts';
import { toDate, toDateTime } from './dates.ts';
import { toDecimal } from './decimals.ts';
import { isFloatText, toInteger } from './integers.ts';

/** How the text of a CSV field or JSON string becomes a value, written so that DuckDB's cast takes it as it is. */
export function convertText(text: string, type: ColumnType): Converted {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'LARGEINT':
      return toInteger(text, type.kind);
    case 'FLOAT':
    case 'DOUBLE':
      return toFloat(text, type.kind);
    case 'BOOLEAN':
      return toBoolean(text);
    case 'DECIMAL':
      return toDecimal(text, type.precision, type.scale);
    case 'DATE':
      return toDate(text);
    case 'DATETIME':
      return toDateTime(text);
    case 'CHAR':
    case 'VARCHAR':
    case 'VARBINARY':
      return fits(text, type.length) ? text : undefined;
    default:
      return undefined;
  }
}

const LARGEST_FLOAT = 3.402_823_466_385_288_6e38;

export function toFloat(text: string, kind: 'FLOAT' | 'DOUBLE'): string | undefined {
  const trimmed = text.trim();
  if (!isFloatText(trimmed)) return undefined;
  return kind === 'FLOAT' && Math.abs(Number(trimmed)) > LARGEST_FLOAT ? undefined : trimmed;
}

function toBoolean(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'true' || trimmed === 'false') return trimmed;
  return isFloatText(trimmed) ? String(Number(trimmed) !== 0) : undefined;
}

/** Lengths are in bytes; the short cut spares the count for all but the longest texts. */
export function fits(text: string, maximum: number): boolean {
  return text.length * 3 <= maximum || Buffer.byteLength(text) <= maximum;
}
