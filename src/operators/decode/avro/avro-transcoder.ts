import type avro from 'avsc';
import { type ConnectValue, type StructSchema } from '../../../core/connect-data.ts';
import { type ByteSink } from '../../row-sink.ts';
import {
  type FieldStep,
  fieldHeads,
  rowTail,
  type Transcode,
  type Transcoder,
  writeUtf8,
  writeValue,
} from '../transcoder.ts';
import { type AvroField } from './avro-connect.ts';
import { AvroCursor } from './avro-cursor.ts';
import { type AvroNode, isNull, isUnion, optionalBranch } from './avro-schema.ts';

type Read = (cursor: AvroCursor) => ConnectValue;
type Write = (cursor: AvroCursor, to: ByteSink) => void;

const NULL = Buffer.from('null');

/**
 * What writes the rows of a record type straight from Avro's bytes.
 *
 * @param type reads the values of fields that are not primitive.
 */
export function avroTranscoder(schema: StructSchema, fields: readonly AvroField[], type: avro.Type): Transcoder {
  const { fields: types } = type as unknown as Pick<avro.types.RecordType, 'fields'>;
  return {
    schema,
    compile(steps) {
      const writes = fields.map((field, index) =>
        writeField(field, steps[index], (types[index] as avro.types.Field).type),
      );
      return transcode(fieldHeads(fields), writes);
    },
  };
}

function transcode(heads: readonly Uint8Array[], writes: readonly Write[]): Transcode {
  const tail = rowTail(heads);
  const cursor = new AvroCursor();
  return (memory, start, end, to) => {
    cursor.reset(memory, start, end);
    for (let index = 0; index < writes.length; index++) {
      to.short(heads[index] as Uint8Array);
      (writes[index] as Write)(cursor, to);
    }
    if (cursor.at !== end) throw new RangeError('there are data behind the record');
    to.short(tail);
  };
}

function writeField(field: AvroField, step: FieldStep, type: avro.Type): Write {
  if (step === undefined) {
    const write = writePlain(field.node);
    if (write) return write;
  }
  const read = readPrimitive(field.node) ?? readAny(type, field);
  return (cursor, to) => writeValue(read(cursor), step, to);
}

/** Texts that go into the row as they are. */
function writePlain(node: AvroNode): Write | undefined {
  if (nameOf(node) === 'string') return writeString;
  const optional = optionalOf(node);
  if (optional === undefined || nameOf(optional.node) !== 'string') return undefined;
  return (cursor, to) => {
    if (isNullNext(cursor, optional)) to.short(NULL);
    else writeString(cursor, to);
  };
}

function writeString(cursor: AvroCursor, to: ByteSink): void {
  const start = cursor.bytes();
  writeUtf8(cursor.memory, start, cursor.at, to, textOf);
}

/** As avsc has it: what is not UTF-8 becomes U+FFFD. */
function textOf(memory: Buffer, start: number, end: number): string {
  return memory.toString('utf8', start, end);
}

function readPrimitive(node: AvroNode): Read | undefined {
  const name = nameOf(node);
  if (name !== undefined) return PRIMITIVES.get(name);
  const optional = optionalOf(node);
  const read = optional && readPrimitive(optional.node);
  return read && ((cursor) => (isNullNext(cursor, optional) ? null : read(cursor)));
}

const PRIMITIVES: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['boolean', (cursor) => cursor.boolean()],
  ['int', (cursor) => cursor.int()],
  ['long', (cursor) => cursor.long()],
  ['float', (cursor) => cursor.float()],
  ['double', (cursor) => cursor.double()],
  [
    'string',
    (cursor) => {
      const start = cursor.bytes();
      return textOf(cursor.memory, start, cursor.at);
    },
  ],
]);

/** Everything else, by avsc. */
function readAny(type: avro.Type, { read, skip }: AvroField): Read {
  return (cursor) => {
    const { at } = cursor;
    skip(cursor);
    return read(type.fromBuffer(cursor.memory.subarray(at, cursor.at)));
  };
}

interface Optional {
  readonly node: AvroNode;
  readonly nullIndex: number;
}

function optionalOf(node: AvroNode): Optional | undefined {
  const branch = isUnion(node) ? optionalBranch(node) : undefined;
  return branch === undefined
    ? undefined
    : { node: branch, nullIndex: isNull((node as readonly AvroNode[])[0] as AvroNode) ? 0 : 1 };
}

function isNullNext(cursor: AvroCursor, { nullIndex }: Optional): boolean {
  const index = cursor.int();
  if (index !== 0 && index !== 1) throw new RangeError(`a union of two has no branch ${index}`);
  return index === nullIndex;
}

/** The name of a primitive type, or of any other that is named; undefined for unions and types in an object of their own. */
function nameOf(node: AvroNode): string | undefined {
  if (typeof node === 'string') return node;
  if (isUnion(node)) return undefined;
  const { type } = node;
  return typeof type === 'string' ? type : nameOf(type);
}
