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
 * JSON.parse does the work, several times as fast as a parser written in JavaScript. A look at the text first finds the
 * numbers that it would change, usually none; those are given to it as texts with a mark, which then become NumberTexts.
 *
 * @throws SyntaxError when it is not JSON.
 */
export function readJson(text: string): unknown {
  const places = inexactNumbers(text);
  return places === undefined ? (JSON.parse(text) as unknown) : parseExactly(text, places);
}

function parseExactly(text: string, places: readonly number[]): unknown {
  // A mark that no text of the user's can begin with.
  let mark = NUL;
  while (text.includes(mark)) mark += NUL;
  let json: unknown;
  try {
    json = JSON.parse(marked(text, places, mark));
  } catch {
    // The error that is about the text as it was written.
    json = JSON.parse(text);
  }
  return new Restorer('\0'.repeat(mark.length / NUL.length), places.length / 2).restored(json);
}

/** The text with each of these numbers as a text behind the mark. */
function marked(text: string, places: readonly number[], mark: string): string {
  let made = '';
  let from = 0;
  for (let index = 0; index < places.length; index += 2) {
    const [start, end] = [places[index] as number, places[index + 1] as number];
    made += `${text.slice(from, start)}"${mark}${text.slice(start, end)}"`;
    from = end;
  }
  return made + text.slice(from);
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
export function inexactNumbers(text: string): readonly number[] | undefined {
  const { length } = text;
  let places: number[] | undefined;
  for (let at = 0; at < length; at++) {
    const first = text.charCodeAt(at);
    if (first === QUOTE) {
      at = endOfString(text, at);
    } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
      const start = first === MINUS ? at + 1 : at;
      let point = false;
      let exponent = false;
      let end = start;
      for (; end < length; end++) {
        const unit = text.charCodeAt(end);
        if (unit >= ZERO && unit <= NINE) continue;
        if (unit === POINT) point = true;
        else if (unit === LOWER_E || unit === UPPER_E || unit === PLUS || unit === MINUS) exponent = true;
        else break;
      }
      const digits = end - start;
      const leading = text.charCodeAt(start);
      const doubtful =
        exponent ||
        (digits >= SAFE_LENGTH && (digits > SAFE_LENGTH || leading === NINE)) ||
        (point && (text.charCodeAt(end - 1) === ZERO || (leading === ZERO && digits > SMALL_LENGTH))) ||
        (first === MINUS && leading === ZERO && !point);
      if (doubtful && isInexact(text, at, end)) (places ??= []).push(at, end);
      at = end - 1;
    }
  }
  return places;
}

/** What is no number, or stands where JSON has no number but could have a text, is left for JSON.parse to refuse. */
function isInexact(text: string, start: number, end: number): boolean {
  const number = text.slice(start, end);
  return JSON_NUMBER.test(number) && String(Number(number)) !== number && !isKey(text, end);
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (isSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON;
}

/** Where the string that starts here ends: at its closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether an odd number of backslashes stands before it: each pair of them is one that means itself. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
