import { describeError } from '../../core/errors.ts';
import { JSON_ROWS } from '../../core/row-format.ts';
import { RowError, type RowWriter } from '../encode-rows.ts';
import { isSpace, notJson, utf8Text } from '../json/json-text.ts';
import { readJson } from '../json/read-json.ts';
import { writeJson } from '../json/write-json.ts';
import { type RowSink } from '../row-sink.ts';

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
  write(value, to) {
    if (value instanceof Uint8Array) writeBytes(value, to);
    else if (Array.isArray(value)) writeElements(value, to);
    else writeObject(value, to, () => notAnObject(textOf(value)));
  },
  isRow: isObject,
};

function writeBytes(bytes: Uint8Array, to: RowSink): void {
  if (isObject(bytes)) {
    to.bytes(bytes);
    to.endRow();
  } else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    // A byte order mark, which Kafka Connect reads over and StarRocks does not.
    writeBytes(bytes.subarray(3), to);
  } else {
    writeElements(elementsOf(bytes), to);
  }
}

function elementsOf(bytes: Uint8Array): readonly unknown[] {
  if (bytes[firstOf(bytes)] !== OPEN_BRACKET) throw notAnObject(textOf(bytes));
  const value = parse(bytes);
  if (!Array.isArray(value)) throw notAnObject(textOf(bytes));
  return value;
}

function parse(bytes: Uint8Array): unknown {
  let text = '';
  try {
    text = utf8Text(bytes);
    return readJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RowError((text === '' ? error : notJson(text, error)).message, { cause: error });
  }
}

function writeElements(values: readonly unknown[], to: RowSink): void {
  for (const [index, value] of values.entries()) {
    writeObject(value, to, () => new RowError(`its value is an array whose element ${index} is not a JSON object`));
  }
}

function writeObject(value: unknown, to: RowSink, notOne: () => RowError): void {
  const start = to.at;
  try {
    if (!writeJson(value, to)) throw notOne();
  } catch (error) {
    if (error instanceof RowError) throw error;
    throw new RowError(`its value cannot be written as JSON: ${describeError(error)}`, { cause: error });
  }
  if (to.memory[start] !== OPEN_BRACE) throw notOne();
  to.endRow();
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
