import { type ConnectSchema, type ConnectValue, integer, LOGICAL } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { javaDecimal } from '../../core/java-decimal.ts';
import { javaDouble, javaFloat, shortestFloat } from '../../core/java-number.ts';
import { NumberText } from '../../core/number-text.ts';
import { type Compatibility, DataError } from '../decode/converter.ts';
import { javaClass, typeWithoutSchema } from './java-class.ts';

export const CAST_TARGETS = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const;

export type CastTarget = (typeof CAST_TARGETS)[number];

const SOURCES: readonly string[] = [...CAST_TARGETS, 'bytes'];
const BITS = { int8: 8, int16: 16, int32: 32, int64: 64 } as const;
const MS_PER_DAY = 86_400_000;
/** The last moment that Date has. */
const LAST_MS = 8_640_000_000_000_000;
const JAVA_FLOAT = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

/**
 * A value as another type, as Java converts it: numbers lose their fraction and what does not fit into the smaller type,
 * text has to be a whole number of the type.
 *
 * @throws DataError for text that is no such number, and for what cannot be cast.
 */
export type CastValue = (schema: ConnectSchema | null, value: ConnectValue, target: CastTarget) => ConnectValue;

/**
 * Kafka Connect writes a date, a time or a moment by what it is worth: whatever is before 1970-01-02 is a time without its
 * date, and a moment at midnight is a date. `exact` goes by the type.
 */
export function castingFor(compatibility: Compatibility): CastValue {
  const momentText = compatibility === 'java' ? textByValue : textByType;
  return (schema, value, target) => {
    if (value === null) return null;
    const type = schema === null ? typeWithoutSchema(value) : schema.type;
    if (!SOURCES.includes(type)) {
      throw new DataError(
        `Cast transformation does not support casting from ${type.toUpperCase()}; supported types are [${SOURCES.join(', ').toUpperCase()}]`,
      );
    }
    if (target === 'string') return toText(schema, type, value, momentText);
    if (value instanceof Uint8Array) throw unexpected(schema, value);
    switch (target) {
      case 'boolean':
        return toBoolean(value);
      case 'float32':
        return toFloat(schema, value);
      case 'float64':
        return toDouble(value);
      default:
        return toInteger(value, target);
    }
  };
}

function toBoolean(value: ConnectValue): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return wholePart(value, 64) !== 0n;
}

/** Without a schema nobody would know that a number is a float, whose digits are fewer than those of the double. */
function toFloat(schema: ConnectSchema | null, value: ConnectValue): number {
  const float = Math.fround(toDouble(value));
  return schema === null ? shortestFloat(float) : float;
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
  if (value instanceof NumberText && /^-?\d+$/.test(value.text)) {
    const whole = BigInt(value.text);
    // Java's converter has lost the digits above 64 bits before; here nobody would expect what is left of them.
    if (BigInt.asIntN(64, whole) !== whole) throw outOfRange(value.text);
    return whole;
  }
  const number = Number(value);
  if (Number.isNaN(number)) return 0n;
  if (Number.isInteger(number) && Number.isSafeInteger(number)) return BigInt(number);
  const end = 2n ** BigInt(bits === 64 ? 63 : 31);
  if (number >= Number(end)) return end - 1n;
  if (number <= -Number(end)) return -end;
  return BigInt(Math.trunc(number));
}

type MomentText = (ms: number, name: string) => string;

function toText(
  schema: ConnectSchema | null,
  type: ConnectSchema['type'],
  value: ConnectValue,
  momentText: MomentText,
): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Decimal) return javaDecimal(value);
  if (schema?.name === LOGICAL.date) return momentText(Number(value) * MS_PER_DAY, schema.name);
  if (schema?.name === LOGICAL.time || schema?.name === LOGICAL.timestamp)
    return momentText(Number(value), schema.name);
  if (type === 'float32') return javaFloat(Number(value));
  if (type === 'float64') return javaDouble(Number(value));
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'object') throw unexpected(schema, value);
  return String(value);
}

function textByValue(ms: number): string {
  const iso = isoText(ms);
  if (ms < MS_PER_DAY) return timePart(iso);
  return ms % MS_PER_DAY === 0 ? datePart(iso) : iso;
}

function textByType(ms: number, name: string): string {
  const iso = isoText(ms);
  if (name === LOGICAL.time) return timePart(iso);
  return name === LOGICAL.date ? datePart(iso) : iso;
}

function isoText(ms: number): string {
  if (Math.abs(ms) > LAST_MS) throw new DataError(`The moment ${ms} ms after 1970 is too far away for a date`);
  return new Date(ms).toISOString();
}

function datePart(iso: string): string {
  return iso.slice(0, iso.indexOf('T'));
}

function timePart(iso: string): string {
  return iso.slice(iso.indexOf('T') + 1);
}

function unexpected(schema: ConnectSchema | null, value: ConnectValue): DataError {
  return new DataError(`Unexpected type in Cast transformation: class ${javaClass(schema, value)}`);
}

function outOfRange(text: string): DataError {
  return new DataError(`Value (${text}) was out of range for requested data type`);
}
