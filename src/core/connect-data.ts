import { type Decimal } from './decimal.ts';
import { type NumberText } from './number-text.ts';

/**
 * Kafka Connect's data model: a value and the schema that says what it is. Converters make it of a record's bytes,
 * transforms work on it, and a table's row is made of it.
 */
export interface SchemaAndValue {
  /** Null for data that brings no schema, such as plain JSON. */
  readonly schema: ConnectSchema | null;
  readonly value: ConnectValue;
}

/**
 * A value as its schema says:
 *
 * | schema | value |
 * | --- | --- |
 * | int8, int16, int32, float32, float64 | number |
 * | int64 | number when it is a safe integer, otherwise bigint: arithmetic that would round throws instead |
 * | boolean, string | the same |
 * | bytes | Uint8Array |
 * | bytes named `org.apache.kafka.connect.data.Decimal` | Decimal |
 * | any other named (logical) type | the value of its type: days, milliseconds, text… |
 * | array | array |
 * | map | Map |
 * | struct | object with a property for each field |
 *
 * Null is the value of anything optional. Without a schema, objects are maps with text keys, and a number whose digits
 * JavaScript would change is a NumberText.
 */
export type ConnectValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Decimal
  | NumberText
  | readonly ConnectValue[]
  | ReadonlyMap<ConnectValue, ConnectValue>
  | Struct;

/** A struct's fields by name, or, without a schema, a map with text keys. */
export interface Struct {
  readonly [field: string]: ConnectValue;
}

export const PRIMITIVE_TYPES = [
  'int8',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'boolean',
  'string',
  'bytes',
] as const;

export type PrimitiveType = (typeof PRIMITIVE_TYPES)[number];

interface SchemaBase {
  /** Whether null is a value of it. */
  readonly optional: boolean;
  /** What a missing value stands for. Absent when there is no default; null is one. */
  readonly default?: ConnectValue;
  /** The logical type, such as `org.apache.kafka.connect.data.Date`, or a record's full name. */
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface PrimitiveSchema extends SchemaBase {
  readonly type: PrimitiveType;
}

export interface ArraySchema extends SchemaBase {
  readonly type: 'array';
  /** Null when the elements have no type in common, as in a header's mixed array. */
  readonly items: ConnectSchema | null;
}

export interface MapSchema extends SchemaBase {
  readonly type: 'map';
  readonly keys: ConnectSchema | null;
  readonly values: ConnectSchema | null;
}

/** May contain itself: a recursive record is a cycle of objects. */
export interface StructSchema extends SchemaBase {
  readonly type: 'struct';
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly schema: ConnectSchema;
}

export type ConnectSchema = PrimitiveSchema | ArraySchema | MapSchema | StructSchema;

/** The names of Kafka Connect's own logical types. */
export const LOGICAL = {
  decimal: 'org.apache.kafka.connect.data.Decimal',
  /** int32: days since 1970-01-01. */
  date: 'org.apache.kafka.connect.data.Date',
  /** int32: milliseconds since midnight. */
  time: 'org.apache.kafka.connect.data.Time',
  /** int64: milliseconds since the epoch. */
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
} as const;

/**
 * Moments finer than Connect's Timestamp, which Kafka Connect rounds to milliseconds or gives away as plain integers:
 * int64 microseconds or nanoseconds since the epoch. A date and time without zone is one of Debezium's types instead.
 */
export const INSTANT = {
  micros: 'tributary.time.MicroInstant',
  /** Any protobuf Timestamp is one, so that its values may be beyond 64 bits. */
  nanos: 'tributary.time.NanoInstant',
} as const;

/** The parameter of a Decimal schema that holds its scale. */
export const SCALE_PARAMETER = 'scale';

/** A 64-bit integer as a value: a number when that is exact. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Sets a struct's field. Plain assignment to a field named `__proto__` would set the object's prototype. */
export function setField(struct: Record<string, ConnectValue>, name: string, value: ConnectValue): void {
  if (name === '__proto__') {
    Object.defineProperty(struct, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    struct[name] = value;
  }
}

/** The optional schema of a primitive type. */
export function optionalSchema(type: PrimitiveType): PrimitiveSchema {
  return { type, optional: true };
}
