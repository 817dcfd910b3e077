import { Buffer } from 'node:buffer';
import { type ConnectSchema, type ConnectValue, LOGICAL, type Struct } from '../../src/core/connect-data.ts';
import { Decimal } from '../../src/core/decimal.ts';
import { javaDouble, javaFloat } from '../../src/core/java-number.ts';
import { NumberText } from '../../src/core/number-text.ts';

const MS_PER_DAY = 86_400_000;
const DATES = new Set<string | undefined>([LOGICAL.date, LOGICAL.time, LOGICAL.timestamp]);

/** A Connect value with the type of everything in it, in the form of the recorded vectors. */
export function typedDump(schema: ConnectSchema | null, value: ConnectValue): unknown {
  if (value === null) return null;
  if (schema === null) return schemaless(value);
  if (schema.name === LOGICAL.decimal && value instanceof Decimal) return decimal(value);
  if (DATES.has(schema.name)) {
    const ms = schema.name === LOGICAL.date ? Number(value) * MS_PER_DAY : value;
    return { date: text(ms) };
  }
  switch (schema.type) {
    case 'array':
      return {
        array: (value as readonly ConnectValue[]).map((item) =>
          schema.items ? typedDump(schema.items, item) : untypedItem(item),
        ),
      };
    case 'map':
      return {
        map: [...(value as ReadonlyMap<ConnectValue, ConnectValue>)].map(([key, member]) => [
          typedDump(schema.keys, key),
          typedDump(schema.values, member),
        ]),
      };
    case 'struct': {
      const struct = value as Struct;
      return {
        struct: Object.fromEntries(
          schema.fields.map((field) => [field.name, typedDump(field.schema, struct[field.name] ?? null)]),
        ),
      };
    }
    case 'bytes':
      return { bytes: Buffer.from(value as Uint8Array).toString('base64') };
    case 'boolean':
    case 'string':
      return { [schema.type]: value };
    case 'float32':
      return { float32: javaFloat(value as number) };
    case 'float64':
      return { float64: javaDouble(value as number) };
    default:
      return { [schema.type]: text(value) };
  }
}

/** A schema as the vectors write it: nothing that is absent, defaults typed. */
export function schemaDump(schema: ConnectSchema | null): unknown {
  if (schema === null) return null;
  const { type, optional, name, version, parameters } = schema;
  return {
    type,
    optional,
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(parameters && Object.keys(parameters).length > 0 && { parameters }),
    ...(schema.default !== undefined && schema.default !== null && { default: typedDump(schema, schema.default) }),
    ...(schema.type === 'array' && { items: schemaDump(schema.items) }),
    ...(schema.type === 'map' && { keys: schemaDump(schema.keys), values: schemaDump(schema.values) }),
    ...(schema.type === 'struct' && {
      fields: schema.fields.map((field) => ({ field: field.name, schema: schemaDump(field.schema) })),
    }),
  };
}

/** Of an array whose elements have no type in common, which only headers have: there Java has the smallest that fits. */
function untypedItem(value: ConnectValue): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value)) return value === null ? null : schemaless(value);
  const bits = [8, 16, 32].find((width) => BigInt.asIntN(width, BigInt(value)) === BigInt(value)) ?? 64;
  return { [`int${bits}`]: text(value) };
}

function schemaless(value: ConnectValue): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return { array: (value as readonly ConnectValue[]).map((item) => schemaless(item)) };
  if (value instanceof NumberText) return digits(value.text);
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? { int64: text(value) } : { float64: javaDouble(value) };
    case 'bigint':
      return { int64: text(value) };
    case 'object':
      return { map: Object.entries(value as Struct).map(([key, member]) => [{ string: key }, schemaless(member)]) };
    default:
      return { [typeof value]: value };
  }
}

/** Digits that a 64-bit integer or a double has exactly are one; others have no Java counterpart. */
function digits(written: string): unknown {
  if (/^-?\d+$/.test(written))
    return BigInt.asIntN(64, BigInt(written)) === BigInt(written) ? { int64: written } : { digits: written };
  const double = Number(written);
  const same = Number.isFinite(double) && sameDecimal(written, String(double));
  return same ? { float64: javaDouble(double) } : { digits: written };
}

function sameDecimal(a: string, b: string): boolean {
  const [x, y] = [Decimal.parse(a), Decimal.parse(b)];
  if (!x || !y) return false;
  const scale = Math.max(x.scale, y.scale);
  return x.unscaled * 10n ** BigInt(scale - x.scale) === y.unscaled * 10n ** BigInt(scale - y.scale);
}

function decimal({ unscaled, scale }: Decimal): unknown {
  return { decimal: `${unscaled}e-${scale}` };
}

function text(value: unknown): string {
  return String(value);
}
