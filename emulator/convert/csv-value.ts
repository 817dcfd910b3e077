import { type ColumnType } from '../catalog/column-type.ts';
import { JsonReader } from '../json/json-reader.ts';
import { JsonSyntaxError } from '../json/json-syntax-error.ts';
import { type Converted } from './converted.ts';
import { jsonConverter } from './json-value.ts';
import { convertText } from './text-value.ts';

/** How a CSV field becomes a value of the column: JSON, ARRAY, MAP and STRUCT columns take JSON text. */
export function convertField(field: string | null, type: ColumnType): Converted {
  if (field === null) return null;
  if (type.kind !== 'JSON' && type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'STRUCT') {
    return convertText(field, type);
  }
  const reader = new JsonReader(Buffer.from(field));
  try {
    reader.readValue();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
  return reader.peek() === -1 ? jsonConverter(type)(reader) : undefined;
}
