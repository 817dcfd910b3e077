import avro from 'avsc';
import protobuf from 'protobufjs';
import { type RowValue } from './fill-topics.ts';
import { type Format } from './options.ts';
import { rowText } from './rows.ts';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly amount: number;
  readonly city: string;
  readonly ts: number;
  readonly pad: string;
}

/** What a registry keeps of a format, and how a row is written in it, without the schema's id. */
interface Writer {
  readonly schemaType: string;
  readonly schema: string;
  readonly encode: (row: Row) => Uint8Array;
}

const TYPES = { id: 'long', name: 'string', amount: 'double', city: 'string', ts: 'long', pad: 'string' } as const;
const JSON_TYPES = { long: 'integer', double: 'number', string: 'string' } as const;
const PROTOBUF_TYPES = { long: 'int64', double: 'double', string: 'string' } as const;
const LIMIT_MS = 10_000;

/** Registers the schema of the rows for a topic, and returns what writes them as Confluent's serializers do. */
export async function formatWriter(
  format: Format,
  registryUrl: string,
  { topic, rowBytes }: { readonly topic: string; readonly rowBytes: number },
): Promise<RowValue> {
  const { schemaType, schema, encode } = writerOf(format);
  const id = await register(registryUrl, topic, { schemaType, schema });
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return (row, ts) => Buffer.concat([head, encode(JSON.parse(rowText(row, ts, rowBytes)) as Row)]);
}

function writerOf(format: Format): Writer {
  switch (format) {
    case 'avro': {
      const fields = Object.entries(TYPES).map(([name, type]) => ({ name, type }));
      const schema = { type: 'record', name: 'Row', fields } as const;
      const type = avro.Type.forSchema(schema);
      return { schemaType: 'AVRO', schema: JSON.stringify(schema), encode: (row) => type.toBuffer(row) };
    }
    case 'protobuf': {
      const fields = Object.entries(TYPES).map(
        ([name, type], index) => `${PROTOBUF_TYPES[type]} ${name} = ${index + 1};`,
      );
      const schema = `syntax = "proto3"; message Row { ${fields.join(' ')} }`;
      const type = protobuf.parse(schema).root.lookupType('Row');
      // A zero says that it is the first message of its file.
      const first = Buffer.from([0]);
      return {
        schemaType: 'PROTOBUF',
        schema,
        encode: (row) => Buffer.concat([first, type.encode(type.create({ ...row })).finish()]),
      };
    }
    case 'json-schema': {
      const properties = Object.fromEntries(
        Object.entries(TYPES).map(([name, type]) => [name, { type: JSON_TYPES[type] }]),
      );
      const schema = JSON.stringify({ type: 'object', properties });
      return { schemaType: 'JSON', schema, encode: (row) => Buffer.from(JSON.stringify(row)) };
    }
  }
}

async function register(
  registryUrl: string,
  topic: string,
  schema: { readonly schemaType: string; readonly schema: string },
): Promise<number> {
  const response = await fetch(`${registryUrl}/subjects/${topic}-value/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(schema),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!response.ok) throw new Error(`The schema registry answers ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: number }).id;
}
