import { type ConnectValue, integer, type PrimitiveType } from '../../../core/connect-data.ts';
import { NumberText } from '../../../core/number-text.ts';

const INTEGER = /^-?\d+$/;
const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

/**
 * Bends a JSON value into a type the way Kafka Connect does, which asks its JSON library for the type and takes what comes:
 * 300 is the int8 44, the text "5" the int32 0, the number 1 the boolean false and no text at all.
 */
export function javaScalar(type: Exclude<PrimitiveType, 'bytes'>): (json: unknown) => ConnectValue {
  switch (type) {
    case 'int8':
      return (json) => Number(BigInt.asIntN(8, BigInt(intValue(json))));
    case 'int16':
      return (json) => Number(BigInt.asIntN(16, BigInt(intValue(json))));
    case 'int32':
      return intValue;
    case 'int64':
      return (json) => integer(longValue(json));
    case 'float32':
      return (json) => Math.fround(doubleValue(json));
    case 'float64':
      return doubleValue;
    case 'boolean':
      return (json) => json === true;
    case 'string':
      return (json) => (typeof json === 'string' ? json : null);
  }
}

/** The low 32 bits of an integer; a fraction is cut off, and what is too large for that is the largest. */
function intValue(json: unknown): number {
  const text = digitsOf(json);
  if (INTEGER.test(text)) return Number(BigInt.asIntN(32, BigInt(text)));
  return Math.trunc(Math.min(Math.max(Number(text), -(2 ** 31)), 2 ** 31 - 1));
}

function longValue(json: unknown): bigint {
  const text = digitsOf(json);
  if (INTEGER.test(text)) return BigInt.asIntN(64, BigInt(text));
  const double = Number(text);
  if (double >= Number(LONG_MAX)) return LONG_MAX;
  return double <= Number(LONG_MIN) ? LONG_MIN : BigInt(Math.trunc(double));
}

function doubleValue(json: unknown): number {
  return Number(digitsOf(json));
}

function digitsOf(json: unknown): string {
  return typeof json === 'number' || json instanceof NumberText ? String(json) : '0';
}
