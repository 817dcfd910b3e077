import protobuf from 'protobufjs';
import { type ConnectValue, integer, type StructSchema } from '../../../core/connect-data.ts';
import { utf8TextOf } from '../../../core/utf8.ts';
import { ByteSink } from '../../row-sink.ts';
import {
  type FieldStep,
  fieldHeads,
  rowTail,
  type Transcode,
  type Transcoder,
  writeUtf8,
  writeValue,
} from '../transcoder.ts';
import { type ProtobufField } from './protobuf-connect.ts';
import { ProtobufCursor, WIRE } from './protobuf-cursor.ts';

type Message = Readonly<Record<string, unknown>>;

interface FieldWriter {
  /** Writes what a message has of it that protobufjs has read. */
  readonly writeOf: (message: Message, to: ByteSink) => void;
  /** For a field with one value, which is read where it lies. */
  readonly direct?: DirectField;
}

interface DirectField {
  readonly number: number;
  readonly wire: number;
  /** Writes the value that the cursor stands at. */
  readonly write: (cursor: ProtobufCursor, to: ByteSink) => void;
}

const NOT_THERE = -1;
const TAG_LIMIT = 2 ** 32;

export interface MessageType {
  readonly type: protobuf.Type;
  readonly schema: StructSchema;
  readonly fields: readonly ProtobufField[];
  /** 64-bit numbers without a sign wrap, as in Java. */
  readonly wraps: boolean;
}

/**
 * What writes the rows of a message type straight from Protobuf's bytes.
 *
 * @param pathLength - of the message's path in front of its data.
 * @returns undefined where fields are required: protobufjs reads no part of such a message.
 */
export function protobufTranscoder(
  { type, schema, fields, wraps }: MessageType,
  pathLength: (memory: Buffer, start: number, end: number) => number,
): Transcoder | undefined {
  if (type.fieldsArray.some(({ required }) => required)) return undefined;
  return {
    schema,
    compile(steps) {
      const writers = fields.map((field, index) => fieldWriter(field, { step: steps[index], wraps }));
      return transcode(type, fieldHeads(fields), writers, pathLength);
    },
  };
}

function transcode(
  type: protobuf.Type,
  heads: readonly Uint8Array[],
  writers: readonly FieldWriter[],
  pathLength: (memory: Buffer, start: number, end: number) => number,
): Transcode {
  const cursor = new ProtobufCursor();
  /** The fields of the message that protobufjs has to read. */
  const rest = new ByteSink();
  const tail = rowTail(heads);
  const absent = type.decode(new Uint8Array()) as unknown as Message;
  const places = new Int32Array(writers.length);
  const indexes = new Map(writers.flatMap(({ direct }, index) => (direct ? [[direct.number, index] as const] : [])));
  const whole = new Set(type.fieldsArray.map(({ id }) => id).filter((number) => !indexes.has(number)));
  return (memory, start, end, to) => {
    cursor.reset(memory, start + pathLength(memory, start, end), end);
    places.fill(NOT_THERE);
    rest.at = 0;
    while (cursor.at < end) {
      const { at } = cursor;
      const tag = cursor.varint();
      if (typeof tag === 'bigint' || tag >= TAG_LIMIT) throw new RangeError(`a field has the tag ${tag}`);
      const wire = tag & 7;
      const number = tag >>> 3;
      const index = indexes.get(number);
      const place = cursor.at;
      cursor.skipValue(wire);
      if (index === undefined) {
        if (number === 0) throw new RangeError('a field has the number 0');
        if (whole.has(number)) rest.bytes(memory.subarray(at, cursor.at));
      } else {
        if (wire !== writers[index]?.direct?.wire) throw new RangeError('a field has the wire type of another');
        // The last one counts, but all have to be read.
        if (places[index] !== NOT_THERE) throw new RangeError('a field is there twice');
        places[index] = place;
      }
    }
    const message = rest.at === 0 ? absent : (type.decode(rest.memory.subarray(0, rest.at)) as unknown as Message);
    for (let index = 0; index < writers.length; index++) {
      to.short(heads[index] as Uint8Array);
      const { direct, writeOf } = writers[index] as FieldWriter;
      const place = places[index] as number;
      if (direct && place !== NOT_THERE) {
        cursor.at = place;
        direct.write(cursor, to);
      } else {
        writeOf(message, to);
      }
    }
    to.short(tail);
  };
}

function fieldWriter(
  { field, read, readValue }: ProtobufField,
  { step, wraps }: { readonly step: FieldStep; readonly wraps: boolean },
): FieldWriter {
  const writeOf: FieldWriter['writeOf'] = (message, to) => writeValue(read(message), step, to);
  const scalar = field && scalarOf(field, wraps);
  if (!scalar) return { writeOf };
  const { wire, read: readScalar } = scalar;
  const readField: Scalar['read'] = field.resolvedType ? (cursor) => readValue(readScalar(cursor)) : readScalar;
  const write: DirectField['write'] =
    field.type === 'string' && !step ? writeString : (cursor, to) => writeValue(readField(cursor), step, to);
  return { writeOf, direct: { number: field.id, wire, write } };
}

function writeString(cursor: ProtobufCursor, to: ByteSink): void {
  const start = cursor.bytes();
  writeUtf8(cursor.memory, start, cursor.at, to, textOf);
}

/** protobufjs refuses what is not UTF-8. */
function textOf(memory: Buffer, start: number, end: number): string {
  const text = utf8TextOf(memory.subarray(start, end));
  if (text === undefined) throw new RangeError('a text is not UTF-8');
  return text;
}

interface Scalar {
  readonly wire: number;
  readonly read: (cursor: ProtobufCursor) => ConnectValue;
}

/** Undefined where a field has several values, or one that is a message. */
function scalarOf(field: protobuf.Field, wraps: boolean): Scalar | undefined {
  const { repeated, map, partOf, resolvedType, type } = field;
  if (repeated || map || (partOf && !partOf.isProto3Optional) || resolvedType instanceof protobuf.Type)
    return undefined;
  return SCALARS.get(resolvedType ? 'int32' : wraps ? (WRAPPED.get(type) ?? type) : type);
}

/** What Java has for numbers without a sign. */
const WRAPPED: ReadonlyMap<string, string> = new Map([
  ['uint64', 'int64'],
  ['fixed64', 'sfixed64'],
]);

const SCALARS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['double', { wire: WIRE.bytes8, read: (cursor) => cursor.double() }],
  ['float', { wire: WIRE.bytes4, read: (cursor) => cursor.float() }],
  ['int32', { wire: WIRE.varint, read: (cursor) => cursor.int32() }],
  ['uint32', { wire: WIRE.varint, read: (cursor) => cursor.int32() >>> 0 }],
  ['sint32', { wire: WIRE.varint, read: (cursor) => zigzag32(cursor.int32()) }],
  ['sfixed32', { wire: WIRE.bytes4, read: (cursor) => cursor.memory.readInt32LE(cursor.skip(4)) }],
  ['fixed32', { wire: WIRE.bytes4, read: (cursor) => cursor.memory.readUInt32LE(cursor.skip(4)) }],
  ['int64', { wire: WIRE.varint, read: (cursor) => cursor.int64() }],
  ['uint64', { wire: WIRE.varint, read: (cursor) => cursor.uint64() }],
  ['sint64', { wire: WIRE.varint, read: (cursor) => cursor.sint64() }],
  ['sfixed64', { wire: WIRE.bytes8, read: (cursor) => integer(cursor.memory.readBigInt64LE(cursor.skip(8))) }],
  ['fixed64', { wire: WIRE.bytes8, read: (cursor) => integer(cursor.memory.readBigUInt64LE(cursor.skip(8))) }],
  ['bool', { wire: WIRE.varint, read: (cursor) => Boolean(cursor.varint()) }],
  [
    'string',
    {
      wire: WIRE.sized,
      read: (cursor) => {
        const start = cursor.bytes();
        return textOf(cursor.memory, start, cursor.at);
      },
    },
  ],
  [
    'bytes',
    {
      wire: WIRE.sized,
      read: (cursor) => {
        const start = cursor.bytes();
        return cursor.memory.subarray(start, cursor.at);
      },
    },
  ],
]);

function zigzag32(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
