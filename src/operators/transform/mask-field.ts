import { type ConnectSchema, type ConnectValue, integer, setField } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { DataError } from '../decode/converter.ts';
import { javaClass } from './java-class.ts';
import { asStruct, copyOf, fieldValue, member, requireMap, requireStruct } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';

const PURPOSE = 'mask fields';
const BITS: Readonly<Record<string, number>> = {
  'java.lang.Byte': 8,
  'java.lang.Short': 16,
  'java.lang.Integer': 32,
  'java.lang.Long': 64,
};
const MEANINGLESS: Readonly<Record<string, ConnectValue>> = {
  'java.lang.Boolean': false,
  'java.lang.Byte': 0,
  'java.lang.Short': 0,
  'java.lang.Integer': 0,
  'java.lang.Long': 0,
  'java.lang.Float': 0,
  'java.lang.Double': 0,
  'java.math.BigDecimal': new Decimal(0n, 0),
  'java.util.Date': 0,
  'java.lang.String': '',
};

/** `org.apache.kafka.connect.transforms.MaskField`: fields that say nothing any more, or all the same. */
export const createMaskField: CreateTransform = (options, side, context) => {
  const fields = new Set(options.requiredList('fields'));
  const replacement = options.text('replacement');
  if (replacement?.trim() === '') throw options.invalid('replacement', 'String must be non-empty');
  const nullIsDefault = replacesNulls(options, context);
  const mask = (schema: ConnectSchema | null, value: ConnectValue): ConnectValue => {
    if (value === null) return null;
    return replacement === undefined ? meaningless(schema, value) : replaced(schema, value, replacement);
  };
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema === null) {
        const map = requireMap(value, PURPOSE);
        const result = copyOf(map);
        for (const name of fields) setField(result, name, mask(null, member(map, name)));
        return side.with(record, null, result);
      }
      requireStruct(schema, value, PURPOSE);
      const struct = asStruct(value);
      const result: Record<string, ConnectValue> = {};
      for (const field of schema.fields) {
        const given = fieldValue(struct, field, nullIsDefault);
        setField(result, field.name, fields.has(field.name) ? mask(field.schema, given) : given);
      }
      return side.with(record, schema, result);
    },
  };
};

function meaningless(schema: ConnectSchema | null, value: ConnectValue): ConnectValue {
  const name = javaClass(schema, value);
  const masked = MEANINGLESS[name];
  if (masked !== undefined) return masked;
  if (name === 'java.util.ArrayList') return [];
  if (name === 'java.util.HashMap') return schema === null ? {} : new Map();
  throw new DataError(`Cannot mask value of type: class ${name}`);
}

function replaced(schema: ConnectSchema | null, value: ConnectValue, replacement: string): ConnectValue {
  const name = javaClass(schema, value);
  switch (name) {
    case 'java.lang.String':
      return replacement;
    case 'java.lang.Float':
      return Math.fround(number(replacement));
    case 'java.lang.Double':
      return number(replacement);
    case 'java.math.BigDecimal':
      return decimal(replacement, 'number');
    default:
  }
  const bits = BITS[name];
  if (bits !== undefined) return whole(replacement, bits);
  throw new DataError(`Cannot mask value of type class ${name} with custom replacement.`);
}

/** A fraction is cut off, and what does not fit into the type. */
function whole(text: string, bits: number): ConnectValue {
  const { unscaled, scale } = decimal(text, 'a number');
  const found = scale > 0 ? unscaled / 10n ** BigInt(scale) : unscaled * 10n ** BigInt(-scale);
  return integer(BigInt.asIntN(bits, found));
}

function number(text: string): number {
  return Number(decimal(text, 'a number'));
}

/** @param what - how Kafka Connect calls it when it isn't one. */
function decimal(text: string, what: string): Decimal {
  const found = Decimal.parse(text);
  if (found !== undefined) return found;
  throw new DataError(`Unable to convert ${text} (class java.lang.String) to ${what}`);
}
