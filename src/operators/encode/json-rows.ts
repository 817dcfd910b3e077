import { describeError } from '../../core/errors.ts';
import { JSON_ROWS } from '../../core/row-format.ts';
import { RowError, type RowWriter } from '../encode-rows.ts';
import { isSpace, notJson, utf8Text } from '../json/json-text.ts';
import { readJson } from '../json/read-json.ts';
import { writeJson } from '../json/write-json.ts';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;

/**
 * JSON objects. Text that is still bytes is passed on as it is: it was never parsed, so its numbers stay digit for digit.
 * Only its first and last character are looked at, because a value that is not an object would otherwise become part of
 * its neighbour. An array makes a row of each of its objects.
 */
export const jsonRows: RowWriter = {
  format: JSON_ROWS,
  rowsOf(value) {
    if (value instanceof Uint8Array) return rowsOfBytes(value);
    if (Array.isArray(value)) return value.map(element);
    return objectText(value, () => notAnObject(textOf(value)));
  },
  isRow: isObject,
};

function rowsOfBytes(bytes: Uint8Array): Uint8Array | Uint8Array[] {
  if (isObject(bytes)) return bytes;
  // A byte order mark, which Kafka Connect reads over and StarRocks does not.
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return rowsOfBytes(bytes.subarray(3));
  return elementsOf(bytes);
}

function elementsOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes[firstOf(bytes)] !== OPEN_BRACKET) throw notAnObject(textOf(bytes));
  const value = parse(bytes);
  if (!Array.isArray(value)) throw notAnObject(textOf(bytes));
  return value.map(element);
}

function parse(bytes: Uint8Array): unknown {
  let text = '';
  try {
    text = utf8Text(bytes);
    return readJson(text, bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RowError((text === '' ? error : notJson(text, error)).message, { cause: error });
  }
}

function element(value: unknown, index: number): Uint8Array {
  return objectText(value, () => new RowError(`its value is an array whose element ${index} is not a JSON object`));
}

function objectText(value: unknown, notOne: () => RowError): Uint8Array {
  let text: string | undefined;
  try {
    text = writeJson(value);
  } catch (error) {
    throw new RowError(`its value cannot be written as JSON: ${describeError(error)}`, { cause: error });
  }
  if (!text?.startsWith('{')) throw notOne();
  return Buffer.from(text, 'utf8');
}

function isObject(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  const first = firstOf(bytes, start, end);
  let last = end - 1;
  while (last > first && isSpace(bytes[last])) last--;
  return last > first && bytes[first] === OPEN_BRACE && bytes[last] === CLOSE_BRACE;
}

function firstOf(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let first = start;
  while (first < end && isSpace(bytes[first])) first++;
  return first;
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value.subarray(0, 60)).toString('utf8') : String(value).slice(0, 60);
}

function notAnObject(text: string): RowError {
  const seen = text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text)}`;
  return new RowError(`its value is not a JSON object: ${seen}`);
}
