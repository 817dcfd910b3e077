import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { type ConnectSchema } from '../../../../src/core/connect-data.ts';
import { Decimal } from '../../../../src/core/decimal.ts';
import { type FixtureOptions, registryFixture } from '../../../support/registry-converter.ts';

/** What the converter makes of bytes that are Avro in hex. */
async function read(schema: unknown, hex: string, options?: FixtureOptions) {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  const fixture = await registryFixture('AvroConverter', { schema: text }, options);
  return fixture.read(Buffer.from(hex, 'hex'));
}

function record(...fields: object[]): object {
  return { type: 'record', name: 'Order', namespace: 'shop', fields };
}

describe('AvroConverter', () => {
  it.each([
    ['00', 0],
    ['01', -1],
    ['7f', -64],
    ['feffffffffffff1f', 9007199254740991],
    ['fdffffffffffff1f', -9007199254740991],
    ['8080808080808020', 9007199254740992n],
    ['feffffffffffffffff01', 9223372036854775807n],
    ['ffffffffffffffffff01', -9223372036854775808n],
  ])('reads the long %s as %s, without loss', async (hex, value) => {
    expect(await read('"long"', hex)).toEqual({ schema: { type: 'int64', optional: false }, value });
  });

  it.each([
    { type: 'long', logicalType: 'timestamp-nanos' },
    { type: 'long', 'connect.name': 'io.debezium.time.NanoTimestamp' },
    { type: { type: 'long', logicalType: 'timestamp-nanos' } },
  ])('reads a long of many digits also where it means something of its own: %j', async (type) => {
    const value = { a: 9007199254740993n };
    expect(await read(record({ name: 'a', type }), '8280808080808020')).toMatchObject({ value });
    expect(await read(record({ name: 'a', type: ['null', type] }), '028280808080808020')).toMatchObject({ value });
  });

  it('reads a bare name without quotes', async () => {
    expect(await read('string', '0461c3')).toMatchObject({ value: 'a\ufffd' });
  });

  it('tells which branch of a union it is, and takes null and one type for an optional', async () => {
    const schema = record(
      { name: 'u', type: ['null', 'int', 'long', 'string', { type: 'enum', name: 'E', symbols: ['A', 'B'] }] },
      { name: 'o', type: ['string', 'null'], default: 'x' },
      { name: 'one', type: ['int'] },
    );
    expect((await read(schema, '0406020008')).value).toEqual({
      u: { int: null, long: 3, string: null, E: null },
      o: null,
      one: 4,
    });
    const { value, schema: connect } = await read(schema, '08020002780008');
    expect(value).toEqual({ u: { int: null, long: null, string: null, E: 'B' }, o: 'x', one: 4 });
    expect(fieldOf(connect, 'o')).toMatchObject({ type: 'string', optional: true, default: 'x' });
    expect(fieldOf(connect, 'one')).toMatchObject({ type: 'int32', optional: false });
    expect((await read(schema, '00020008')).value).toMatchObject({ u: null });
  });

  it.each([
    [{ type: 'bytes', logicalType: 'decimal', precision: 38, scale: 2 }, '0600ff01', new Decimal(65281n, 2)],
    [
      { type: 'fixed', name: 'D', size: 2, logicalType: 'decimal', precision: 4, scale: 1 },
      'ff85',
      new Decimal(-123n, 1),
    ],
  ])('reads the decimal %j', async (type, hex, value) => {
    const { schema, value: decimal } = await read(type, hex);
    expect(decimal).toEqual(value);
    expect(schema).toMatchObject({
      name: 'org.apache.kafka.connect.data.Decimal',
      parameters: { scale: String(value.scale) },
    });
  });

  it.each([
    ['int', 'date', 'org.apache.kafka.connect.data.Date', 'org.apache.kafka.connect.data.Date'],
    ['int', 'time-millis', 'org.apache.kafka.connect.data.Time', 'org.apache.kafka.connect.data.Time'],
    ['long', 'timestamp-millis', 'org.apache.kafka.connect.data.Timestamp', 'org.apache.kafka.connect.data.Timestamp'],
    ['long', 'time-micros', 'io.debezium.time.MicroTime', undefined],
    ['long', 'timestamp-micros', 'tributary.time.MicroInstant', undefined],
    ['long', 'timestamp-nanos', 'tributary.time.NanoInstant', undefined],
    ['long', 'local-timestamp-micros', 'io.debezium.time.MicroTimestamp', undefined],
    ['string', 'uuid', undefined, undefined],
  ])('knows what %s %s means, which Kafka Connect in part forgets', async (type, logicalType, name, java) => {
    const hex = type === 'string' ? '0261' : '02';
    expect((await read({ type, logicalType }, hex)).schema?.name).toBe(name);
    expect((await read({ type, logicalType }, hex, { compatibility: 'java' })).schema?.name).toBe(java);
  });

  it("restores what Connect's own properties say", async () => {
    const type = {
      type: 'int',
      'connect.type': 'int16',
      'connect.name': 'io.debezium.time.Year',
      'connect.version': 2,
      'connect.parameters': { a: 'b' },
    };
    expect((await read(type, '02')).schema).toEqual({
      type: 'int16',
      optional: false,
      name: 'io.debezium.time.Year',
      version: 2,
      parameters: { a: 'b' },
    });
  });

  it('reads a map with keys of any type from the array that Avro makes of it', async () => {
    const entry = {
      type: 'record',
      name: 'MapEntry',
      namespace: 'io.confluent.connect.avro',
      fields: [
        { name: 'key', type: 'int' },
        { name: 'value', type: 'string' },
      ],
    };
    const { schema, value } = await read({ type: 'array', items: entry }, '0202026100');
    expect(value).toEqual(new Map([[1, 'a']]));
    expect(schema).toMatchObject({ type: 'map', keys: { type: 'int32' }, values: { type: 'string' } });
  });

  it('reads records that contain themselves, and namespaces that are inherited', async () => {
    const schema = record(
      { name: 'id', type: { type: 'enum', name: 'Kind', symbols: ['A'] } },
      { name: 'again', type: 'Kind' },
      { name: 'next', type: ['null', 'Order'] },
    );
    const { schema: connect, value } = await read(schema, '000002000000');
    expect(value).toEqual({ id: 'A', again: 'A', next: { id: 'A', again: 'A', next: null } });
    expect(fieldOf(connect, 'again')?.name).toBe('shop.Kind');
  });

  it('takes defaults of all types, and schemas whose defaults Java takes and avsc does not', async () => {
    const schema = record(
      { name: 'b', type: 'bytes', default: '\u00ff' },
      { name: 'l', type: { type: 'array', items: 'long' }, default: [1] },
      { name: 'm', type: { type: 'map', values: 'string' }, default: { k: 'v' } },
      { name: 'wrong', type: ['null', 'string'], default: 'not of the first branch' },
    );
    const { schema: connect } = await read(schema, '00000000');
    expect(fieldOf(connect, 'b')?.default).toEqual(Buffer.from([255]));
    expect(fieldOf(connect, 'l')?.default).toEqual([1]);
    expect(fieldOf(connect, 'm')?.default).toEqual(new Map([['k', 'v']]));
    expect(fieldOf(connect, 'wrong')?.default).toBe('not of the first branch');
  });

  it('fetches what the schema refers to, each once and in order', async () => {
    const city = { type: 'record', name: 'City', namespace: 'geo', fields: [{ name: 'zip', type: 'geo.Zip' }] };
    const zip = { type: 'fixed', name: 'Zip', namespace: 'geo', size: 1 };
    const order = record({ name: 'from', type: 'geo.City' }, { name: 'to', type: 'geo.City' });
    const reference = (name: string, subject: string) => ({ name, subject, version: 1 });
    const { read: readPayload, registry } = await registryFixture(
      'AvroConverter',
      { schema: JSON.stringify(order), references: [reference('geo.City', 'city'), reference('geo.Zip', 'zip/a')] },
      {
        served: {
          '/subjects/city/versions/1': { schema: JSON.stringify(city), references: [reference('geo.Zip', 'zip/a')] },
          '/subjects/zip%2Fa/versions/1': { schema: JSON.stringify(zip) },
        },
      },
    );
    expect((await readPayload(Buffer.from('0102', 'hex'))).value).toEqual({
      from: { zip: Buffer.from([1]) },
      to: { zip: Buffer.from([2]) },
    });
    expect(registry.asked).toEqual(['/schemas/ids/1', '/subjects/city/versions/1', '/subjects/zip%2Fa/versions/1']);
  });

  it.each([
    ['a truncated value', '"string"', '0661'],
    ['bytes after the value', '"int"', '0200'],
    ['a branch that there is not', '["null","int"]', '0402'],
    ['an unknown type', '{"type":"record","name":"R","fields":[{"name":"a","type":"Nowhere"}]}', '02'],
    ['a schema that is not JSON', '{', '02'],
  ])('refuses %s', async (_, schema, hex) => {
    await expect(read(schema, hex)).rejects.toThrow(/^Failed to deserialize data for topic orders to Avro$/);
  });

  it('reads what avsc writes', async () => {
    const schema = record(
      { name: 'd', type: 'double' },
      { name: 'f', type: 'float' },
      { name: 'a', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'm', type: { type: 'map', values: { type: 'array', items: 'int' } } },
    );
    const value = { d: 0.1, f: 1.5, a: ['x', null], m: { '': [1, -2], __proto__x: [] } };
    const payload = avro.Type.forSchema(schema as never, { wrapUnions: 'never' } as never).toBuffer(value);
    const fixture = await registryFixture('AvroConverter', { schema: JSON.stringify(schema) });
    expect((await fixture.read(payload)).value).toEqual({ ...value, m: new Map(Object.entries(value.m)) });
  });
});

function fieldOf(schema: ConnectSchema | null, name: string): ConnectSchema | undefined {
  return schema?.type === 'struct' ? schema.fields.find((field) => field.name === name)?.schema : undefined;
}
