import { type ConnectValue, type StructSchema } from '../../core/connect-data.ts';
import { writeJson } from '../json/write-json.ts';
import { type ByteSink } from '../row-sink.ts';

/**
 * Writes the row of a record's data, which lie in fetched memory, field by field as they are read: neither a record nor a
 * text is made of them.
 *
 * @throws anything for data that it cannot read or a value that cannot be written. What it has written until then is of no
 * use, and the value is to be converted instead: that says what is wrong.
 */
export type Transcode = (memory: Buffer, start: number, end: number, to: ByteSink) => void;

/** What becomes of the values of a field before they are written, nulls included; undefined where they stay what they are. */
export type FieldStep = ((value: ConnectValue) => unknown) | undefined;

/** Makes what transcodes the data of a record type. */
export interface Transcoder {
  readonly schema: StructSchema;
  /** @param steps - of the fields, in the schema's order. */
  readonly compile: (steps: readonly FieldStep[]) => Transcode;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** What stands in front of the values of a row: `{"first":`, `,"second":`… */
export function fieldHeads(fields: readonly { readonly name: string }[]): readonly Uint8Array[] {
  return fields.map(({ name }, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`, 'utf8'));
}

/** What stands behind them: all of a row that has none. */
export function rowTail(heads: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(heads.length === 0 ? '{}' : '}');
}

/**
 * Writes a value as its field's step has it.
 *
 * @throws TypeError for one that has no JSON.
 */
export function writeValue(value: ConnectValue, step: FieldStep, to: ByteSink): void {
  if (!writeJson(step ? step(value) : value, to)) throw new TypeError('a value has no JSON');
}

/**
 * Writes the bytes of a text as JSON.
 *
 * @param decode makes the text of bytes that are not all plain ASCII.
 */
export function writeUtf8(
  memory: Buffer,
  start: number,
  end: number,
  to: ByteSink,
  decode: (memory: Buffer, start: number, end: number) => string,
): void {
  to.reserve(end - start + 2);
  const row = to.memory;
  let { at } = to;
  row[at++] = QUOTE;
  for (let index = start; index < end; index++) {
    const byte = memory[index] as number;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH || byte >= DELETE) {
      // It has to be escaped, or may not be UTF-8 at all.
      writeJson(decode(memory, start, end), to);
      return;
    }
    row[at++] = byte;
  }
  row[at++] = QUOTE;
  to.at = at;
}
