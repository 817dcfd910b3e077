import { type ConnectSchema, type ConnectValue, integer, LOGICAL } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { javaDecimal } from '../../core/java-decimal.ts';
import { javaDouble, javaFloat } from '../../core/java-number.ts';
import { NumberText } from '../../core/number-text.ts';
import { DataError } from '../decode/converter.ts';
import { javaClass, typeWithoutSchema } from './java-class.ts';

export const CAST_TARGETS = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const;

export type CastTarget = (typeof CAST_TARGETS)[number];

const SOURCES: readonly string[] = [...CAST_TARGETS, 'bytes'];
const BITS = { int8: 8, int16: 16, int32: 32, int64: 64 } as const;
const MS_PER_DAY = 86_400_000;
const JAVA_FLOAT = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

/**
 * A value as another type, as Java converts it: numbers lose their fraction and what does not fit into the smaller type,
 * text has to be a whole number of the type.
 *
 * @throws DataError for text that is no such number, and for what cannot be cast.
 */
export function castValue(schema: ConnectSchema | null, value: ConnectValue, target: CastTarget): ConnectValue {
  if (value === null) return null;
  const type = schema === null ? typeWithoutSchema(value) : schema.type;
  if (!SOURCES.includes(type)) {
    throw new DataError(
      `Cast transformation does not support casting from ${type.toUpperCase()}; supported types are [${SOURCES.join(', ').toUpperCase()}]`,
    );
  }
  if (target === 'string') return toText(schema, type, value);
  if (value instanceof Uint8Array) {
    throw new DataError(`Unexpected type in Cast transformation: class ${javaClass(schema, value)}`);
  }
  switch (target) {
    case 'boolean':
      return toBoolean(value);
    case 'float32':
      return Math.fround(toDouble(value));
    case 'float64':
      return toDouble(value);
    default:
      return toInteger(value, target);
  }
}

function toBoolean(value: ConnectValue): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return wholePart(value, 64) !== 0n;
}

function toDouble(value: ConnectValue): number {
  if (typeof value !== 'string') return Number(value);
  const text = value.trim();
  if (!JAVA_FLOAT.test(text)) throw outOfRange(value);
  return Number(text.replace(/[fFdD]$/, ''));
}

function toInteger(value: ConnectValue, target: keyof typeof BITS): number | bigint {
  const bits = BITS[target];
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && (value | 0) === value) return bits >= 32 ? value : wrap(value, bits);
  const whole = typeof value === 'string' ? parsed(value, bits) : wholePart(value, bits);
  return integer(BigInt.asIntN(bits, whole));
}

function wrap(value: number, bits: number): number {
  const unused = 32 - bits;
  return (value << unused) >> unused;
}

function parsed(text: string, bits: number): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw outOfRange(text);
  const whole = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(bits, whole) !== whole) throw outOfRange(text);
  return whole;
}

/** A number without its fraction. A double beyond the range of long, or of int for the smaller types, is its end. */
function wholePart(value: ConnectValue, bits: number): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Decimal) {
    const { unscaled, scale } = value;
    return scale > 0 ? unscaled / 10n ** BigInt(scale) : unscaled * 10n ** BigInt(-scale);
  }
  if (value instanceof NumberText && /^-?\d+$/.test(value.text)) return BigInt(value.text);
  const number = Number(value);
  if (Number.isNaN(number)) return 0n;
  if (Number.isInteger(number) && Number.isSafeInteger(number)) return BigInt(number);
  const end = 2n ** BigInt(bits === 64 ? 63 : 31);
  if (number >= Number(end)) return end - 1n;
  if (number <= -Number(end)) return -end;
  return BigInt(Math.trunc(number));
}

function toText(schema: ConnectSchema | null, type: ConnectSchema['type'], value: ConnectValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Decimal) return javaDecimal(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    switch (schema?.name) {
      case LOGICAL.date:
        return momentText(Number(value) * MS_PER_DAY);
      case LOGICAL.time:
      case LOGICAL.timestamp:
        return momentText(Number(value));
      default:
    }
  }
  if (type === 'float32') return javaFloat(value as number);
  if (type === 'float64') return javaDouble(Number(value));
  return String(value);
}

/** Kafka Connect goes by the moment and not by its type: a time within 1970-01-01 is one without a date. */
function momentText(ms: number): string {
  const iso = new Date(ms).toISOString();
  if (ms >= 0 && ms < MS_PER_DAY) return iso.slice(iso.indexOf('T') + 1);
  return ms % MS_PER_DAY === 0 ? iso.slice(0, iso.indexOf('T')) : iso;
}

function outOfRange(text: string): DataError {
  return new DataError(`Value (${text}) was out of range for requested data type`);
}
