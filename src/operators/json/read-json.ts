import { parse } from 'lossless-json';
import { NumberText } from '../../core/number-text.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
/** Up to 15 digits and a point, or 16 digits that don't start with a 9, always come back from a double as they were. */
const SAFE_LENGTH = 16;
/** From `0.0000001` on, JavaScript writes an exponent. */
const SMALL_LENGTH = 8;

/**
 * Parses JSON without losing digits: a number that JavaScript gives back as it was written is a number, any other is a
 * NumberText. The rest is as JSON.parse has it; of duplicate keys the last one counts.
 *
 * A look at the bytes first finds out whether there can be such a number: usually not, and then JSON.parse does the work,
 * five times as fast as a parser written in JavaScript.
 *
 * @param bytes - the same text in UTF-8.
 * @throws SyntaxError when it is not JSON.
 */
export function readJson(text: string, bytes: Uint8Array): unknown {
  return mayLoseDigits(bytes) ? parseExactly(text) : (JSON.parse(text) as unknown);
}

function parseExactly(text: string): unknown {
  // Both keep going where the other gives up only on what is not JSON; the error that people know is JSON.parse's.
  try {
    return parse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    JSON.parse(text);
    throw error;
  }
}

/** The number of these digits, or the digits themselves when JavaScript would write others. */
export function exactNumber(text: string): number | NumberText {
  const number = Number(text);
  return String(number) === text ? number : new NumberText(text);
}

/** Whether a number in this JSON text might not survive as a double; now and then it says so of one that would. */
export function mayLoseDigits(bytes: Uint8Array): boolean {
  const { length } = bytes;
  for (let at = 0; at < length; at++) {
    const first = bytes[at] as number;
    if (first === QUOTE) {
      at = endOfString(bytes, at);
    } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
      const start = first === MINUS ? at + 1 : at;
      let point = false;
      let end = start;
      for (; end < length; end++) {
        const byte = bytes[end] as number;
        if (byte >= ZERO && byte <= NINE) continue;
        if (byte === POINT) point = true;
        else if (byte === LOWER_E || byte === UPPER_E || byte === PLUS || byte === MINUS) return true;
        else break;
      }
      const digits = end - start;
      const leading = bytes[start];
      if (digits >= SAFE_LENGTH && (digits > SAFE_LENGTH || leading === NINE)) return true;
      if (point && (bytes[end - 1] === ZERO || (leading === ZERO && digits > SMALL_LENGTH))) return true;
      if (first === MINUS && leading === ZERO && !point) return true;
      at = end - 1;
    }
  }
  return false;
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
