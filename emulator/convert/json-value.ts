import { type ColumnType } from '../catalog/column-type.ts';
import { type JsonReader } from '../json/json-reader.ts';
import { minified, spaced } from '../json/json-text.ts';
import { type Converted, type JsonConverter } from './converted.ts';
import { inRange } from './integers.ts';
import { convertNested } from './nested-value.ts';
import { convertText, fits } from './text-value.ts';

/** How the reader's last value becomes a value of the column (`reference/stream-load.md` §4.5). */
export function jsonConverter(type: ColumnType): JsonConverter {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'LARGEINT': {
      const { kind } = type;
      return (value) => {
        if (value.kind === 'number' && value.integer) return inRange(value.raw(), kind);
        return fromScalar(value, type);
      };
    }
    case 'BOOLEAN':
      return (value) => (value.kind === 'true' || value.kind === 'false' ? value.kind : fromScalar(value, type));
    case 'CHAR':
    case 'VARCHAR':
    case 'VARBINARY':
      return (value) => toText(value, type.length);
    case 'JSON':
      return (value) => (value.kind === 'null' ? null : spaced(value));
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (value) => convertNested(value, type, jsonConverter);
    default:
      return (value) => fromScalar(value, type);
  }
}

/** Numbers and strings go by their text; `true`, objects and arrays are no value of a scalar column. */
function fromScalar(value: JsonReader, type: ColumnType): Converted {
  switch (value.kind) {
    case 'null':
      return null;
    case 'number':
      return convertText(value.raw(), type);
    case 'string':
      return convertText(value.text(), type);
    default:
      return undefined;
  }
}

function toText(value: JsonReader, maximum: number): Converted {
  const text = asText(value);
  if (text === null) return null;
  return fits(text, maximum) ? text : undefined;
}

/** A JSON value as a VARCHAR column sees it, before its length is looked at. */
export function asText(value: JsonReader): string | null {
  switch (value.kind) {
    case 'null':
      return null;
    case 'string':
      return value.text();
    case 'true':
      return '1';
    case 'false':
      return '0';
    case 'number':
      return value.raw();
    default:
      return minified(value);
  }
}
