import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { NumberText } from '../core/number-text.ts';

/** A YAML or JSON file that knows where its keys stand. */
export interface PositionedDocument {
  readonly value: unknown;
  /** `line:column` of the last key or list item of the path that the file has. */
  position(path: readonly PropertyKey[]): string | undefined;
  /** Keys that stand twice in the same map. */
  readonly duplicates: readonly { readonly key: string; readonly position: string }[];
}

/** A file that is not well-formed; the place is `line:column` where it is known. */
export class DocumentSyntaxError extends Error {
  readonly position: string | undefined;

  constructor(message: string, position: string | undefined) {
    super(message);
    this.name = 'DocumentSyntaxError';
    this.position = position;
  }
}

/** As JSON writes them. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/**
 * Throws a DocumentSyntaxError for each mistake, wrapped in an AggregateError.
 *
 * @param digits - what becomes of numbers whose digits JavaScript would change: `exact` makes NumberTexts of them.
 */
export function parseYaml(text: string, digits: 'exact' | 'rounded' = 'rounded'): PositionedDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number): string => place(lineCounter, offset);
  const faults = document.errors.map(({ message, pos }) => new DocumentSyntaxError(withoutText(message), at(pos[0])));
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const message = 'a text that begins with * must stand in quotes, because it means an anchor otherwise';
      faults.push(new DocumentSyntaxError(message, alias.range ? at(alias.range[0]) : undefined));
    },
    Scalar: (_, scalar) => {
      const { value, source } = scalar;
      if (digits === 'rounded' || typeof value !== 'number' || source === undefined) return;
      if (JSON_NUMBER.test(source) && String(value) !== source) scalar.value = new NumberText(source);
    },
  });
  if (faults.length > 0) throw new AggregateError(faults);
  return { value: document.toJS(), position: (path) => locate(document.contents, path, at), duplicates: [] };
}

/** JSON is read strictly; the YAML reader, which takes JSON too, only adds the places. */
export function parseJson(text: string): PositionedDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number): string => place(lineCounter, offset);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const [first] = document.errors;
    const offset = first?.pos[0] ?? offsetOf(error);
    throw new DocumentSyntaxError(
      first === undefined ? jsonMessage(error) : withoutText(first.message),
      offset === undefined ? undefined : at(offset),
    );
  }
  return {
    value,
    position: (path) => locate(document.contents, path, at),
    duplicates: [...duplicatesOf(document.contents, at)],
  };
}

function place(lineCounter: LineCounter, offset: number): string {
  const { line, col } = lineCounter.linePos(offset);
  return `${line}:${col}`;
}

/** Messages end with what stands in the file, which may be a password. */
function withoutText(message: string): string {
  return message.replace(/: [^:]*$/s, '');
}

// V8 says the place only for some mistakes, and quotes the text around it, which may hold a password.
function offsetOf(error: unknown): number | undefined {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

function jsonMessage(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/ in JSON at position.*$|, (?:\.\.\.)?".*$/s, '')
    : String(error);
}

type At = (offset: number) => string;

function locate(root: Node | null, path: readonly PropertyKey[], at: At): string | undefined {
  let node: unknown = root;
  let found: string | undefined;
  for (const step of path) {
    const [key, child] = enter(node, step);
    if (key === undefined) break;
    if (isNode(key) && key.range) found = at(key.range[0]);
    node = child;
  }
  return found;
}

/** The node that names a step (a map's key, a list's item) and the node behind it. */
function enter(node: unknown, step: PropertyKey): readonly [key: unknown, value: unknown] {
  if (isMap(node)) {
    // The last one of duplicates is the one that counts.
    const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
    return [pair?.key, pair?.value];
  }
  const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
  return [item, item];
}

function* duplicatesOf(node: unknown, at: At): Generator<{ key: string; position: string }> {
  if (isPair(node)) yield* duplicatesOf(node.value, at);
  if (!isMap(node) && !isSeq(node)) return;
  const seen = new Set<string>();
  for (const item of node.items) {
    if (isPair(item) && isScalar(item.key)) {
      const key = String(item.key.value);
      if (seen.has(key) && item.key.range) yield { key, position: at(item.key.range[0]) };
      seen.add(key);
    }
    yield* duplicatesOf(item, at);
  }
}
