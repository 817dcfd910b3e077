import { asBuffer } from '../../core/as-buffer.ts';
import { Decimal } from '../../core/decimal.ts';
import { NumberText } from '../../core/number-text.ts';

/** What JSON has to escape, and lone surrogates, which UTF-8 cannot hold. */
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/**
 * Writes a value as JSON, every number with all its digits: what JSON.stringify does, and also bigints, decimals,
 * NumberTexts, maps and bytes (as base64). A number that JSON has no digits for is the text `"NaN"`, `"Infinity"` or
 * `"-Infinity"`, as Kafka Connect writes it, rather than a null that nobody would notice.
 *
 * @returns undefined for what has no JSON text: undefined, functions and symbols.
 * @throws TypeError or RangeError for a value that contains itself.
 */
export function writeJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? 'null' : writeObject(value);
    default:
      return undefined;
  }
}

function writeObject(value: object): string | undefined {
  if (Array.isArray(value)) return writeArray(value);
  if (value instanceof NumberText) return value.text;
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (value instanceof Map) return writeMap(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return writeJson((value.toJSON as () => unknown)());
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(members)) {
    const written = writeJson(members[key]);
    if (written !== undefined) text += (text === '' ? '{' : ',') + quotedKey(key) + written;
  }
  return text === '' ? '{}' : text + '}';
}

function writeArray(items: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    text += (index === 0 ? '' : ',') + (writeJson(items[index]) ?? 'null');
  }
  return `${text}]`;
}

/** An object when all keys are text, otherwise an array of pairs: how Kafka Connect's JsonConverter writes maps. */
function writeMap(map: ReadonlyMap<unknown, unknown>): string {
  const entries = [...map];
  if (entries.some(([key]) => typeof key !== 'string')) return writeArray(entries);
  return `{${entries.map(([key, value]) => `${quote(key as string)}:${writeJson(value) ?? 'null'}`).join()}}`;
}

/** The keys of rows are few and come again in each: quoted once. */
const quotedKeys = new Map<string, string>();
const MAX_QUOTED_KEYS = 10_000;

function quotedKey(key: string): string {
  let quoted = quotedKeys.get(key);
  if (quoted === undefined) {
    quoted = `${quote(key)}:`;
    if (quotedKeys.size < MAX_QUOTED_KEYS) quotedKeys.set(key, quoted);
  }
  return quoted;
}

function writeNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function base64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}
