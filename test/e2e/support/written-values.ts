import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import protobuf from 'protobufjs';

/** A row that every format can hold. */
export interface FormatRow {
  readonly id: number;
  readonly name: string;
  readonly ok: boolean;
  readonly note: string | null;
}

/** Writes values as another program would, with a well-known library. */
export type WriteValue = (row: FormatRow) => Promise<Buffer>;

const AVRO = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'ok', type: 'boolean' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
};

const PROTOBUF =
  'syntax = "proto3"; package shop; message Order { int64 id = 1; string name = 2; bool ok = 3; optional string note = 4; }';

const JSON_SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    ok: { type: 'boolean' },
    note: { type: ['string', 'null'] },
  },
};

const CONNECT_SCHEMA = {
  type: 'struct',
  optional: false,
  fields: [
    { field: 'id', type: 'int64', optional: false },
    { field: 'name', type: 'string', optional: false },
    { field: 'ok', type: 'boolean', optional: false },
    { field: 'note', type: 'string', optional: true, default: 'a default that must not be loaded' },
  ],
};

export async function avroWriter(registryUrl: string, topic: string, schema: object = AVRO): Promise<WriteValue> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const text = JSON.stringify(schema);
  const { id } = await registry.register({ type: SchemaType.AVRO, schema: text }, { subject: `${topic}-value` });
  return (row) => registry.encode(id, row);
}

/** The Avro schema with a field more. */
export const AVRO_NEXT = {
  ...AVRO,
  fields: [...AVRO.fields, { name: 'extra', type: ['null', 'int'], default: null }],
};

export async function jsonSchemaWriter(registryUrl: string, topic: string): Promise<WriteValue> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const schema = JSON.stringify(JSON_SCHEMA);
  const { id } = await registry.register({ type: SchemaType.JSON, schema }, { subject: `${topic}-value` });
  return (row) => registry.encode(id, row);
}

export async function protobufWriter(registryUrl: string, topic: string): Promise<WriteValue> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const { id } = await registry.register(
    { type: SchemaType.PROTOBUF, schema: PROTOBUF },
    { subject: `${topic}-value` },
  );
  const type = protobuf.parse(PROTOBUF).root.lookupType('shop.Order');
  // That library leaves out the indexes of the message, which all of Confluent's write: a zero for the first one.
  const head = Buffer.alloc(6);
  head.writeInt32BE(id, 1);
  return ({ note, ...row }) => {
    const message = type.fromObject(note === null ? row : { ...row, note });
    return Promise.resolve(Buffer.concat([head, type.encode(message).finish()]));
  };
}

export const jsonWithSchema: WriteValue = (row) =>
  Promise.resolve(Buffer.from(JSON.stringify({ schema: CONNECT_SCHEMA, payload: row })));

export const jsonText: WriteValue = (row) => Promise.resolve(Buffer.from(JSON.stringify(row)));
