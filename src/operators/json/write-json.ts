import { asBuffer } from '../../core/as-buffer.ts';
import { Decimal } from '../../core/decimal.ts';
import { NumberText } from '../../core/number-text.ts';
import { ByteSink } from '../row-sink.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Halves of characters that UTF-16 takes two units for. */
const SURROGATES = 0xd800;
const BEHIND_SURROGATES = 0xe000;

/** Doubles tell all decimals of up to 15 digits apart. */
const MOST_DIGITS = 1e15;
const BILLION = 1e9;
const MILLION = 1e6;
/** Of a number below `MOST_DIGITS`: sign, digits and a point. */
const MOST_NUMBER_BYTES = 18;

/**
 * Writes a value as JSON, every number with all its digits: what JSON.stringify does, and also bigints, decimals,
 * NumberTexts, maps and bytes (as base64). A number that JSON has no digits for is the text `"NaN"`, `"Infinity"` or
 * `"-Infinity"`, as Kafka Connect writes it, rather than a null that nobody would notice.
 *
 * It writes bytes, because a text would have to be put together first and then be copied: a third of the time that a
 * parsed row takes.
 *
 * @returns whether something was written: undefined, functions and symbols have no JSON text.
 * @throws TypeError or RangeError for a value that contains itself.
 */
export function writeJson(value: unknown, to: ByteSink): boolean {
  switch (typeof value) {
    case 'string':
      writeText(value, to);
      return true;
    case 'number':
      writeNumber(value, to);
      return true;
    case 'boolean':
      writeAscii(value ? 'true' : 'false', to);
      return true;
    case 'bigint':
      writeAscii(value.toString(), to);
      return true;
    case 'object':
      if (value === null) writeAscii('null', to);
      else return isPlain(value) ? writeMembers(value, to) : writeInstance(value, to);
      return true;
    default:
      return false;
  }
}

/** The same as text; undefined for what has none. */
export function jsonText(value: unknown): string | undefined {
  const sink = new ByteSink();
  return writeJson(value, sink) ? sink.memory.toString('utf8', 0, sink.at) : undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** Nothing is inherited, so that all that can be iterated is its own. */
function isPlain(value: object): value is Members {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeInstance(value: object, to: ByteSink): boolean {
  if (Array.isArray(value)) writeArray(value, to);
  else if (value instanceof NumberText) writeAscii(value.text, to);
  else if (value instanceof Decimal) writeAscii(value.toString(), to);
  else if (value instanceof Uint8Array) writeAscii(`"${asBuffer(value).toString('base64')}"`, to);
  else if (value instanceof Map) writeMap(value, to);
  else if ('toJSON' in value && typeof value.toJSON === 'function') {
    return writeJson((value.toJSON as () => unknown)(), to);
  } else writeMembers({ ...value }, to);
  return true;
}

function writeMembers(members: Members, to: ByteSink): boolean {
  const start = to.at;
  writeByte(OPEN_BRACE, to);
  for (const key in members) {
    const member = members[key];
    if (typeof member === 'function' && key === 'toJSON') {
      to.at = start;
      return writeJson((member as () => unknown).call(members), to);
    }
    const before = to.at;
    writeKey(key, before === start + 1, to);
    if (!writeJson(member, to)) to.at = before;
  }
  writeByte(CLOSE_BRACE, to);
  return true;
}

function writeArray(items: readonly unknown[], to: ByteSink): void {
  writeByte(OPEN_BRACKET, to);
  for (let index = 0; index < items.length; index++) {
    if (index > 0) writeByte(COMMA, to);
    writeItem(items[index], to);
  }
  writeByte(CLOSE_BRACKET, to);
}

/** An object when all keys are text, otherwise an array of pairs: how Kafka Connect's JsonConverter writes maps. */
function writeMap(map: ReadonlyMap<unknown, unknown>, to: ByteSink): void {
  const entries = [...map];
  if (entries.some(([key]) => typeof key !== 'string')) {
    writeArray(entries, to);
    return;
  }
  writeByte(OPEN_BRACE, to);
  entries.forEach(([key, value], index) => {
    writeKey(key as string, index === 0, to);
    writeItem(value, to);
  });
  writeByte(CLOSE_BRACE, to);
}

/** Where something has to stand. */
function writeItem(value: unknown, to: ByteSink): void {
  if (!writeJson(value, to)) writeAscii('null', to);
}

/** The keys of rows are few and come again in each: quoted once, with a comma before and a colon behind. */
const quotedKeys = new Map<string, Uint8Array>();
const MAX_QUOTED_KEYS = 10_000;

function writeKey(key: string, isFirst: boolean, to: ByteSink): void {
  let quoted = quotedKeys.get(key);
  if (quoted === undefined) {
    quoted = Buffer.from(`,${JSON.stringify(key)}:`, 'utf8');
    if (quotedKeys.size < MAX_QUOTED_KEYS) quotedKeys.set(key, quoted);
  }
  to.reserve(quoted.length);
  const { memory } = to;
  let { at } = to;
  for (let index = isFirst ? 1 : 0; index < quoted.length; index++) memory[at++] = quoted[index] as number;
  to.at = at;
}

function writeNumber(value: number, to: ByteSink): void {
  const size = Math.abs(value);
  // Whole millionths of up to 15 digits: no shorter decimal, and no other one of that length, is the same double.
  const millionths = Math.round(size * MILLION);
  if (Number.isInteger(value) && size < MOST_DIGITS) writeDecimal(value, size, 0, to);
  else if (millionths < MOST_DIGITS && millionths > 0 && millionths / MILLION === size) {
    const whole = Math.floor(millionths / MILLION);
    writeDecimal(value, whole, millionths - whole * MILLION, to);
  } else writeAscii(Number.isFinite(value) ? String(value) : `"${value}"`, to);
}

/** A whole number and millionths of one, with the sign of a value. */
function writeDecimal(value: number, whole: number, millionths: number, to: ByteSink): void {
  to.reserve(MOST_NUMBER_BYTES);
  const { memory } = to;
  let { at } = to;
  if (value < 0 || Object.is(value, -0)) memory[at++] = MINUS;
  const billions = Math.floor(whole / BILLION);
  if (billions > 0) {
    at = writeDigits(memory, at, billions, digitsOf(billions));
    at = writeDigits(memory, at, whole - billions * BILLION, 9);
  } else {
    at = writeDigits(memory, at, whole, digitsOf(whole));
  }
  if (millionths > 0) {
    memory[at++] = POINT;
    at = writeDigits(memory, at, millionths, 6);
    while (memory[at - 1] === ZERO) at--;
  }
  to.at = at;
}

/** A whole number below a billion. Returns where it ends. */
function writeDigits(memory: Uint8Array, start: number, value: number, count: number): number {
  let rest = value | 0;
  for (let at = start + count - 1; at >= start; at--) {
    const tenth = (rest / 10) | 0;
    memory[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return start + count;
}

function digitsOf(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}

/** Character by character: a call into Node is dearer, and for most texts a look at each one is needed anyway. */
function writeText(text: string, to: ByteSink): void {
  const { length } = text;
  // A UTF-16 unit takes three bytes at most: those of four bytes are pairs.
  to.reserve(length * 3 + 2);
  const { memory } = to;
  let { at } = to;
  memory[at++] = QUOTE;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < SPACE || unit === QUOTE || unit === BACKSLASH || (unit >= SURROGATES && unit < BEHIND_SURROGATES)) {
      // Some have to be escaped, pairs have to be put together, and UTF-8 cannot hold halves of pairs.
      to.text(JSON.stringify(text));
      return;
    }
    if (unit < 0x80) {
      memory[at++] = unit;
    } else if (unit < 0x800) {
      memory[at++] = 0xc0 | (unit >> 6);
      memory[at++] = 0x80 | (unit & 0x3f);
    } else {
      memory[at++] = 0xe0 | (unit >> 12);
      memory[at++] = 0x80 | ((unit >> 6) & 0x3f);
      memory[at++] = 0x80 | (unit & 0x3f);
    }
  }
  memory[at++] = QUOTE;
  to.at = at;
}

function writeAscii(text: string, to: ByteSink): void {
  const { length } = text;
  to.reserve(length);
  for (let index = 0; index < length; index++) to.memory[to.at + index] = text.charCodeAt(index);
  to.at += length;
}

function writeByte(byte: number, to: ByteSink): void {
  to.reserve(1);
  to.memory[to.at++] = byte;
}
