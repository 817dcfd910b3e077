import avro from 'avsc';
import protobuf from 'protobufjs';
import { type Cell, COLUMN_NAMES, type ColumnName, fieldOf, type Outcome } from './columns.ts';
import { cellsOf } from './json-sources.ts';
import * as is from './outcomes.ts';
import { registeredHead } from './registered-head.ts';

/** avsc refuses longs beyond 2^53 unless somebody writes them. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint | number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isInteger(value),
  compare: (one: bigint, two: bigint) => (one < two ? -1 : one > two ? 1 : 0),
});

/** A schema as JSON. */
type AvroType = string | readonly AvroType[] | AvroObject;
interface AvroObject {
  readonly type: string;
  readonly name?: string;
  readonly [property: string]: unknown;
}

const logical = (type: string, logicalType: string): AvroType => ({ type, logicalType });
const debezium = (type: string, name: string): AvroType => ({ type, 'connect.name': name });

const AVRO: readonly (readonly [name: string, type: AvroType, value: unknown, outcome: Outcome])[] = [
  ['int', 'int', 7, is.SEVEN],
  ['long', 'long', 9_007_199_254_740_993n, is.BEYOND_DOUBLE],
  ['float', 'float', 1.5, is.ONE_AND_A_HALF],
  ['double', 'double', 1.5, is.ONE_AND_A_HALF],
  ['boolean', 'boolean', true, is.TRUE],
  ['string', 'string', 'a "b" 東', is.TEXT],
  ['bytes', 'bytes', Buffer.from('deadbeef', 'hex'), is.BYTES],
  ['fixed', { type: 'fixed', name: 'Four', size: 4 }, Buffer.from('deadbeef', 'hex'), is.BYTES],
  ['enum', { type: 'enum', name: 'Unit', symbols: ['true', 'no'] }, 'true', is.TEXT_TRUE],
  ['int8 (connect.type)', { type: 'int', 'connect.type': 'int8' }, 7, is.SEVEN],
  [
    'decimal of bytes',
    { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    Buffer.from('04e2', 'hex'),
    is.PRICE,
  ],
  [
    'decimal of fixed',
    { type: 'fixed', name: 'Price', size: 4, logicalType: 'decimal', precision: 9, scale: 2 },
    Buffer.from('000004e2', 'hex'),
    is.PRICE,
  ],
  ['date', logical('int', 'date'), 19_844, is.DATE],
  ['time-millis', logical('int', 'time-millis'), 36_672_013, is.TIME_MS],
  ['time-micros', logical('long', 'time-micros'), 36_672_013_014n, is.TIME_MICROS],
  ['timestamp-millis', logical('long', 'timestamp-millis'), 1_714_582_980_500n, is.MOMENT],
  ['timestamp-micros', logical('long', 'timestamp-micros'), 1_714_582_980_500_001n, is.MOMENT_MICROS],
  ['timestamp-nanos', logical('long', 'timestamp-nanos'), 1_714_582_980_500_001_002n, is.MOMENT_NANOS],
  ['local-timestamp-millis', logical('long', 'local-timestamp-millis'), 1_714_582_980_500n, is.MOMENT],
  ['local-timestamp-micros', logical('long', 'local-timestamp-micros'), 1_714_582_980_500_001n, is.MOMENT_MICROS],
  ['local-timestamp-nanos', logical('long', 'local-timestamp-nanos'), 1_714_582_980_500_001_002n, is.MOMENT_NANOS],
  ['uuid', logical('string', 'uuid'), '6f1ed002-ab5b-4c47-8a50-3f6f0b1d2c3e', is.UUID],
  [
    'io.debezium.time.MicroTimestamp',
    debezium('long', 'io.debezium.time.MicroTimestamp'),
    1_714_582_980_500_001n,
    is.MOMENT_MICROS,
  ],
  [
    'io.debezium.time.ZonedTimestamp',
    debezium('string', 'io.debezium.time.ZonedTimestamp'),
    '2024-05-01T17:03:00.5Z',
    is.MOMENT,
  ],
  ['array', { type: 'array', items: 'int' }, [1, 2], is.NUMBERS],
  ['array of long', { type: 'array', items: 'long' }, [1n, 4_294_967_296n], is.LONG_NUMBERS],
  ['map', { type: 'map', values: 'int' }, { k: 1 }, is.MAP],
  [
    'record',
    {
      type: 'record',
      name: 'Pair',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'string' },
      ],
    },
    { a: 1, b: 'x' },
    is.STRUCT,
  ],
  [
    'union of int and string, the int',
    ['int', 'string'],
    { int: 7 },
    {
      varchar: '{"int":7,"string":null}',
      string: '{"int":7,"string":null}',
      json: '{"int": 7, "string": null}',
      varbinary: '{"int":7,"string":null}',
    },
  ],
];

export async function avroCells(url: string, topic: string): Promise<Cell[]> {
  const cells = await Promise.all(
    AVRO.map(async ([name, type, value, outcome], index) => {
      const row = (of: (column: ColumnName) => AvroType): object => ({
        type: 'record',
        name: `Row${index}`,
        fields: [
          { name: 'id', type: 'long' },
          ...COLUMN_NAMES.map((column) => ({ name: fieldOf(column), type: of(column), default: null })),
        ],
      });
      const schema = JSON.stringify(row((column) => optional(type, column)));
      const before = await registeredHead(url, 'AVRO', schema, `${topic}-${index}`);
      const written = JSON.stringify(row((column) => optional(literal(type), column)));
      const writer = avro.Type.forSchema(JSON.parse(written) as avro.Schema, {
        registry: { long: LONG },
        wrapUnions: Array.isArray(type),
      });
      return cellsOf(name, outcome, (id, column) =>
        Buffer.concat([before, writer.toBuffer({ id, ...nulls(column), [fieldOf(column)]: value })]),
      );
    }),
  );
  return cells.flat();
}

/** Or null. A type that has a name is defined where it comes first, and then called by it. */
function optional(type: AvroType, column: ColumnName): AvroType {
  if (typeof type === 'string') return ['null', type];
  if (isUnion(type)) return ['null', ...type];
  return ['null', column === COLUMN_NAMES[0] ? type : (type.name ?? type)];
}

/** Logical types are for readers; a writer here gives the literal. */
function literal(type: AvroType): AvroType {
  return typeof type === 'object' && !isUnion(type) && /^(int|long|string|bytes)$/.test(type.type) ? type.type : type;
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function nulls(but: ColumnName): Record<string, null> {
  return Object.fromEntries(COLUMN_NAMES.filter((name) => name !== but).map((name) => [fieldOf(name), null]));
}

type ProtobufSource = readonly [
  name: string,
  /** The declaration of a field, such as `optional int32`. */
  declaration: string,
  value: unknown,
  outcome: Outcome,
];

const FOUR_BYTES = Buffer.from('deadbeef', 'hex');

const PROTOBUF: readonly ProtobufSource[] = [
  ...['int32', 'sint32', 'sfixed32', 'uint32', 'fixed32', 'int64', 'sint64', 'uint64'].map(
    (type): ProtobufSource => [type, `optional ${type}`, 7, is.SEVEN],
  ),
  ['sfixed64', 'optional sfixed64', '9007199254740993', is.BEYOND_DOUBLE],
  ['fixed64', 'optional fixed64', '18446744073709551615', is.UNSIGNED_LONG],
  ['float', 'optional float', 1.5, is.ONE_AND_A_HALF],
  ['double', 'optional double', 1.5, is.ONE_AND_A_HALF],
  ['bool', 'optional bool', true, is.TRUE],
  ['string', 'optional string', 'a "b" 東', is.TEXT],
  ['bytes', 'optional bytes', FOUR_BYTES, is.BYTES],
  ['enum', 'optional Unit', 1, { varchar: 'KILO', char: 'KILO', string: 'KILO', json: '"KILO"', varbinary: 'KILO' }],
  ['message', 'Pair', { a: 1, b: 'x' }, is.STRUCT],
  ['repeated', 'repeated int32', [1, 2], is.NUMBERS],
  ['map', 'map<string, int32>', { k: 1 }, is.MAP],
  ['map of integers', 'map<int32, int32>', { 1: 2 }, is.INT_MAP],
  ['Timestamp', 'google.protobuf.Timestamp', { seconds: 1_714_582_980, nanos: 500_001_000 }, is.MOMENT_MICROS],
  [
    'Timestamp of nanoseconds',
    'google.protobuf.Timestamp',
    { seconds: 1_714_582_980, nanos: 500_001_002 },
    is.MOMENT_NANOS,
  ],
  ['Struct', 'google.protobuf.Struct', { fields: { k: { numberValue: 1 } } }, is.MAP],
  ['Int64Value', 'google.protobuf.Int64Value', { value: 7 }, is.SEVEN],
  ['google.type.Date', 'google.type.Date', { year: 2024, month: 5, day: 1 }, is.DATE],
  ['google.type.TimeOfDay', 'google.type.TimeOfDay', { hours: 10, minutes: 11, seconds: 12 }, is.TIME],
  [
    'confluent.type.Decimal',
    'confluent.type.Decimal',
    { value: Buffer.from('04e2', 'hex'), precision: 10, scale: 2 },
    is.PRICE,
  ],
];

/** Files that a schema imports, by the packages of their types. */
const IMPORTS: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'google/protobuf/timestamp.proto',
  'google.protobuf.Struct': 'google/protobuf/struct.proto',
  'google.protobuf.Int64Value': 'google/protobuf/wrappers.proto',
  'google.type.Date': 'google/type/date.proto',
  'google.type.TimeOfDay': 'google/type/timeofday.proto',
  'confluent.type.Decimal': 'confluent/type/decimal.proto',
};

/** Those that the writer's library doesn't bring along. */
const IMPORTED = [
  `syntax = "proto3"; package google.type;
   message Date { int32 year = 1; int32 month = 2; int32 day = 3; }
   message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  `syntax = "proto3"; package confluent.type;
   message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
];
const COMMON = ['timestamp', 'struct', 'wrappers'];

interface ProtobufWriter {
  /** What stands before each message: a zero, the schema's id, and a zero for the first message of the file. */
  readonly head: Buffer;
  readonly type: protobuf.Type;
}

async function protobufWriter(
  url: string,
  subject: string,
  declaration: string,
  columns: readonly ColumnName[],
): Promise<ProtobufWriter> {
  const file = IMPORTS[declaration];
  const fields = columns.map((column) => `${declaration} ${fieldOf(column)} = ${COLUMN_NAMES.indexOf(column) + 2};`);
  const schema = `syntax = "proto3"; package shop; ${file === undefined ? '' : `import "${file}";`}
    message Row { int64 id = 1; ${fields.join(' ')} }
    message Pair { int32 a = 1; string b = 2; }
    enum Unit { ONE = 0; KILO = 1; }`;
  const root = new protobuf.Root();
  for (const name of COMMON) root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  for (const text of IMPORTED) protobuf.parse(text, root);
  protobuf.parse(schema, root, { keepCase: true });
  const before = await registeredHead(url, 'PROTOBUF', schema, subject);
  return { head: Buffer.concat([before, Buffer.from([0])]), type: root.lookupType('shop.Row') };
}

export async function protobufCells(url: string, topic: string): Promise<Cell[]> {
  const cells = await Promise.all(
    PROTOBUF.map(async ([name, declaration, value, outcome], index) => {
      // An empty list or map is no null: such a field stands alone in its message.
      const alone = /^(repeated|map)/.test(declaration);
      const subject = `${topic}-protobuf-${index}`;
      const writers = alone
        ? await Promise.all(
            COLUMN_NAMES.map((column) => protobufWriter(url, `${subject}-${column}`, declaration, [column])),
          )
        : [await protobufWriter(url, subject, declaration, COLUMN_NAMES)];
      return cellsOf(name, outcome, (id, column) => {
        const { head: before, type } = writers[alone ? COLUMN_NAMES.indexOf(column) : 0] as ProtobufWriter;
        return Buffer.concat([before, type.encode(type.fromObject({ id, [fieldOf(column)]: value })).finish()]);
      });
    }),
  );
  return cells.flat();
}

type JsonSchemaSource = readonly [name: string, type: object, json: string, outcome: Outcome];

const JSON_SCHEMA: readonly JsonSchemaSource[] = [
  ['integer', { type: 'integer' }, '18446744073709551615', is.UNSIGNED_LONG],
  ['integer (int8)', { type: 'integer', 'connect.type': 'int8' }, '7', is.SEVEN],
  ['number', { type: 'number' }, '1.5', is.ONE_AND_A_HALF],
  ['number of more digits than a double', { type: 'number' }, '12345678901234567890.12345', is.LONG_DECIMAL],
  ['number (float32)', { type: 'number', 'connect.type': 'float32' }, '1.5', is.ONE_AND_A_HALF],
  ['boolean', { type: 'boolean' }, 'true', is.TRUE],
  ['string', { type: 'string' }, '"a \\"b\\" 東"', is.TEXT],
  ['string (date-time)', { type: 'string', format: 'date-time' }, '"2024-05-01T19:03:00.5+02:00"', is.TEXT_MOMENT],
  ['string (bytes)', { type: 'string', 'connect.type': 'bytes' }, '"3q2+7w=="', is.BYTES],
  ['enum', { type: 'string', enum: ['true', 'no'] }, '"true"', is.TEXT_TRUE],
  [
    'Decimal',
    {
      type: 'number',
      title: 'org.apache.kafka.connect.data.Decimal',
      'connect.type': 'bytes',
      'connect.parameters': { scale: '2' },
    },
    '12.50',
    is.PRICE,
  ],
  ['Date', { type: 'integer', title: 'org.apache.kafka.connect.data.Date', 'connect.type': 'int32' }, '19844', is.DATE],
  [
    'Timestamp',
    { type: 'integer', title: 'org.apache.kafka.connect.data.Timestamp', 'connect.type': 'int64' },
    '1714582980500',
    is.MOMENT,
  ],
  ['array', { type: 'array', items: { type: 'integer' } }, '[1,2]', is.NUMBERS],
  ['map', { type: 'object', 'connect.type': 'map', additionalProperties: { type: 'integer' } }, '{"k":1}', is.MAP],
  [
    'object',
    {
      type: 'object',
      properties: { a: { type: 'integer', 'connect.index': 0 }, b: { type: 'string', 'connect.index': 1 } },
    },
    '{"a":1,"b":"x"}',
    is.STRUCT,
  ],
];

export async function jsonSchemaCells(url: string, topic: string): Promise<Cell[]> {
  const cells = await Promise.all(
    JSON_SCHEMA.map(async ([name, type, json, outcome], index) => {
      const optional = { oneOf: [{ type: 'null' }, type] };
      const fields = COLUMN_NAMES.map((column) => [fieldOf(column), optional] as const);
      const schema = { type: 'object', properties: { id: { type: 'integer' }, ...Object.fromEntries(fields) } };
      const before = await registeredHead(url, 'JSON', JSON.stringify(schema), `${topic}-json-${index}`);
      return cellsOf(name, outcome, (id, column) =>
        Buffer.concat([before, Buffer.from(`{"id":${id},"${fieldOf(column)}":${json}}`)]),
      );
    }),
  );
  return cells.flat();
}
