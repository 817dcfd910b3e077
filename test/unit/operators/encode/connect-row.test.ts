import { describe, expect, it } from 'vitest';
import { type ConnectSchema, type ConnectValue, type PrimitiveType } from '../../../../src/core/connect-data.ts';
import { Decimal } from '../../../../src/core/decimal.ts';
import { isTimeZone, timeZone } from '../../../../src/core/time-zone.ts';
import { type RowOptions, toRow } from '../../../../src/operators/encode/connect-row.ts';
import { jsonText } from '../../../../src/operators/json/write-json.ts';

function row(schema: ConnectSchema | null, value: ConnectValue, options?: RowOptions): string | undefined {
  return jsonText(toRow(schema, options)(value));
}

function named(type: PrimitiveType, name: string): ConnectSchema {
  return { type, optional: true, name };
}

const CONNECT = 'org.apache.kafka.connect.data.';
const TIME = 'io.debezium.time.';
const DATA = 'io.debezium.data.';

describe('toRow', () => {
  it.each<[string, ConnectSchema, ConnectValue, string]>([
    ['days', named('int32', `${CONNECT}Date`), -1, '"1969-12-31"'],
    ['a time of day', named('int32', `${CONNECT}Time`), 64957000, '"18:02:37"'],
    ['a moment', named('int64', `${CONNECT}Timestamp`), 1714521600001, '"2024-05-01 00:00:00.001"'],
    ['a moment before 1970', named('int64', `${CONNECT}Timestamp`), -1, '"1969-12-31 23:59:59.999"'],
    ['a decimal', named('bytes', `${CONNECT}Decimal`), new Decimal(0n, 10), '0.0000000000'],
    ["Debezium's Date", named('int32', `${TIME}Date`), 19844, '"2024-05-01"'],
    ["Debezium's Time over a day", named('int32', `${TIME}Time`), 90_061_500, '"25:01:01.500"'],
    ["Debezium's MicroTime below 0", named('int64', `${TIME}MicroTime`), -3_661_000_001, '"-01:01:01.000001"'],
    ["Debezium's NanoTime", named('int64', `${TIME}NanoTime`), 1, '"00:00:00.000000001"'],
    ["Debezium's Timestamp", named('int64', `${TIME}Timestamp`), 0, '"1970-01-01 00:00:00"'],
    ["Debezium's MicroTimestamp", named('int64', `${TIME}MicroTimestamp`), -1, '"1969-12-31 23:59:59.999999"'],
    [
      "Debezium's NanoTimestamp",
      named('int64', `${TIME}NanoTimestamp`),
      1714521600123456789n,
      '"2024-05-01 00:00:00.123456789"',
    ],
    [
      'a NanoTimestamp before 1970',
      named('int64', `${TIME}NanoTimestamp`),
      -1714521600123456789n,
      '"1915-09-02 23:59:59.876543211"',
    ],
    [
      "Debezium's ZonedTimestamp",
      named('string', `${TIME}ZonedTimestamp`),
      '2018-06-20T13:37:03.5+02:00',
      '"2018-06-20 11:37:03.500"',
    ],
    ['a ZonedTimestamp that is no time', named('string', `${TIME}ZonedTimestamp`), 'infinity', '"infinity"'],
    ["Debezium's IsoDate", named('string', `${TIME}IsoDate`), '2017-09-15Z', '"2017-09-15"'],
    [
      "Debezium's IsoTimestamp",
      named('string', `${TIME}IsoTimestamp`),
      '2017-09-15T10:11:12.000001Z',
      '"2017-09-15 10:11:12.000001"',
    ],
    ["Debezium's Year", named('int32', `${TIME}Year`), 2024, '2024'],
    ["Debezium's Json", named('string', `${DATA}Json`), '{"a": 0.10}', '{"a":0.10}'],
    [
      "Debezium's mark for an unchanged value",
      named('string', `${DATA}Json`),
      '__debezium_unavailable_value',
      '"__debezium_unavailable_value"',
    ],
    ["Debezium's Bits", named('bytes', `${DATA}Bits`), Uint8Array.of(1, 2), '513'],
    ["Debezium's Uuid", named('string', `${DATA}Uuid`), 'ab', '"ab"'],
    ['bytes', { type: 'bytes', optional: true }, Uint8Array.of(255), '"/w=="'],
    ['a float', { type: 'float32', optional: true }, Math.fround(3.14), '3.14'],
    ['a large integer', { type: 'int64', optional: true }, -9223372036854775808n, '-9223372036854775808'],
  ])('writes %s', (_, schema, value, text) => {
    expect(row(schema, value)).toBe(text);
    expect(row(schema, null)).toBe('null');
  });

  it("writes Debezium's VariableScaleDecimal as the number it is", () => {
    const schema: ConnectSchema = {
      type: 'struct',
      optional: true,
      name: `${DATA}VariableScaleDecimal`,
      fields: [
        { name: 'scale', schema: { type: 'int32', optional: false } },
        { name: 'value', schema: { type: 'bytes', optional: false } },
      ],
    };
    expect(row(schema, { scale: 3, value: Uint8Array.of(0x30, 0x39) })).toBe('12.345');
    expect(row(schema, { scale: 3, value: Uint8Array.of(0x30, 0x39) }, { compatibility: 'java' })).toBe(
      '{"scale":3,"value":"MDk="}',
    );
  });

  const status: ConnectSchema = {
    type: 'struct',
    optional: false,
    fields: [
      { name: 'status', schema: { type: 'string', optional: true, default: 'active' } },
      { name: 'day', schema: named('int32', `${CONNECT}Date`) },
    ],
  };

  it("keeps a null and never turns it into the schema's default", () => {
    expect(row(status, { status: null, day: null })).toBe('{"status":null,"day":null}');
  });

  it('writes what the Java connector sends when it is asked to', () => {
    expect(row(status, { status: null, day: 19844 }, { compatibility: 'java' })).toBe(
      '{"status":"active","day":19844}',
    );
  });

  it('takes a struct that needs no change as it is', () => {
    const schema: ConnectSchema = {
      type: 'struct',
      optional: false,
      fields: [{ name: 'a', schema: { type: 'int64', optional: true } }],
    };
    const value = { a: 1 };
    expect(toRow(schema)(value)).toBe(value);
  });

  it('writes maps with any keys as objects, which is how StarRocks reads them, and as pairs for the Java connector', () => {
    const schema: ConnectSchema = {
      type: 'map',
      optional: false,
      keys: { type: 'int32', optional: false },
      values: { type: 'float32', optional: false },
    };
    const value = new Map([[1, Math.fround(0.1)]]);
    expect(row(schema, value)).toBe('{"1":0.1}');
    expect(row(schema, value, { compatibility: 'java' })).toBe('[[1,0.1]]');
  });

  it('converts what lies deep in arrays and structs, and in structs that contain themselves', () => {
    const fields: { name: string; schema: ConnectSchema }[] = [
      { name: 'day', schema: named('int32', `${CONNECT}Date`) },
    ];
    const node: ConnectSchema = { type: 'struct', optional: true, fields };
    fields.push({ name: 'next', schema: { type: 'array', optional: true, items: node } });
    expect(row(node, { day: 0, next: [{ day: 1, next: null }, null] })).toBe(
      '{"day":"1970-01-01","next":[{"day":"1970-01-02","next":null},null]}',
    );
  });

  it('converts moments to the zone of the DATETIME columns, and only moments', () => {
    const options = { zone: timeZone('Asia/Shanghai') };
    expect(row(named('int64', `${CONNECT}Timestamp`), 1714521600000, options)).toBe('"2024-05-01 08:00:00"');
    expect(row(named('string', `${TIME}ZonedTimestamp`), '2024-05-01T00:00:00Z', options)).toBe(
      '"2024-05-01 08:00:00"',
    );
    expect(row(named('int64', `${TIME}Timestamp`), 1714521600000, options)).toBe('"2024-05-01 00:00:00"');
    expect(row(named('int32', `${CONNECT}Date`), 0, options)).toBe('"1970-01-01"');
  });

  it.each<[string, ConnectSchema, ConnectValue]>([
    ["PostgreSQL's infinity", named('int64', `${TIME}MicroTimestamp`), 9223372036825200000n],
    ['a day after 9999', named('int32', `${TIME}Date`), 2_932_897],
    ['a year before 0', named('int64', `${CONNECT}Timestamp`), -62167219200001],
  ])('refuses %s, which no column holds', (_, schema, value) => {
    expect(() => row(schema, value)).toThrow(
      /is outside of 0000-01-01 to 9999-12-31, which DATE and DATETIME can hold$/,
    );
  });
});

describe('timeZone', () => {
  it.each([
    ['UTC', 0, 0],
    ['+05:30', 0, 19_800],
    ['-0800', 0, -28_800],
    ['Europe/Berlin', Date.UTC(2024, 2, 31, 0, 59, 59), 3_600],
    ['Europe/Berlin', Date.UTC(2024, 2, 31, 1, 0, 0), 7_200],
    ['Asia/Kolkata', Date.UTC(2024, 0, 1), 19_800],
    ['America/New_York', Date.UTC(2024, 6, 1), -14_400],
  ])('%s at %i is %i seconds ahead', (name, ms, seconds) => {
    expect(timeZone(name).offsetSeconds(ms / 1000)).toBe(seconds);
  });

  it('refuses a name that is not known', () => {
    expect(() => timeZone('Mars/Olympus')).toThrow(RangeError);
    expect(['Mars/Olympus', 'UTC', 'Europe/Berlin', '-03:30'].map(isTimeZone)).toEqual([false, true, true, true]);
  });
});
