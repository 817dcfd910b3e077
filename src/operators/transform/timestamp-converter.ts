import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  integer,
  LOGICAL,
  type Struct,
  type StructSchema,
  setField,
} from '../../core/connect-data.ts';
import { NumberText } from '../../core/number-text.ts';
import { DataError, typeName } from '../decode/converter.ts';
import { dateText, dateTimeText, OutOfRangeError, timeText } from '../encode/temporal-text.ts';
import { perSchema } from '../per-schema.ts';
import { readDateFormat } from './date-format-option.ts';
import { javaClass } from './java-class.ts';
import { type SimpleDateFormat } from './simple-date-format.ts';
import {
  asStruct,
  copyOf,
  defaultOf,
  fieldValue,
  member,
  optional,
  requireMap,
  requireStruct,
  structWith,
} from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';
import { type TransformOptions } from './transform-options.ts';

const PURPOSE = 'converting timestamp formats';
const MS_PER_DAY = 86_400_000;
const LAST_MS = 8_640_000_000_000_000;
const FORMS = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const;
type Form = (typeof FORMS)[number];

/** Units in a second. */
const PRECISIONS = { nanoseconds: 10n ** 9n, microseconds: 10n ** 6n, milliseconds: 1000n, seconds: 1n } as const;
const PRECISION_NAMES = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const;
const LONG_END = 2n ** 63n;

interface Conversion {
  readonly target: Form;
  readonly format: SimpleDateFormat | undefined;
  readonly unitsPerSecond: bigint;
  /** The option with the format, as the user writes it. */
  readonly formatKey: string;
}

/** `org.apache.kafka.connect.transforms.TimestampConverter`: a moment in another form, in a field or as the whole. */
export const createTimestampConverter: CreateTransform = (options, side, context) => {
  const name = options.text('field') ?? '';
  const conversion = readConversion(options);
  const nullIsDefault = replacesNulls(options, context);
  const wholeSchema = perSchema((schema: ConnectSchema) => schemaOf(conversion.target, schema.optional));
  const planOf = perSchema((schema: ConnectSchema) => plan(schema, name, conversion, nullIsDefault));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema === null) {
        if (value === null || name === '') return side.with(record, null, convertUntyped(value, conversion));
        const map = requireMap(value, PURPOSE);
        const result = copyOf(map);
        setField(result, name, convertUntyped(member(map, name), conversion));
        return side.with(record, null, result);
      }
      if (name === '') return side.with(record, wholeSchema(schema), convertTyped(schema, value, conversion));
      if (value !== null) requireStruct(schema, value, PURPOSE);
      const { updated, convert } = planOf(schema);
      return side.with(record, updated, value === null ? null : convert(asStruct(value)));
    },
  };
};

interface Plan {
  readonly updated: StructSchema;
  readonly convert: (struct: Struct) => Struct;
}

function plan(schema: ConnectSchema, name: string, conversion: Conversion, nullIsDefault: boolean): Plan {
  const fields: readonly Field[] = schema.type === 'struct' ? schema.fields : [];
  const convert = (struct: Struct): Struct => {
    const result: Record<string, ConnectValue> = {};
    for (const field of fields) {
      const given = fieldValue(struct, field, nullIsDefault);
      setField(result, field.name, field.name === name ? convertTyped(field.schema, given, conversion) : given);
    }
    return result;
  };
  const required = structWith(
    schema,
    fields.map((field) =>
      field.name === name ? { name, schema: schemaOf(conversion.target, field.schema.optional) } : field,
    ),
  );
  const fallback = defaultOf(schema);
  const updated = {
    ...(schema.optional ? optional(required) : required),
    ...(fallback !== null && { default: convert(asStruct(fallback)) }),
  };
  return { updated, convert };
}

function readConversion(options: TransformOptions): Conversion {
  const target = options.oneOf('target.type', FORMS);
  const precision = options.oneOf('unix.precision', PRECISION_NAMES, 'milliseconds');
  const given = options.text('format')?.trim() ?? '';
  if (target === 'string' && given === '') {
    throw options.invalid(
      'format',
      'TimestampConverter requires format option to be specified when using string timestamps',
      'Set it to a pattern such as `yyyy-MM-dd HH:mm:ss.SSS`',
    );
  }
  return {
    target,
    format: given === '' ? undefined : readDateFormat(options, 'format', ''),
    unitsPerSecond: PRECISIONS[precision],
    formatKey: options.fullKey('format'),
  };
}

function schemaOf(form: Form, isOptional: boolean): ConnectSchema {
  switch (form) {
    case 'string':
      return { type: 'string', optional: isOptional };
    case 'unix':
      return { type: 'int64', optional: isOptional };
    case 'Date':
      return { type: 'int32', optional: isOptional, name: LOGICAL.date, version: 1 };
    case 'Time':
      return { type: 'int32', optional: isOptional, name: LOGICAL.time, version: 1 };
    case 'Timestamp':
      return { type: 'int64', optional: isOptional, name: LOGICAL.timestamp, version: 1 };
  }
}

function convertTyped(schema: ConnectSchema, value: ConnectValue, conversion: Conversion): ConnectValue {
  const form = formOf(schema);
  if (value === null) return null;
  const ms = within(form === 'string' || form === 'unix' ? fromText(value, conversion) : fromDate(form, value));
  switch (conversion.target) {
    case 'string':
      return conversion.format?.format(ms) ?? '';
    case 'unix':
      return toUnix(ms, conversion);
    case 'Date':
      return Math.floor(ms / MS_PER_DAY);
    case 'Time':
      return ms - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY;
    case 'Timestamp':
      return ms;
  }
}

/** A value without schema cannot be a date: it becomes the text of one that StarRocks reads. */
function convertUntyped(value: ConnectValue, conversion: Conversion): ConnectValue {
  if (value === null) return null;
  const type = javaClass(null, value);
  if (type !== 'java.lang.Long' && type !== 'java.lang.String') {
    throw new DataError(`TimestampConverter does not support class ${type} objects as timestamps`);
  }
  const ms = within(fromText(value, conversion));
  switch (conversion.target) {
    case 'string':
      return conversion.format?.format(ms) ?? '';
    case 'unix':
      return toUnix(ms, conversion);
    case 'Date':
      return textOf(() => dateText(Math.floor(ms / MS_PER_DAY)));
    case 'Time':
      return timeText(ms - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY, 3);
    case 'Timestamp':
      return textOf(() => dateTimeText(ms, 3));
  }
}

/** @throws DataError for what StarRocks' types cannot hold. */
function textOf(write: () => string): string {
  try {
    return write();
  } catch (error) {
    throw error instanceof OutOfRangeError ? new DataError(error.message, { cause: error }) : error;
  }
}

/** @throws DataError for a moment that Date cannot hold. */
function within(ms: number): number {
  if (Math.abs(ms) <= LAST_MS) return ms;
  throw new DataError(`The moment ${ms} ms after 1970 is too far away for a date`);
}

/** @throws DataError when the schema is none of a moment. */
function formOf(schema: ConnectSchema): Form {
  switch (schema.name) {
    case LOGICAL.timestamp:
      return 'Timestamp';
    case LOGICAL.date:
      return 'Date';
    case LOGICAL.time:
      return 'Time';
    default:
  }
  if (schema.type === 'string') return 'string';
  if (schema.type === 'int64') return 'unix';
  const text = schema.name === undefined ? typeName(schema) : `${schema.name}:${typeName(schema)}`;
  throw new DataError(`Schema Schema{${text}} does not correspond to a known timestamp type format`);
}

function fromDate(form: Form, value: ConnectValue): number {
  return form === 'Date' ? Number(value) * MS_PER_DAY : Number(value);
}

/** Text in the format, or units since the epoch. */
function fromText(value: ConnectValue, { format, unitsPerSecond, formatKey }: Conversion): number {
  if (typeof value !== 'string') return fromUnix(value, unitsPerSecond);
  if (format === undefined)
    throw new DataError(`The timestamp is text (${value}), and \`${formatKey}\` does not say how to read it`);
  const ms = format.parse(value);
  if (ms !== undefined && !Number.isNaN(ms)) return ms;
  throw new DataError(`Could not parse timestamp: value (${value}) does not match pattern (${format.pattern})`);
}

/** Finer units lose what is less than a millisecond, towards zero. */
function fromUnix(value: ConnectValue, unitsPerSecond: bigint): number {
  if (unitsPerSecond === 1000n) return Number(value);
  const units = wholeUnits(value);
  return Number(unitsPerSecond === 1n ? clamped(units * 1000n) : units / (unitsPerSecond / 1000n));
}

function wholeUnits(value: ConnectValue): bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value);
  if (value instanceof NumberText) return BigInt(value.text);
  throw new DataError(`Expected Unix timestamp to be a Long, but found class ${javaClass(null, value)}`);
}

function toUnix(ms: number, { unitsPerSecond }: Conversion): number | bigint {
  if (unitsPerSecond === 1000n) return ms;
  if (unitsPerSecond === 1n) return Math.trunc(ms / 1000);
  return integer(clamped(BigInt(ms) * (unitsPerSecond / 1000n)));
}

/** As Java's TimeUnit: what is beyond 64 bits is their end. */
function clamped(units: bigint): bigint {
  if (units >= LONG_END) return LONG_END - 1n;
  return units < -LONG_END ? -LONG_END : units;
}
