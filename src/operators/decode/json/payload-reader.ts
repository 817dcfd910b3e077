import {
  type ConnectSchema,
  type ConnectValue,
  integer,
  LOGICAL,
  SCALE_PARAMETER,
  setField,
} from '../../../core/connect-data.ts';
import { Decimal } from '../../../core/decimal.ts';
import { NumberText } from '../../../core/number-text.ts';
import { type Compatibility, DataError, typeName } from '../converter.ts';
import { isObject } from './connect-schema.ts';
import { javaScalar } from './java-scalar.ts';

/** Turns parsed JSON into a value of one schema. */
export type PayloadReader = (json: unknown) => ConnectValue;

export interface PayloadOptions {
  readonly compatibility: Compatibility;
  /** Whether a null stands for the schema's default. A missing field always does. */
  readonly replaceNullWithDefault: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const RANGES = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const;
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;
/** JSON has no digits for them; JsonConverter writes them as text. */
const NOT_FINITE = new Set<unknown>(['NaN', 'Infinity', '-Infinity']);

/** Compiled once for a schema, so that a record costs no look at the schema. */
export function payloadReader(schema: ConnectSchema, options: PayloadOptions): PayloadReader {
  const read = readerOf(schema, options);
  const fallback = schema.default;
  const { optional } = schema;
  const replaceNull = options.replaceNullWithDefault || (!optional && options.compatibility === 'exact');
  return (json) => {
    if (json !== null && json !== undefined) return read(json);
    if (fallback !== undefined && (replaceNull || (json === undefined && options.compatibility === 'exact')))
      return fallback;
    if (optional) return null;
    throw new DataError(`Invalid null value for required ${typeName(schema)} field`);
  };
}

function readerOf(schema: ConnectSchema, options: PayloadOptions): PayloadReader {
  switch (schema.name) {
    case LOGICAL.decimal:
      return decimalReader(Number(schema.parameters?.[SCALE_PARAMETER] ?? 0));
    case LOGICAL.date:
      return wholeNumber(schema, 'Date', 'integer');
    case LOGICAL.time:
      return wholeNumber(schema, 'Time', 'integer');
    case LOGICAL.timestamp:
      return wholeNumber(schema, 'Timestamp', 'integral');
  }
  switch (schema.type) {
    case 'array': {
      const readItem: PayloadReader = schema.items ? payloadReader(schema.items, options) : schemalessValue;
      return (json) => {
        if (!Array.isArray(json)) throw mismatch(schema, json);
        return json.map(readItem);
      };
    }
    case 'map':
      return mapReader(schema, options);
    case 'struct': {
      const fields = schema.fields.map((field) => ({ name: field.name, read: payloadReader(field.schema, options) }));
      return (json) => {
        if (!isObject(json)) throw mismatch(schema, json);
        const struct: Record<string, ConnectValue> = {};
        for (const { name, read } of fields) {
          setField(struct, name, read(Object.hasOwn(json, name) ? json[name] : undefined));
        }
        return struct;
      };
    }
    case 'bytes':
      return (json) => {
        if (typeof json === 'string') return base64Bytes(json);
        if (options.compatibility === 'java') return null;
        throw mismatch(schema, json);
      };
    default:
      return options.compatibility === 'java' ? javaScalar(schema.type) : exactScalar(schema);
  }
}

function mapReader(schema: ConnectSchema & { type: 'map' }, options: PayloadOptions): PayloadReader {
  const readKey: PayloadReader = schema.keys ? payloadReader(schema.keys, options) : schemalessValue;
  const readValue: PayloadReader = schema.values ? payloadReader(schema.values, options) : schemalessValue;
  if (schema.keys?.type === 'string') {
    return (json) => {
      if (!isObject(json)) throw mismatch(schema, json);
      return new Map(Object.entries(json).map(([key, value]) => [readKey(key), readValue(value)]));
    };
  }
  return (json) => {
    if (!Array.isArray(json)) throw mismatch(schema, json);
    return new Map(
      json.map((pair: unknown) => {
        if (!Array.isArray(pair) || pair.length !== 2) {
          throw new DataError('Found invalid map entry: it must be an array of a key and a value');
        }
        return [readKey(pair[0]), readValue(pair[1])];
      }),
    );
  };
}

/** Takes what the schema says and nothing else: a value that would have to be bent is refused. */
function exactScalar(schema: ConnectSchema): PayloadReader {
  const { type } = schema;
  switch (type) {
    case 'boolean':
    case 'string':
      return (json) => {
        if (typeof json === type) return json as boolean | string;
        throw mismatch(schema, json);
      };
    case 'int8':
    case 'int16':
    case 'int32': {
      const [least, most] = RANGES[type];
      return (json) => {
        const number = json instanceof NumberText ? Number(json) : json;
        if (Number.isInteger(number) && (number as number) >= least && (number as number) <= most)
          return number as number;
        throw mismatch(schema, json);
      };
    }
    case 'int64':
      return (json) => {
        if (Number.isSafeInteger(json)) return json as number;
        // A number that JavaScript gives back as it was written is none of the double behind it: nanoseconds often are one.
        if (typeof json === 'number' || json instanceof NumberText) {
          const long = longOf(String(json));
          if (long !== undefined) return long;
        }
        throw mismatch(schema, json);
      };
    default:
      return (json) => {
        if (typeof json !== 'number' && !(json instanceof NumberText) && !NOT_FINITE.has(json))
          throw mismatch(schema, json);
        return type === 'float32' ? Math.fround(Number(json)) : Number(json);
      };
  }
}

function longOf(text: string): number | bigint | undefined {
  if (!/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  const long = BigInt(text);
  return long >= LONG_MIN && long <= LONG_MAX ? integer(long) : undefined;
}

function decimalReader(scale: number): PayloadReader {
  return (json) => {
    if (typeof json === 'string') return decimalOf(() => Decimal.fromBytes(base64Bytes(json), scale));
    if (typeof json === 'number' || json instanceof NumberText) {
      const decimal = decimalOf(() => Decimal.parse(String(json)));
      if (decimal) return decimal;
    }
    throw new DataError(
      `Invalid type for Decimal, underlying representation should be numeric or bytes but was ${nodeType(json)}`,
    );
  };
}

function decimalOf<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new DataError('Invalid bytes for Decimal field', { cause: error }) : error;
  }
}

function wholeNumber(schema: ConnectSchema, name: string, kind: string): PayloadReader {
  const read = exactScalar(schema);
  return (json) => {
    try {
      return read(json);
    } catch {
      throw new DataError(
        `Invalid type for ${name}, underlying representation should be ${kind} but was ${nodeType(json)}`,
      );
    }
  };
}

function base64Bytes(text: string): Uint8Array {
  if (!BASE64.test(text)) throw new DataError('Invalid bytes field');
  return Buffer.from(text, 'base64');
}

/** Of an array or a map whose members have no schema. */
function schemalessValue(json: unknown): ConnectValue {
  return json as ConnectValue;
}

function mismatch(schema: ConnectSchema, json: unknown): DataError {
  return new DataError(`Invalid value for ${typeName(schema)} field: ${shown(json)}`);
}

function shown(json: unknown): string {
  if (typeof json === 'string') return JSON.stringify(json.slice(0, 60));
  if (typeof json === 'number' || typeof json === 'boolean' || json instanceof NumberText) return String(json);
  return `an ${nodeType(json).toLowerCase()}`;
}

/** As Kafka Connect's JSON library names what was found. */
function nodeType(json: unknown): string {
  if (Array.isArray(json)) return 'ARRAY';
  if (json instanceof NumberText) return 'NUMBER';
  return (json === null ? 'null' : typeof json).toUpperCase();
}
