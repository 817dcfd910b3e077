import { type EncodedBatch, rowBytes } from '../core/encoded-batch.ts';
import { type RefusedRow } from '../core/refused-row.ts';
import { notJson, utf8Text } from './json/json-text.ts';

/** The strict path: parses every row of a load that StarRocks refused and yields those that are not one JSON object. */
export function* findBadRows(parts: readonly EncodedBatch[]): Generator<RefusedRow, void> {
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++) {
      const reason = rowFault(rowBytes(part, row));
      if (reason !== undefined) yield { part, row, offset: part.rowOffset(row), reason };
    }
  }
}

/** Why this is not one JSON object; undefined when it is. */
export function rowFault(row: Uint8Array): string | undefined {
  try {
    const value = parse(utf8Text(row));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? undefined : 'its value is not a JSON object';
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw notJson(text, error);
  }
}
