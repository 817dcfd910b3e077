import { type Converted, type JsonConverter } from '../convert/converted.ts';
import { jsonConverter } from '../convert/json-value.ts';
import { CLOSE_BRACE, COMMA } from '../json/bytes.ts';
import { atPath, type JsonPath } from '../json/json-path.ts';
import { type JsonReader } from '../json/json-reader.ts';
import { malformedJson, truncatedJson } from '../json/json-syntax-error.ts';
import { type Source } from './load-plan.ts';

/** Takes a row's source values out of the JSON object that the reader stands on. */
export type JsonMapping = (row: JsonReader, values: Converted[]) => void;

/** Keys are found exactly as they are spelt; a missing one is NULL, and the first of several equal ones counts (§4.2). */
export function keyMapping(sources: readonly Source[]): JsonMapping {
  const keys = sources.map((source) => Buffer.from(source.name));
  const byName = new Map(sources.map((source, index) => [source.name, index]));
  const converters = sources.map((source) => jsonConverter(source.type));
  const seen = new Uint8Array(sources.length);
  return (reader, values) => {
    seen.fill(0);
    for (let index = 0; index < values.length; index++) values[index] = null;
    // Rows of one load mostly have their keys in the same order, so the next key is probably the next source.
    let expected = 0;
    reader.position++;
    if (reader.peek() === CLOSE_BRACE) {
      reader.position++;
      return;
    }
    for (;;) {
      reader.readKey();
      const index = sameBytes(reader, keys[expected]) ? expected : (byName.get(reader.text()) ?? -1);
      reader.readValue();
      const convert = converters[index];
      if (convert !== undefined && seen[index] === 0) {
        seen[index] = 1;
        values[index] = convert(reader);
        expected = index + 1;
      }
      const byte = reader.peek();
      reader.position++;
      if (byte === CLOSE_BRACE) return;
      if (byte === -1) throw truncatedJson();
      if (byte !== COMMA) throw malformedJson();
    }
  };
}

function sameBytes(reader: JsonReader, key: Buffer | undefined): boolean {
  if (key === undefined || reader.escaped || reader.end - reader.start !== key.length + 2) return false;
  const from = reader.start + 1;
  for (let index = 0; index < key.length; index++) {
    if (reader.bytes[from + index] !== key[index]) return false;
  }
  return true;
}

/** Path i feeds source i; sources beyond the last path are NULL (§4.3). */
export function pathMapping(sources: readonly Source[], paths: readonly JsonPath[]): JsonMapping {
  const converters: (JsonConverter | undefined)[] = sources.map((source) => jsonConverter(source.type));
  return (reader, values) => {
    reader.readValue();
    for (let index = 0; index < values.length; index++) {
      const path = paths[index];
      const found = path === undefined ? undefined : atPath(reader, path);
      values[index] = found === undefined ? null : converters[index]?.(found);
    }
  };
}
