import protobuf from 'protobufjs';
import {
  type ConnectSchema,
  type ConnectValue,
  INSTANT,
  integer,
  LOGICAL,
  type PrimitiveType,
  SCALE_PARAMETER,
  type StructSchema,
  setField,
} from '../../../core/connect-data.ts';
import { Decimal } from '../../../core/decimal.ts';
import { jsonText } from '../../json/write-json.ts';
import { type ProtobufConnectOptions } from './protobuf-connect-options.ts';
import { JSON_MESSAGES } from './struct-value.ts';

const PREFIX = 'io.confluent.connect.protobuf';
const TAG = `${PREFIX}.Tag`;
const SCALARS: Readonly<Record<string, PrimitiveType>> = {
  double: 'float64',
  float: 'float32',
  int32: 'int32',
  sint32: 'int32',
  sfixed32: 'int32',
  uint32: 'int64',
  fixed32: 'int64',
  int64: 'int64',
  sint64: 'int64',
  sfixed64: 'int64',
  uint64: 'int64',
  fixed64: 'int64',
  bool: 'boolean',
  string: 'string',
  bytes: 'bytes',
};
const LONGS = new Set(['int64', 'sint64', 'sfixed64', 'uint64', 'fixed64']);
const WRAPPERS = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (name) => `.google.protobuf.${name}Value`,
  ),
);
const HIGH_SAFE = 2 ** 21;
const MS_PER_DAY = 86_400_000;
const NO_BYTES = new Uint8Array();

/** A Connect schema, and how its values are made of what protobufjs decodes. */
export interface CompiledProtobuf {
  readonly schema: ConnectSchema;
  readonly read: (value: unknown) => ConnectValue;
}

/** The same of a message type. */
export interface CompiledMessage extends CompiledProtobuf {
  readonly schema: StructSchema;
  /** In the schema's order. */
  readonly fields: readonly ProtobufField[];
}

type Message = Readonly<Record<string, unknown>>;

/** One field of a struct: how it is made of the message. */
export interface ProtobufField {
  readonly name: string;
  readonly schema: ConnectSchema;
  readonly read: (message: Message) => ConnectValue;
  /** The message's field that it is; undefined for a struct of several. */
  readonly field: protobuf.Field | undefined;
  /** Makes it of the field's value. */
  readonly readValue: (value: unknown) => ConnectValue;
}

/** Turns Protobuf messages into Connect's structs, as Confluent's ProtobufData does. */
export class ProtobufCompiler {
  readonly #options: ProtobufConnectOptions;
  readonly #messages = new Map<protobuf.Type, CompiledMessage>();

  constructor(options: ProtobufConnectOptions) {
    this.#options = options;
  }

  message(type: protobuf.Type): CompiledMessage {
    const known = this.#messages.get(type);
    if (known) return known;
    const fields: { name: string; schema: ConnectSchema }[] = [];
    const steps: ProtobufField[] = [];
    const compiled: CompiledMessage = {
      schema: { type: 'struct', optional: false, name: this.#nameOf(type), fields },
      read: (message) => readStruct(steps, message as Message),
      fields: steps,
    };
    // Before its fields, which may contain it.
    this.#messages.set(type, compiled);
    const unions = this.#options.flattenUnions
      ? []
      : type.oneofsArray.filter(({ isProto3Optional }) => !isProto3Optional);
    unions.forEach((union, index) => steps.push(this.#union(union, index)));
    const own = type.fieldsArray.filter(({ partOf }) => !partOf || !unions.includes(partOf));
    for (const field of own) steps.push(this.#field(field));
    for (const { name, schema } of steps) fields.push({ name, schema });
    return compiled;
  }

  /** A struct with a field for each possibility, of which one is not null. */
  #union(union: protobuf.OneOf, index: number): ProtobufField {
    const members = union.fieldsArray.map((field) => this.#field(field));
    const isSet = (message: Message): boolean => union.fieldsArray.some(({ name }) => Object.hasOwn(message, name));
    const read = (message: Message): ConnectValue => (isSet(message) ? readStruct(members, message) : null);
    return {
      field: undefined,
      read,
      readValue: (message) => read(message as Message),
      name: this.#options.indexForUnions ? `${union.name}_${index}` : union.name,
      schema: {
        type: 'struct',
        optional: true,
        name: `${PREFIX}.Union.${union.name}`,
        fields: members.map(({ name, schema }) => ({ name, schema: { ...schema, optional: true } })),
      },
    };
  }

  #field(field: protobuf.Field): ProtobufField {
    const { name } = field;
    const { schema, read } = this.#fieldType(field);
    const optional = this.#isOptional(field, schema.optional);
    const tagged: ConnectSchema = {
      ...schema,
      optional,
      parameters: { ...schema.parameters, [TAG]: String(field.id) },
    };
    const present = field.hasPresence || field.resolvedType instanceof protobuf.Type;
    return {
      name,
      schema: tagged,
      field,
      readValue: read,
      read:
        present && !field.repeated && !field.map
          ? (message) => (Object.hasOwn(message, name) ? read(message[name]) : null)
          : (message) => read(message[name]),
    };
  }

  #isOptional(field: protobuf.Field, wrapped: boolean): boolean {
    if (!this.#options.optionalForNullables) return true;
    return wrapped || field.partOf !== null;
  }

  #fieldType(field: protobuf.Field): CompiledProtobuf {
    const item = this.#valueType(field);
    if (field instanceof protobuf.MapField) {
      const key = keyReader(field.keyType);
      const keys: ConnectSchema = { type: SCALARS[field.keyType] ?? 'string', optional: false };
      return {
        schema: { type: 'map', optional: false, keys, values: item.schema },
        read: (value) => new Map(Object.entries(value as object).map(([k, member]) => [key(k), item.read(member)])),
      };
    }
    if (!field.repeated) return item;
    return {
      schema: { type: 'array', optional: false, items: { ...item.schema, optional: true } },
      read: (value) => (value as readonly unknown[]).map(item.read),
    };
  }

  #valueType({ type, resolvedType }: protobuf.Field): CompiledProtobuf {
    if (resolvedType instanceof protobuf.Enum) return this.#enum(resolvedType);
    if (resolvedType instanceof protobuf.Type) return this.#wellKnown(resolvedType) ?? this.message(resolvedType);
    return { schema: { type: SCALARS[type] ?? 'string', optional: false }, read: this.#scalarReader(type) };
  }

  #scalarReader(type: string): (value: unknown) => ConnectValue {
    if (type === 'bytes') return bytesOf;
    if (!LONGS.has(type)) return (value) => value as ConnectValue;
    const signed = this.#options.compatibility === 'java';
    return (value) => longValue(value as protobuf.Long, signed);
  }

  #enum(type: protobuf.Enum): CompiledProtobuf {
    const symbols = Object.entries(type.values).map(([symbol, number]) => [`${PREFIX}.Enum.${symbol}`, String(number)]);
    const schema: ConnectSchema = {
      type: this.#options.intForEnums ? 'int32' : 'string',
      // Whatever optional.for.nullables says.
      optional: true,
      name: this.#nameOf(type),
      parameters: { [`${PREFIX}.Enum`]: type.name, ...(Object.fromEntries(symbols) as Record<string, string>) },
    };
    if (this.#options.intForEnums) return { schema, read: (value) => value as number };
    return {
      schema,
      read: (value) => type.valuesById[value as number] ?? `UNKNOWN_ENUM_VALUE_${type.name}_${String(value)}`,
    };
  }

  #wellKnown(type: protobuf.Type): CompiledProtobuf | undefined {
    if (WRAPPERS.has(type.fullName) && this.#options.unwrap) {
      const inner = this.#valueType(type.fields['value'] as protobuf.Field);
      return { schema: { ...inner.schema, optional: true }, read: (value) => inner.read((value as Message)['value']) };
    }
    const toJson = this.#options.compatibility === 'exact' ? JSON_MESSAGES.get(type.fullName) : undefined;
    if (toJson) {
      const schema: ConnectSchema = { type: 'string', optional: true, name: 'io.debezium.data.Json' };
      return { schema, read: (value) => jsonText(toJson(value)) ?? null };
    }
    switch (type.fullName) {
      case '.google.protobuf.Timestamp':
        return this.#timestamp();
      case '.google.type.Date':
        return { schema: logical('int32', LOGICAL.date), read: (value) => daysOf(value as DateMessage) };
      case '.google.type.TimeOfDay':
        return this.#timeOfDay();
      case '.confluent.type.Decimal':
        return this.#decimal();
      default:
        return undefined;
    }
  }

  #timestamp(): CompiledProtobuf {
    const parts = (value: unknown): [seconds: bigint, nanos: number] => {
      const { seconds, nanos } = value as { readonly seconds: protobuf.Long; readonly nanos: number };
      return [BigInt(longValue(seconds, true)), nanos];
    };
    if (this.#options.compatibility === 'java') {
      const read = (value: unknown): ConnectValue => {
        const [seconds, nanos] = parts(value);
        return integer(seconds * 1000n + BigInt(Math.trunc(nanos / 1e6)));
      };
      return { schema: logical('int64', LOGICAL.timestamp), read };
    }
    return {
      schema: { type: 'int64', optional: false, name: INSTANT.nanos },
      read: (value) => {
        const [seconds, nanos] = parts(value);
        return integer(seconds * 1_000_000_000n + BigInt(nanos));
      },
    };
  }

  #timeOfDay(): CompiledProtobuf {
    const seconds = ({ hours, minutes, seconds: rest }: TimeMessage): number => (hours * 60 + minutes) * 60 + rest;
    if (this.#options.compatibility === 'java') {
      const read = (value: unknown): ConnectValue => {
        const time = value as TimeMessage;
        return seconds(time) * 1_000 + Math.trunc(time.nanos / 1e6);
      };
      return { schema: logical('int32', LOGICAL.time), read };
    }
    return {
      schema: { type: 'int64', optional: false, name: 'io.debezium.time.NanoTime' },
      read: (value) => seconds(value as TimeMessage) * 1e9 + (value as TimeMessage).nanos,
    };
  }

  /** Each value brings its scale; the schema has none to promise. */
  #decimal(): CompiledProtobuf {
    return {
      schema: { ...logical('bytes', LOGICAL.decimal), parameters: { [SCALE_PARAMETER]: '0' } },
      read: (value) => {
        const { value: unscaled, scale } = value as { readonly value: unknown; readonly scale: number };
        return Decimal.fromBytes(bytesOf(unscaled), scale);
      },
    };
  }

  #nameOf(type: protobuf.Type | protobuf.Enum): string {
    return this.#options.enhanced ? type.fullName.slice(1) : type.name;
  }
}

interface DateMessage {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface TimeMessage {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly nanos: number;
}

function readStruct(steps: readonly ProtobufField[], message: Message): ConnectValue {
  const struct: Record<string, ConnectValue> = {};
  for (const { name, read } of steps) setField(struct, name, read(message));
  return struct;
}

/** protobufjs has an array where a message brings no bytes. */
function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : NO_BYTES;
}

function logical(type: PrimitiveType, name: string): ConnectSchema {
  return { type, optional: false, name, version: 1 };
}

function daysOf({ year, month, day }: DateMessage): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / MS_PER_DAY;
}

/** A number when that is exact; unsigned 64 bits as they are, unless they shall wrap as in Java. */
function longValue(value: protobuf.Long, signed: boolean): number | bigint {
  const { low, high, unsigned } = value;
  if (high >= 0 ? high < HIGH_SAFE : !unsigned && high >= -HIGH_SAFE) return high * 2 ** 32 + (low >>> 0);
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return integer(unsigned && !signed ? bits : BigInt.asIntN(64, bits));
}

/** protobufjs has 64-bit keys of maps as 8 characters of their bytes. */
function keyReader(type: string): (key: string) => ConnectValue {
  if (type === 'string') return (key) => key;
  if (type === 'bool') return (key) => key === 'true';
  if (!LONGS.has(type)) return Number;
  const unsigned = type === 'uint64' || type === 'fixed64';
  return (key) => longValue(protobuf.util.LongBits.fromHash(key).toLong(unsigned), false);
}
