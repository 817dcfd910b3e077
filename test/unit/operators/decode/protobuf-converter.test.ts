import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { type ConnectSchema } from '../../../../src/core/connect-data.ts';
import { Decimal } from '../../../../src/core/decimal.ts';
import { type FixtureOptions, registryFixture } from '../../../support/registry-converter.ts';

const FIRST = Buffer.from([0]);

async function fixture(schema: string, options?: FixtureOptions) {
  return registryFixture('ProtobufConverter', { schema, schemaType: 'PROTOBUF' }, options);
}

/** What the converter makes of the first message of a schema, with this payload in hex. */
async function read(schema: string, hex: string, options?: FixtureOptions) {
  const { read: readPayload } = await fixture(schema, options);
  return readPayload(Buffer.concat([FIRST, Buffer.from(hex.replaceAll(' ', ''), 'hex')]));
}

describe('ProtobufConverter', () => {
  const scalars =
    'syntax = "proto3"; message M { int64 i = 1; uint64 u = 2; optional string o = 3; string s = 4; N n = 5; repeated int32 r = 6; } message N { bool b = 1; }';

  it('gives unset fields their zero, and null where presence counts', async () => {
    expect((await read(scalars, '')).value).toEqual({ i: 0, u: 0, o: null, s: '', n: null, r: [] });
    expect((await read(scalars, '1a00 2a00')).value).toMatchObject({ o: '', n: { b: false } });
  });

  it('gives bytes that are unset, or empty, as no bytes', async () => {
    const schema = `syntax = "proto3"; import "google/protobuf/wrappers.proto"; import "confluent/type/decimal.proto";
      message M { bytes b = 1; optional bytes o = 2; google.protobuf.BytesValue w = 3; confluent.type.Decimal n = 4; }`;
    const none = new Uint8Array();
    expect((await read(schema, '')).value).toEqual({ b: none, o: null, w: null, n: null });
    expect((await read(schema, '0a00 1a00 2200')).value).toMatchObject({ b: none, w: none, n: new Decimal(0n, 0) });
  });

  it('reads 64-bit integers without loss, and wraps unsigned ones only for Java', async () => {
    const hex = '08 ffffffffffffffff7f 10 ffffffffffffffffff01';
    expect((await read(scalars, hex)).value).toMatchObject({ i: 9223372036854775807n, u: 18446744073709551615n });
    expect((await read(scalars, hex, { compatibility: 'java' })).value).toMatchObject({ u: -1 });
    expect((await read(scalars, '08 feffffffffffffffff01')).value).toMatchObject({ i: -2 });
  });

  it('puts a oneof in a struct before the other fields, or flat when it is asked to', async () => {
    const schema = 'syntax = "proto3"; message M { int32 a = 1; oneof pick { string s = 2; int32 t = 3; } }';
    const { schema: connect, value } = await read(schema, '0805 1800');
    expect(value).toEqual({ pick_0: { s: null, t: 0 }, a: 5 });
    expect(connect?.type === 'struct' ? connect.fields.map(({ name }) => name) : []).toEqual(['pick_0', 'a']);
    expect((await read(schema, '0805')).value).toEqual({ pick_0: null, a: 5 });
    expect((await read(schema, '1800', { settings: { 'flatten.unions': 'true' } })).value).toEqual({
      a: 0,
      s: null,
      t: 0,
    });
    expect((await read(schema, '1800', { settings: { 'generate.index.for.unions': 'false' } })).value).toMatchObject({
      pick: { t: 0 },
    });
  });

  it('reads maps with keys of any type', async () => {
    const schema =
      'syntax = "proto3"; message M { map<int64, string> l = 1; map<bool, int32> b = 2; map<string, M> m = 3; }';
    const hex = '0a0e 08ffffffffffffffffff01 120161' + '1204 0801 1005 1a05 0a0178 1200';
    const { value } = await read(schema, hex);
    expect(value).toEqual({
      l: new Map([[-1, 'a']]),
      b: new Map([[true, 5]]),
      m: new Map([['x', { l: new Map(), b: new Map(), m: new Map() }]]),
    });
  });

  it('names enum values, and numbers that have no name as Java does', async () => {
    const schema = 'syntax = "proto3"; message M { E e = 1; } enum E { ZERO = 0; ONE = 1; }';
    expect((await read(schema, '0801')).value).toEqual({ e: 'ONE' });
    expect((await read(schema, '0807')).value).toEqual({ e: 'UNKNOWN_ENUM_VALUE_E_7' });
    expect((await read(schema, '0807', { settings: { 'int.for.enums': 'true' } })).value).toEqual({ e: 7 });
  });

  it("knows Google's and Confluent's own types", async () => {
    const schema = `syntax = "proto3";
      import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto"; import "google/type/date.proto";
      import "google/type/timeofday.proto"; import "confluent/type/decimal.proto"; import "confluent/meta.proto";
      message M {
        google.protobuf.Timestamp t = 1; google.protobuf.Int64Value w = 2; google.type.Date d = 3;
        google.type.TimeOfDay c = 4; confluent.type.Decimal n = 5;
      }`;
    const hex = '0a07 0801 10959aef3a' + '1200 1a07 08e80f 1005 1801 2204 0801 2007 2a06 0a0200ff 1802';
    const { schema: connect, value } = await read(schema, hex);
    expect(value).toEqual({ t: 1_123_456_789, w: 0, d: 19844, c: 3_600_000_000_007, n: new Decimal(255n, 2) });
    expect(names(connect)).toMatchObject({
      t: 'tributary.time.NanoInstant',
      d: 'org.apache.kafka.connect.data.Date',
      c: 'io.debezium.time.NanoTime',
      n: 'org.apache.kafka.connect.data.Decimal',
    });
    const java = await read(schema, hex, { compatibility: 'java' });
    expect(java.value).toMatchObject({ t: 1_123, c: 3_600_000 });
    expect((await read(schema, '')).value).toEqual({ t: null, w: null, d: null, c: null, n: null });
  });

  it('takes a Struct for the JSON that it carries', async () => {
    const text =
      'syntax = "proto3"; import "google/protobuf/struct.proto"; message M { google.protobuf.Struct s = 1; }';
    // {"k": [1.5, null, "x", true]}
    const hex = '0a21 0a1f 0a016b 121a 3218 0a09 11000000000000f83f 0a020800 0a03 1a0178 0a02 2001';
    const { schema, value } = await read(text, hex);
    expect(value).toEqual({ s: '{"k":[1.5,null,"x",true]}' });
    expect(names(schema)).toEqual({ s: 'io.debezium.data.Json' });
  });

  it('finds nested messages by their indexes, wherever those are', async () => {
    const schema =
      'syntax = "proto3"; package p; message A {} message B { enum E { Z = 0; } message C {} message D { int32 x = 1; } }';
    const { read: readPayload } = await fixture(schema);
    const indexes = Buffer.from('040202', 'hex');
    const payload = Buffer.from('0809', 'hex');
    expect((await readPayload(Buffer.concat([indexes, payload]))).value).toEqual({ x: 9 });
    await expect(readPayload(Buffer.from('0204', 'hex'))).rejects.toMatchObject({
      message: 'Failed to deserialize data for topic orders to Protobuf',
      cause: new RangeError('The Protobuf schema has no message at the indexes 2'),
    });
  });

  it('counts the messages of its own file only, and resolves what it imports', async () => {
    const { read: readPayload } = await registryFixture(
      'ProtobufConverter',
      {
        schemaType: 'PROTOBUF',
        schema: 'syntax = "proto3"; package p; import "other.proto"; message Z { p.Other o = 1; }',
        references: [{ name: 'other.proto', subject: 'other', version: 2 }],
      },
      {
        served: {
          '/subjects/other/versions/2': {
            schemaType: 'PROTOBUF',
            schema: 'syntax = "proto3"; package p; message Other { int32 x = 1; }',
          },
        },
      },
    );
    expect((await readPayload(Buffer.from('000a020805', 'hex'))).value).toEqual({ o: { x: 5 } });
  });

  it('says which import is missing', async () => {
    await expect(read('syntax = "proto3"; import "gone.proto"; message M {}', '')).rejects.toMatchObject({
      cause: new Error('The Protobuf schema imports gone.proto, which is not among its references'),
    });
  });

  it.each([
    ['a truncated value', '0aff'],
    ['a wire type that there is not', '0f'],
  ])('refuses %s', async (_, hex) => {
    await expect(read('syntax = "proto3"; message M { string s = 1; }', hex)).rejects.toThrow(
      /^Failed to deserialize data for topic orders to Protobuf$/,
    );
  });

  it('reads what protobufjs writes, proto2 too', async () => {
    const text =
      'syntax = "proto2"; message M { required int32 a = 1; optional int32 b = 2 [default = 7]; repeated double d = 3 [packed = true]; optional bytes y = 4; }';
    const type = protobuf.parse(text, { keepCase: true }).root.lookupType('M');
    const { read: readPayload } = await fixture(text);
    const payload = type.encode({ a: 1, d: [0.1, -0], y: Buffer.from([1]) }).finish();
    expect((await readPayload(Buffer.concat([FIRST, payload]))).value).toEqual({
      a: 1,
      b: null,
      d: [0.1, -0],
      y: Buffer.from([1]),
    });
  });
});

function names(schema: ConnectSchema | null): Record<string, string | undefined> {
  const fields = schema?.type === 'struct' ? schema.fields : [];
  return Object.fromEntries(fields.map((field) => [field.name, field.schema.name]));
}
