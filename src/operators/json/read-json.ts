import { asBuffer } from '../../core/as-buffer.ts';
import { type ConnectValue, setField } from '../../core/connect-data.ts';
import { NumberText } from '../../core/number-text.ts';
import { isSpace } from './json-text.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
/** Up to 15 digits and a point, or 16 digits that don't start with a 9, always come back from a double as they were. */
const SAFE_LENGTH = 16;
/** From `0.0000001` on, JavaScript writes an exponent. */
const SMALL_LENGTH = 8;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
/** As JSON writes it, in the only way that there is. */
const NUL = '\\u0000';

/**
 * Parses JSON without losing digits: a number that JavaScript gives back as it was written is a number, any other is a
 * NumberText. The rest is as JSON.parse has it; of duplicate keys the last one counts.
 *
 * JSON.parse does the work, several times as fast as a parser written in JavaScript. A look at the bytes first finds the
 * numbers that it would change, usually none; those are given to it as texts with a mark, which then become NumberTexts.
 *
 * @param bytes - the same text in UTF-8.
 * @throws SyntaxError when it is not JSON.
 */
export function readJson(text: string, bytes: Uint8Array): unknown {
  const places = inexactNumbers(bytes);
  return places === undefined ? (JSON.parse(text) as unknown) : parseExactly(text, bytes, places);
}

function parseExactly(text: string, bytes: Uint8Array, places: readonly number[]): unknown {
  // A mark that no text of the user's can begin with.
  let mark = NUL;
  while (text.includes(mark)) mark += NUL;
  let json: unknown;
  try {
    json = JSON.parse(marked(text, bytes, places, mark));
  } catch {
    // The error that is about the text as it was written.
    json = JSON.parse(text);
  }
  return new Restorer('\0'.repeat(mark.length / NUL.length), places.length / 2).restored(json);
}

/** The text with each of these numbers as a text behind the mark. */
function marked(text: string, bytes: Uint8Array, places: readonly number[], mark: string): string {
  // With one byte a character, places in the bytes are places in the text.
  const part =
    text.length === bytes.length
      ? (start: number, end?: number) => text.slice(start, end)
      : (start: number, end?: number) => asBuffer(bytes).toString('utf8', start, end);
  let made = '';
  let from = 0;
  for (let index = 0; index < places.length; index += 2) {
    const [start, end] = [places[index] as number, places[index + 1] as number];
    made += `${part(from, start)}"${mark}${part(start, end)}"`;
    from = end;
  }
  return made + part(from);
}

/** Puts NumberTexts in the place of marked texts. */
class Restorer {
  readonly #mark: string;
  /** How many there still can be. Of duplicate keys only one is. */
  #left: number;

  constructor(mark: string, count: number) {
    this.#mark = mark;
    this.#left = count;
  }

  restored(value: unknown): unknown {
    if (typeof value === 'string') {
      if (!value.startsWith(this.#mark)) return value;
      this.#left--;
      return new NumberText(value.slice(this.#mark.length));
    }
    if (Array.isArray(value)) this.#restoreItems(value);
    else if (typeof value === 'object' && value !== null) this.#restoreMembers(value as Record<string, ConnectValue>);
    return value;
  }

  #restoreItems(items: unknown[]): void {
    for (let index = 0; index < items.length && this.#left > 0; index++) items[index] = this.restored(items[index]);
  }

  #restoreMembers(object: Record<string, ConnectValue>): void {
    for (const key of Object.keys(object)) {
      if (this.#left === 0) return;
      const member = object[key] as ConnectValue;
      if (typeof member !== 'string' && typeof member !== 'object') continue;
      const restored = this.restored(member) as ConnectValue;
      if (restored !== member) setField(object, key, restored);
    }
  }
}

/** Where the numbers of this JSON text are that a double would change: start and end of each, one after the other. */
export function inexactNumbers(bytes: Uint8Array): readonly number[] | undefined {
  const { length } = bytes;
  let places: number[] | undefined;
  for (let at = 0; at < length; at++) {
    const first = bytes[at] as number;
    if (first === QUOTE) {
      at = endOfString(bytes, at);
    } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
      const start = first === MINUS ? at + 1 : at;
      let point = false;
      let exponent = false;
      let end = start;
      for (; end < length; end++) {
        const byte = bytes[end] as number;
        if (byte >= ZERO && byte <= NINE) continue;
        if (byte === POINT) point = true;
        else if (byte === LOWER_E || byte === UPPER_E || byte === PLUS || byte === MINUS) exponent = true;
        else break;
      }
      const digits = end - start;
      const leading = bytes[start];
      const doubtful =
        exponent ||
        (digits >= SAFE_LENGTH && (digits > SAFE_LENGTH || leading === NINE)) ||
        (point && (bytes[end - 1] === ZERO || (leading === ZERO && digits > SMALL_LENGTH))) ||
        (first === MINUS && leading === ZERO && !point);
      if (doubtful && isInexact(bytes, at, end)) (places ??= []).push(at, end);
      at = end - 1;
    }
  }
  return places;
}

/** What is no number, or stands where JSON has no number but could have a text, is left for JSON.parse to refuse. */
function isInexact(bytes: Uint8Array, start: number, end: number): boolean {
  const text = asBuffer(bytes).toString('latin1', start, end);
  return JSON_NUMBER.test(text) && String(Number(text)) !== text && !isKey(bytes, end);
}

function isKey(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (isSpace(bytes[at])) at++;
  return bytes[at] === COLON;
}

/** Where the string that starts here ends: at its closing quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) break;
  }
  return at;
}
