import { type ColumnType } from '../../core/column-type.ts';
import { type ConnectSchema, INSTANT, LOGICAL, type PrimitiveType, SCALE_PARAMETER } from '../../core/connect-data.ts';

/** The longest text that every StarRocks stores; STRING is a shorter one. */
export const TEXT: ColumnType = { kind: 'text', length: 1_048_576 };
export const JSON_COLUMN: ColumnType = { kind: 'json' };
const DATE: ColumnType = { kind: 'date' };
export const DATETIME: ColumnType = { kind: 'datetime' };
export const INT: ColumnType = { kind: 'integer', bits: 32 };
export const BIGINT: ColumnType = { kind: 'integer', bits: 64 };
const MOST_DIGITS = 38;

const PRIMITIVES: Readonly<Record<PrimitiveType, ColumnType>> = {
  int8: { kind: 'integer', bits: 8 },
  int16: { kind: 'integer', bits: 16 },
  int32: INT,
  int64: BIGINT,
  float32: { kind: 'float' },
  float64: { kind: 'double' },
  boolean: { kind: 'boolean' },
  string: TEXT,
  // Rows are JSON, which has bytes as their base64 text.
  bytes: TEXT,
};

/** What the rows of these logical types hold, where it is not what their plain type holds. */
const LOGICAL_TYPES: Readonly<Record<string, ColumnType>> = {
  [LOGICAL.date]: DATE,
  [LOGICAL.time]: TEXT,
  [LOGICAL.timestamp]: DATETIME,
  [INSTANT.micros]: DATETIME,
  // DATETIME would refuse each moment that has nanoseconds.
  [INSTANT.nanos]: TEXT,
  'io.debezium.time.Date': DATE,
  'io.debezium.time.Time': TEXT,
  'io.debezium.time.MicroTime': TEXT,
  'io.debezium.time.NanoTime': TEXT,
  'io.debezium.time.Timestamp': DATETIME,
  'io.debezium.time.MicroTimestamp': DATETIME,
  'io.debezium.time.NanoTimestamp': TEXT,
  'io.debezium.time.ZonedTimestamp': DATETIME,
  'io.debezium.time.IsoTimestamp': DATETIME,
  'io.debezium.time.IsoDate': DATE,
  // Each value has a scale of its own.
  'io.debezium.data.VariableScaleDecimal': TEXT,
  'io.debezium.data.Json': JSON_COLUMN,
};

/**
 * The type of column that holds every value of a schema as rows have it (`toRow` with the compatibility `exact`), or
 * as nearly every value as StarRocks has a type for: DECIMAL has 38 digits, and text 1,048,576 bytes.
 */
export function columnTypeOf(schema: ConnectSchema): ColumnType {
  const { name } = schema;
  if (name !== undefined && Object.hasOwn(LOGICAL_TYPES, name)) return LOGICAL_TYPES[name] ?? TEXT;
  if (name === LOGICAL.decimal) return decimalType(schema);
  if (name === 'io.debezium.data.Bits') return bitsType(schema);
  switch (schema.type) {
    case 'array':
      return arrayType(schema.items);
    case 'map':
    case 'struct':
      return JSON_COLUMN;
    default:
      return PRIMITIVES[schema.type];
  }
}

/** What is nested deeper may change its shape in JSON without a change of the table. */
function arrayType(items: ConnectSchema | null): ColumnType {
  const element = items === null ? JSON_COLUMN : columnTypeOf(items);
  return element.kind === 'json' || element.kind === 'array' ? JSON_COLUMN : { kind: 'array', element };
}

function decimalType({ parameters = {} }: ConnectSchema): ColumnType {
  const scale = Number(parameters[SCALE_PARAMETER] ?? 0);
  const precision = parameters['connect.decimal.precision'];
  // Protobuf's decimals say 0, and each has a scale of its own.
  if (precision === undefined && scale === 0) return TEXT;
  const fraction = Math.max(scale, 0);
  // A negative scale stands for zeros before the point.
  const digits = Math.max(precision === undefined ? MOST_DIGITS : Number(precision) - Math.min(scale, 0), fraction);
  return digits > MOST_DIGITS ? TEXT : { kind: 'decimal', precision: digits, scale: fraction };
}

/** Rows have bits as the number that they are. */
function bitsType({ parameters = {} }: ConnectSchema): ColumnType {
  const length = Number(parameters['length'] ?? Number.POSITIVE_INFINITY);
  if (length < 64) return BIGINT;
  return length < 128 ? { kind: 'integer', bits: 128 } : TEXT;
}
