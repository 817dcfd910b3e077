import { type ConnectSchema, type ConnectValue, LOGICAL } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { NumberText } from '../../core/number-text.ts';

const CLASSES: Readonly<Record<ConnectSchema['type'], string>> = {
  int8: 'java.lang.Byte',
  int16: 'java.lang.Short',
  int32: 'java.lang.Integer',
  int64: 'java.lang.Long',
  float32: 'java.lang.Float',
  float64: 'java.lang.Double',
  boolean: 'java.lang.Boolean',
  string: 'java.lang.String',
  bytes: '[B',
  array: 'java.util.ArrayList',
  map: 'java.util.HashMap',
  struct: 'org.apache.kafka.connect.data.Struct',
};

const DATES: readonly (string | undefined)[] = [LOGICAL.date, LOGICAL.time, LOGICAL.timestamp];

/** The name of the class that Kafka Connect has for a value, as its messages say it; `null` for null. */
export function javaClass(schema: ConnectSchema | null, value: ConnectValue): string {
  if (value === null) return 'null';
  if (value instanceof Decimal) return 'java.math.BigDecimal';
  if (schema !== null) return DATES.includes(schema.name) ? 'java.util.Date' : CLASSES[schema.type];
  return CLASSES[typeWithoutSchema(value)];
}

/** What a value without schema is: its numbers are 64 bits wide, with or without a fraction. */
export function typeWithoutSchema(value: Exclude<ConnectValue, null>): ConnectSchema['type'] {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int64';
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'float64';
    default:
  }
  if (value instanceof NumberText) return /^-?\d+$/.test(value.text) ? 'int64' : 'float64';
  if (value instanceof Uint8Array || value instanceof Decimal) return 'bytes';
  return Array.isArray(value) ? 'array' : 'map';
}
