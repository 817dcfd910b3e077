import { asBuffer } from '../../core/as-buffer.ts';
import {
  type ConnectSchema,
  type ConnectValue,
  integer,
  LOGICAL,
  type PrimitiveType,
  SCALE_PARAMETER,
  type SchemaAndValue,
} from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { shortestFloat } from '../../core/java-number.ts';
import { NumberText } from '../../core/number-text.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { readJson } from '../json/read-json.ts';
import { type Compatibility, NOTHING } from './converter.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MS_PER_DAY = 86_400_000;
/** From 19 digits on an integer is a decimal, even when it would fit into 64 bits. */
const MAX_LONG_DIGITS = 18;
const INTEGERS: readonly PrimitiveType[] = ['int8', 'int16', 'int32', 'int64'];
const NUMBERS: readonly (PrimitiveType | undefined)[] = [...INTEGERS, 'float32', 'float64'];

/**
 * `org.apache.kafka.connect.storage.SimpleHeaderConverter`, Kafka Connect's default: guesses from a header's text what it
 * is. Numbers get the smallest type that holds them, ISO dates and times their types, JSON arrays and objects theirs, and
 * whatever is none of these is text.
 */
export class SimpleHeaderConverter {
  readonly #compatibility: Compatibility;

  constructor(compatibility: Compatibility = 'exact') {
    this.#compatibility = compatibility;
  }

  toConnectHeader(bytes: RawValue): SchemaAndValue {
    if (bytes === null) return NOTHING;
    return this.#parse(asBuffer(bytes).toString('utf8'));
  }

  #parse(text: string): SchemaAndValue {
    const trimmed = text.trim();
    if (trimmed === 'null') return NOTHING;
    if (trimmed === 'true' || trimmed === 'false') return typed('boolean', trimmed === 'true');
    const parsed = temporal(trimmed) ?? this.#structured(trimmed) ?? this.#leadingNumber(trimmed);
    return parsed ?? typed('string', text);
  }

  /** A number; what follows it after a comma is dropped, which only Kafka Connect itself does gladly. */
  #leadingNumber(text: string): SchemaAndValue | undefined {
    const first = this.#compatibility === 'java' ? (text.split(',')[0] as string) : text;
    return NUMBER.test(first) ? this.#number(first) : undefined;
  }

  #number(text: string): SchemaAndValue | undefined {
    let decimal: Decimal | undefined;
    try {
      decimal = Decimal.parse(text);
    } catch {
      // So many zeros that it could not be written out: text.
    }
    if (!decimal) return undefined;
    const whole = wholeNumber(decimal);
    if (whole !== undefined) return wholeNumberValue(whole);
    const double = Number(text);
    const float = Math.fround(double);
    const keepsDigits = (shown: number): boolean =>
      this.#compatibility === 'java' || sameNumber(decimal, String(shown));
    if (Number.isFinite(float) && keepsDigits(shortestFloat(float))) return typed('float32', float);
    if (Number.isFinite(double) && keepsDigits(double)) return typed('float64', double);
    return { schema: decimalSchema(decimal.scale), value: decimal };
  }

  /** A JSON array or object whose elements are read by the same rules; other texts with brackets are text. */
  #structured(text: string): SchemaAndValue | undefined {
    if (!/^[[{]/.test(text)) return undefined;
    try {
      return this.#fromJson(readJson(text));
    } catch {
      return undefined;
    }
  }

  #fromJson(json: unknown): SchemaAndValue | undefined {
    if (json === null) return NOTHING;
    if (typeof json === 'boolean') return typed('boolean', json);
    if (typeof json === 'number' || json instanceof NumberText) return this.#number(String(json));
    if (typeof json === 'string') return temporal(json) ?? typed('string', json);
    const members = Object.values(json as object).map((member) => this.#fromJson(member) ?? NOTHING);
    const common = commonSchema(members.map(({ schema }) => schema));
    const values = members.map(({ value }) => value);
    if (Array.isArray(json)) return { schema: { type: 'array', optional: false, items: common }, value: values };
    const keys = Object.keys(json as object);
    return {
      schema: { type: 'map', optional: false, keys: { type: 'string', optional: false }, values: common },
      value: new Map(keys.map((key, index) => [key, values[index] ?? null])),
    };
  }
}

function temporal(text: string): SchemaAndValue | undefined {
  const ms = Date.parse(TIME.test(text) ? `1970-01-01T${text}` : text);
  if (Number.isNaN(ms)) return undefined;
  if (DATE.test(text))
    return { schema: { ...primitive('int32'), name: LOGICAL.date, version: 1 }, value: ms / MS_PER_DAY };
  if (TIME.test(text)) return { schema: { ...primitive('int32'), name: LOGICAL.time, version: 1 }, value: ms };
  if (TIMESTAMP.test(text))
    return { schema: { ...primitive('int64'), name: LOGICAL.timestamp, version: 1 }, value: ms };
  return undefined;
}

/** The integer that a decimal is, if it is one. */
function wholeNumber({ unscaled, scale }: Decimal): bigint | undefined {
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale);
  const unit = 10n ** BigInt(scale);
  return unscaled % unit === 0n ? unscaled / unit : undefined;
}

function wholeNumberValue(whole: bigint): SchemaAndValue {
  if (String(whole).replace('-', '').length > MAX_LONG_DIGITS)
    return { schema: decimalSchema(0), value: new Decimal(whole, 0) };
  const type = INTEGERS.find((_, index) => BigInt.asIntN(8 * 2 ** index, whole) === whole) ?? 'int64';
  return typed(type, integer(whole));
}

function sameNumber(decimal: Decimal, text: string): boolean {
  const other = Decimal.parse(text);
  if (!other) return false;
  const scale = Math.max(decimal.scale, other.scale);
  const at = (number: Decimal): bigint => number.unscaled * 10n ** BigInt(scale - number.scale);
  return at(decimal) === at(other);
}

/** The one type of all, the widest number type, or none. */
function commonSchema(schemas: readonly (ConnectSchema | null)[]): ConnectSchema | null {
  const [first = null, ...others] = schemas;
  let widest = first;
  for (const schema of others) {
    if (schema === null || widest === null || schema.name !== widest.name) return null;
    const [a, b] = [NUMBERS.indexOf(widest.type as PrimitiveType), NUMBERS.indexOf(schema.type as PrimitiveType)];
    if (a >= 0 && b >= 0) widest = a >= b ? widest : schema;
    else if (schema.type !== widest.type) return null;
  }
  return widest;
}

function decimalSchema(scale: number): ConnectSchema {
  return { ...primitive('bytes'), name: LOGICAL.decimal, version: 1, parameters: { [SCALE_PARAMETER]: String(scale) } };
}

function typed(type: PrimitiveType, value: ConnectValue): SchemaAndValue {
  return { schema: primitive(type), value };
}

function primitive(type: PrimitiveType): ConnectSchema {
  return { type, optional: false };
}
