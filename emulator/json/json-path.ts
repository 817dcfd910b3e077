import { LoadError } from '../load/load-error.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET } from './bytes.ts';
import { type JsonReader } from './json-reader.ts';

type Step = { readonly key: string } | { readonly index: number };
export type JsonPath = readonly Step[];

const STEP = /\.(?:"((?:[^"\\]|\\.)*)"|([^.[\]"]+))|\[(\d+)\]/y;

/** `$.a.b[0]`; `$` alone is the whole value. */
export function parseJsonPath(text: string): JsonPath {
  const trimmed = text.trim();
  const start = trimmed.startsWith('$') ? 1 : 0;
  const source = start === 0 ? `.${trimmed}` : trimmed.slice(1);
  const steps: Step[] = [];
  let position = 0;
  while (position < source.length) {
    STEP.lastIndex = position;
    const match = STEP.exec(source);
    if (match === null) throw new LoadError(`Invalid json path: ${text}, or a kind of path that is not emulated`);
    const [matched, quoted, plain, index] = match;
    steps.push(index === undefined ? { key: quoted ?? plain ?? '' } : { index: Number(index) });
    position += matched.length;
  }
  return steps;
}

/** The `jsonpaths` header: a JSON array of paths. */
export function parseJsonPaths(text: string): JsonPath[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new LoadError(`Invalid json path: ${text}`);
  }
  if (!Array.isArray(parsed) || !parsed.every((path) => typeof path === 'string')) {
    throw new LoadError(`Invalid json path: ${text}, it must be an array of strings`);
  }
  return parsed.map((path) => parseJsonPath(path));
}

/** A reader whose last value is the one at the path, or undefined when there is none. `value` is the reader of an outer value. */
export function atPath(value: JsonReader, path: JsonPath): JsonReader | undefined {
  let reader = value.inner();
  reader.readValue();
  for (const step of path) {
    reader = reader.inner();
    if (!('key' in step ? enterKey(reader, step.key) : enterIndex(reader, step.index))) return undefined;
  }
  return reader;
}

function enterKey(reader: JsonReader, key: string): boolean {
  if (reader.peek() !== OPEN_BRACE) return false;
  reader.position++;
  while (reader.peek() !== CLOSE_BRACE) {
    reader.readKey();
    const found = reader.text() === key;
    reader.readValue();
    if (found) return true;
    if (reader.peek() === COMMA) reader.position++;
  }
  return false;
}

function enterIndex(reader: JsonReader, index: number): boolean {
  if (reader.peek() !== OPEN_BRACKET) return false;
  reader.position++;
  for (let at = 0; reader.peek() !== CLOSE_BRACKET; at++) {
    reader.readValue();
    if (at === index) return true;
    if (reader.peek() === COMMA) reader.position++;
  }
  return false;
}
