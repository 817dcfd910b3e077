import fc from 'fast-check';
import { varint as long } from './kafka-batches.ts';
import { bytesOf, columnsNamed, doubles, floats, hurt, type RandomTopic, texts } from './random-data.ts';

/** A type of Avro, and data of it. */
interface AvroData {
  readonly type: unknown;
  readonly data: fc.Arbitrary<Buffer>;
}

/** Bytes behind their length, as Avro has them. */
export const sized = (bytes: Uint8Array): Buffer => Buffer.concat([long(bytes.length), bytes]);
const ints = fc.oneof(fc.integer(), fc.integer({ min: -70, max: 70 }), fc.integer({ min: 10_000, max: 30_000 }));
const longs = fc.oneof(
  ints.map(BigInt),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc
    .integer({ min: 1_500_000_000, max: 2_000_000_000 })
    .chain((seconds) => fc.constantFrom(1_000n, 1_000_000n, 1_000_000_000n).map((unit) => BigInt(seconds) * unit)),
);
const data = {
  boolean: fc.boolean().map((value) => Buffer.from([Number(value)])),
  int: ints.map((value) => long(value)),
  long: longs.map((value) => long(value)),
  float: floats,
  double: doubles,
  string: texts.map(sized),
  bytes: texts.map(sized),
} as const;
const NULL = Buffer.alloc(0);

let names = 0;
const plain: fc.Arbitrary<AvroData> = fc
  .constantFrom(...(Object.keys(data) as (keyof typeof data)[]))
  .map((type) => ({ type, data: data[type] }));
const logical: fc.Arbitrary<AvroData> = fc.constantFrom<AvroData>(
  { type: { type: 'int', logicalType: 'date' }, data: data.int },
  { type: { type: 'int', logicalType: 'time-millis' }, data: data.int },
  { type: { type: 'int', 'connect.type': 'int16' }, data: data.int },
  { type: { type: 'long', logicalType: 'timestamp-millis' }, data: data.long },
  { type: { type: 'long', logicalType: 'timestamp-micros' }, data: data.long },
  { type: { type: { type: 'long', logicalType: 'timestamp-nanos' } }, data: data.long },
  { type: { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' }, data: data.long },
  { type: { type: 'string', 'connect.name': 'io.debezium.time.ZonedTimestamp' }, data: data.string },
  { type: { type: 'string', 'connect.name': 'io.debezium.data.Json' }, data: data.string },
  { type: { type: 'string', logicalType: 'uuid' }, data: data.string },
  { type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }, data: data.bytes },
);
const named: fc.Arbitrary<AvroData> = fc.constantFrom('enum', 'fixed').map((type) => {
  const name = `N${names++}`;
  return type === 'enum'
    ? {
        type: { type, name, symbols: ['A', 'Ü'.normalize('NFD').slice(0, 1), 'C'] },
        data: fc.integer({ min: 0, max: 2 }).map((index) => long(index)),
      }
    : {
        type: { type, name, size: 3 },
        data: bytesOf(3),
      };
});
const types: fc.Arbitrary<AvroData> = fc.letrec<{ any: AvroData }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { arbitrary: plain, weight: 4 },
    { arbitrary: logical, weight: 2 },
    { arbitrary: named, weight: 1 },
    {
      arbitrary: tie('any')
        .filter(({ type }) => !Array.isArray(type))
        .chain(optional),
      weight: 2,
    },
    { arbitrary: tie('any').map(listed), weight: 1 },
    { arbitrary: tie('any').map(mapped), weight: 1 },
    { arbitrary: fc.array(tie('any'), { maxLength: 3 }).map(recordOfFields), weight: 1 },
    {
      arbitrary: fc.constant<AvroData>({
        type: ['null', 'int', 'string'],
        data: fc.oneof(fc.constant(long(0n)), after(1n, data.int), after(2n, data.string)),
      }),
      weight: 1,
    },
  ),
})).any;

function after(branch: bigint, bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return bytes.map((value) => Buffer.concat([long(branch), value]));
}

function optional({ type, data: value }: AvroData): fc.Arbitrary<AvroData> {
  return fc.boolean().map((nullFirst) => ({
    type: nullFirst ? ['null', type] : [type, 'null'],
    data: fc.oneof(after(nullFirst ? 0n : 1n, fc.constant(NULL)), after(nullFirst ? 1n : 0n, value)),
  }));
}

function blocks(items: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const block = (all: readonly Buffer[]): Buffer =>
    all.length === 0 ? long(0n) : Buffer.concat([long(all.length), ...all, long(0n)]);
  return fc.array(items, { maxLength: 3 }).map(block);
}

function listed({ type, data: value }: AvroData): AvroData {
  return { type: { type: 'array', items: type }, data: blocks(value) };
}

function mapped({ type, data: value }: AvroData): AvroData {
  const entry = fc.tuple(data.string, value).map((parts) => Buffer.concat(parts));
  return { type: { type: 'map', values: type }, data: blocks(entry) };
}

function recordOfFields(fields: readonly AvroData[]): AvroData {
  return {
    type: {
      type: 'record',
      name: `N${names++}`,
      fields: fields.map(({ type }, index) => ({ name: fieldName(index), type })),
    },
    data: fc.tuple(...fields.map((field) => field.data)).map((parts) => Buffer.concat(parts)),
  };
}

function fieldName(index: number): string {
  return index === 2 ? 'constructor' : `f${index}`;
}

/** Records of any type, some of them damaged. */
export const avroTopics: fc.Arbitrary<RandomTopic> = fc.array(types, { maxLength: 6 }).chain((fields) => {
  const { type, data: records } = recordOfFields(fields);
  return fc.record({
    schema: fc.constant(JSON.stringify(type)),
    columns: columnsNamed(fields.map((_, index) => fieldName(index))),
    records: fc.array(fc.option(records.chain(hurt), { freq: 9 }), { maxLength: 4 }),
  });
});
