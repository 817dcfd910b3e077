import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../../src/core/decimal.ts';
import { ConfigError } from '../../../../src/core/errors.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import { type Compatibility, DataError } from '../../../../src/operators/decode/converter.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { utf8 } from '../../../support/records.ts';

const record = { topic: 'orders', headers: {} };

function json(settings: Record<string, string> = {}, compatibility: Compatibility = 'exact') {
  return createConverter('JsonConverter', settings, { prefix: 'value.converter.', compatibility });
}

function payloadOf(schema: object, payload: unknown, settings: Record<string, string> = {}): unknown {
  const text = `{"schema":${JSON.stringify(schema)},"payload":${typeof payload === 'string' ? payload : JSON.stringify(payload)}}`;
  return json(settings).toConnect(utf8(text), record).value;
}

function struct(...fields: object[]): object {
  return { type: 'struct', fields };
}

describe('JsonConverter without schemas', () => {
  const converter = json({ 'schemas.enable': 'FALSE' });

  it('keeps every digit', () => {
    expect(converter.toConnect(utf8('{"a":18446744073709551616,"b":[0.10,1]}'), record)).toEqual({
      schema: null,
      value: { a: new NumberText('18446744073709551616'), b: [new NumberText('0.10'), 1] },
    });
  });

  it('takes null for a tombstone, and a byte order mark for nothing', () => {
    expect(converter.toConnect(null, record)).toEqual({ schema: null, value: null });
    expect(converter.toConnect(utf8('\ufeff[1]'), record)).toEqual({ schema: null, value: [1] });
  });

  it.each([
    ['nothing', utf8('')],
    ['spaces', utf8('  ')],
    ['half an object', utf8('{"a":')],
    ['two values', utf8('{} {}')],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ])('refuses %s', (_, bytes) => {
    expect(() => converter.toConnect(bytes, record)).toThrow(
      new DataError('Converting byte[] to Kafka Connect data failed due to serialization error'),
    );
  });

  it.each([
    ['', /^its value is not JSON \(.+\): it is empty$/],
    ['hello', /^its value is not JSON \(.+\): it starts with "hello"$/],
    ['{}{}', /^its value is not JSON \(.+\): it starts with "\{\}\{\}"$/],
  ])('says how the text %j starts', (text, reason) => {
    expect(() => converter.toConnect(utf8(text), record)).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringMatching(reason) as string }) as Error,
      }),
    );
  });

  it('reads only the bytes of the value, not the memory round it', () => {
    expect(converter.toConnect(utf8('xx{"a":1}yy').subarray(2, 9), record).value).toEqual({ a: 1 });
  });

  it('reads on as Kafka Connect does when it is asked to', () => {
    const java = json({ 'schemas.enable': 'false' }, 'java');
    expect(java.toConnect(utf8('{"a":[007,"}"]} and more'), record).value).toEqual({ a: [7, '}'] });
    expect(java.toConnect(utf8(''), record).value).toBeNull();
    expect(java.toConnect(utf8('18446744073709551615'), record).value).toBe(-1);
    expect(() => java.toConnect(utf8('{"a":[1}'), record)).toThrow(DataError);
  });
});

describe('JsonConverter with schemas', () => {
  it('reads all types', () => {
    const schema = struct(
      { field: 'i8', type: 'int8' },
      { field: 'i64', type: 'int64' },
      { field: 'big', type: 'int64' },
      { field: 'f', type: 'float' },
      { field: 'd', type: 'double' },
      { field: 'b', type: 'boolean' },
      { field: 's', type: 'string' },
      { field: 'y', type: 'bytes' },
      { field: 'a', type: 'array', items: { type: 'int32', optional: true } },
      { field: 'm', type: 'map', keys: { type: 'int32' }, values: { type: 'string' } },
      { field: 'r', ...struct({ field: 'x', type: 'string', optional: true }) },
    );
    const payload =
      '{"i8":-128,"i64":9007199254740991,"big":9223372036854775807,"f":3.14,"d":1.0,"b":true,"s":"ü","y":"AP8=",' +
      '"a":[1,null],"m":[[1,"one"]],"r":{}}';
    expect(payloadOf(schema, payload)).toEqual({
      i8: -128,
      i64: 9007199254740991,
      big: 9223372036854775807n,
      f: Math.fround(3.14),
      d: 1,
      b: true,
      s: 'ü',
      y: Buffer.from([0, 255]),
      a: [1, null],
      m: new Map([[1, 'one']]),
      r: { x: null },
    });
  });

  it('reads nanoseconds, which JavaScript writes as they were although no double is as large', () => {
    expect(payloadOf({ type: 'int64' }, '1795284853738689000')).toBe(1795284853738689000n);
    expect(payloadOf({ type: 'int64' }, '-9007199254740992')).toBe(-9007199254740992n);
  });

  it.each([
    ['"AJY="', new Decimal(150n, 2)],
    ['12345678901234567890.123456789', new Decimal(12345678901234567890123456789n, 9)],
    ['0.10', new Decimal(10n, 2)],
  ])('reads the decimal %s', (payload, value) => {
    const schema = { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } };
    expect(payloadOf(schema, payload)).toEqual(value);
  });

  it.each([
    ['int8', '300', 'Invalid value for INT8 field: 300'],
    ['int32', '"5"', 'Invalid value for INT32 field: "5"'],
    ['int64', '9223372036854775808', 'Invalid value for INT64 field: 9223372036854775808'],
    ['int64', '1.5', 'Invalid value for INT64 field: 1.5'],
    ['boolean', '1', 'Invalid value for BOOLEAN field: 1'],
    ['string', '1', 'Invalid value for STRING field: 1'],
    ['double', '"x"', 'Invalid value for DOUBLE field: "x"'],
    ['bytes', '"***"', 'Invalid bytes field'],
    ['string', 'null', 'Invalid null value for required STRING field'],
  ])('refuses the %s %s rather than bend it', (type, payload, message) => {
    expect(() => payloadOf({ type }, payload)).toThrow(new DataError(message.replace('DOUBLE', 'FLOAT64')));
  });

  it('reads what is not a number where Kafka Connect writes it as text', () => {
    expect(payloadOf({ type: 'double' }, '"NaN"')).toBeNaN();
  });

  it.each([
    ['an array', '[]'],
    ['more fields', '{"schema":null,"payload":1,"x":1}'],
    ['no schema', '{"payload":1,"x":2}'],
    ['plain data', '{"a":1}'],
    ['null', 'null'],
  ])('refuses %s for an envelope and says what to set', (_, text) => {
    expect(() => json().toConnect(utf8(text), record)).toThrow(
      'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
        'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.',
    );
  });

  it('takes a payload without schema when the schema is null', () => {
    expect(json().toConnect(utf8('{"schema":null,"payload":{"a":0.10}}'), record)).toEqual({
      schema: null,
      value: { a: new NumberText('0.10') },
    });
  });

  it.each([
    [{ type: 'foo' }, 'Unknown schema type: foo'],
    [{ type: 'float64' }, 'Unknown schema type: float64'],
    [{}, "Schema must contain 'type' field"],
    [{ type: 'array' }, 'Array schema did not specify the element type'],
    [{ type: 'map', keys: { type: 'string' } }, 'Map schema did not specify the value type'],
    [{ type: 'struct' }, 'Struct schema\'s "fields" argument is not an array.'],
    [struct({ type: 'int8' }), "Struct schema's field name not specified properly"],
    [{ type: 'int8', parameters: { a: 1 } }, 'Schema parameters must have string values.'],
  ])('refuses the schema %j', (schema, message) => {
    expect(() => payloadOf(schema, null)).toThrow(new DataError(message));
  });

  describe('an optional field with a default', () => {
    const schema = struct({ field: 's', type: 'string', optional: true, default: 'active' });

    it('stays null when it is null', () => {
      expect(payloadOf(schema, { s: null })).toEqual({ s: null });
    });

    it('is its default when it is missing', () => {
      expect(payloadOf(schema, {})).toEqual({ s: 'active' });
    });

    it('is its default when it is null and replace.null.with.default asks for that', () => {
      expect(payloadOf(schema, { s: null }, { 'replace.null.with.default': 'true' })).toEqual({ s: 'active' });
    });
  });

  it('gives a required field that is null its default', () => {
    expect(payloadOf(struct({ field: 'n', type: 'int32', default: 7 }), { n: null })).toEqual({ n: 7 });
  });

  it('sees that the schema changes from record to record', () => {
    const converter = json();
    const read = (schema: object, payload: unknown): unknown =>
      converter.toConnect(utf8(JSON.stringify({ schema, payload })), record);
    const text = struct({ field: 'payload', type: 'string' });
    const number = struct({ field: 'payload', type: 'int32' });
    for (let round = 0; round < 3; round++) {
      expect(read(text, { payload: 'a' })).toMatchObject({ value: { payload: 'a' } });
      expect(read(text, { payload: 'b' })).toMatchObject({ value: { payload: 'b' } });
      expect(read(number, { payload: round })).toMatchObject({ value: { payload: round } });
    }
    expect(() => read(number, { payload: 'a' })).toThrow(DataError);
  });

  it('refuses an envelope whose beginning is known and whose end is bad', () => {
    const converter = json();
    const good = '{"schema":{"type":"int32"},"payload":1}';
    expect(converter.toConnect(utf8(good), record).value).toBe(1);
    expect(converter.toConnect(utf8(good), record).value).toBe(1);
    for (const bad of [
      '{"schema":{"type":"int32"},"payload":1,"x":2}',
      '{"schema":{"type":"int32"},"payload":1}}',
      '{"schema":{"type":"int32"},"payload":}',
    ]) {
      expect(() => converter.toConnect(utf8(bad), record)).toThrow(DataError);
    }
  });

  it('finds the payload whichever comes first', () => {
    const converter = json();
    for (const n of [1, 2, 3]) {
      const text = `{"payload":${n},"schema":{"type":"int32","doc":"\\"payload\\":"}}`;
      expect(converter.toConnect(utf8(text), record).value).toBe(n);
    }
  });

  it('lets the settings be what they are in Kafka Connect, and refuses others', () => {
    expect(() =>
      json({ 'decimal.format': 'numeric', 'converter.type': 'value', 'schemas.cache.size': '0' }),
    ).not.toThrow();
    expect(() => json({ 'schemas.enable': 'yes' })).toThrow(
      new ConfigError(['`value.converter.schemas.enable` is `yes`, but it takes true or false.']),
    );
    expect(() => json({ 'decimal.format': 'TEXT' })).toThrow(
      new ConfigError(['`value.converter.decimal.format` is `TEXT`, but it takes BASE64, NUMERIC.']),
    );
    expect(() => json({ 'schemas.cache.size': '-1' })).toThrow(
      new ConfigError(['`value.converter.schemas.cache.size` is `-1`, but it takes a whole number from 0 on.']),
    );
  });
});
