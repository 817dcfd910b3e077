import { type Cell, COLUMN_NAMES, type ColumnName, fieldOf, nearest, type Outcome, starrocks } from './columns.ts';
import * as is from './outcomes.ts';

/** JSON text of a value, so that its digits are what stands here. */
type JsonText = string;
type ConnectSchema = Readonly<Record<string, unknown>>;
type ConnectSource = readonly [name: string, schema: ConnectSchema, payload: JsonText, outcome: Outcome];

const int = (name: string): ConnectSchema => ({ type: 'int32', name });
const long = (name: string): ConnectSchema => ({ type: 'int64', name });
const text = (name: string): ConnectSchema => ({ type: 'string', name });
const CONNECT = 'org.apache.kafka.connect.data';
const decimal = (scale: string): ConnectSchema => ({
  type: 'bytes',
  name: `${CONNECT}.Decimal`,
  parameters: { scale },
});
const field = (name: string, type: string): ConnectSchema => ({ field: name, type });
const nested = (depth: number): ConnectSchema => ({
  type: 'array',
  items: depth === 1 ? { type: 'int32' } : nested(depth - 1),
});
const base64 = (hex: string): JsonText => JSON.stringify(Buffer.from(hex, 'hex').toString('base64'));

/** Values with Kafka Connect's schemas, as JsonConverter and Debezium write them. */
const WITH_SCHEMA: readonly ConnectSource[] = [
  ['int8', { type: 'int8' }, '7', is.SEVEN],
  ['int16', { type: 'int16' }, '7', is.SEVEN],
  ['int16, 1 for true', { type: 'int16' }, '1', is.ONE],
  ['int32', { type: 'int32' }, '7', is.SEVEN],
  ['int64', { type: 'int64' }, '9007199254740993', is.BEYOND_DOUBLE],
  ['float32', { type: 'float' }, '1.5', is.ONE_AND_A_HALF],
  ['float64', { type: 'double' }, '1.5', is.ONE_AND_A_HALF],
  ['float64, whole', { type: 'double' }, '7.0', is.SEVEN],
  ['boolean', { type: 'boolean' }, 'true', is.TRUE],
  ['string', { type: 'string' }, '"a \\"b\\" 東"', is.TEXT],
  ['string of digits', { type: 'string' }, '"7"', is.TEXT_SEVEN],
  ['string of a fraction', { type: 'string' }, '"1.5"', is.TEXT_FRACTION],
  ['string of a truth value', { type: 'string' }, '"true"', is.TEXT_TRUE],
  ['string of a moment', { type: 'string' }, '"2024-05-01T19:03:00.5+02:00"', is.TEXT_MOMENT],
  ['bytes', { type: 'bytes' }, base64('deadbeef'), is.BYTES],
  ['no bytes', { type: 'bytes' }, '""', { char: '', varchar: '', string: '', json: '""' }],
  [
    'bytes whose base64 is digits',
    { type: 'bytes' },
    '"2024"',
    { char: '2024', varchar: '2024', string: '2024', json: '"2024"' },
  ],
  ['Decimal', decimal('2'), base64('04e2'), is.PRICE],
  ['Decimal, whole', decimal('2'), base64('04b0'), is.WHOLE_PRICE],
  ['Decimal of 0', decimal('0'), base64('01'), is.ONE],
  ['Decimal of more digits than the column', decimal('5'), '12345678901234567890.12345', is.LONG_DECIMAL],
  ['Decimal of 36 digits', decimal('4'), '-12345678901234567890123456789012.3456', is.WIDE_DECIMAL],
  ['Decimal of a negative scale', decimal('-2'), base64('0c'), is.TWELVE_HUNDRED],
  ['Decimal 0E-10', decimal('10'), base64('00'), is.ZERO_OF_TEN_DIGITS],
  ['Date', int(`${CONNECT}.Date`), '19844', is.DATE],
  ['Date before 1970', int(`${CONNECT}.Date`), '-1', is.OLD_DATE],
  ['Time', int(`${CONNECT}.Time`), '36672013', is.TIME_MS],
  ['Time 0', int(`${CONNECT}.Time`), '0', is.FIRST_TIME],
  ['Time 86399999', int(`${CONNECT}.Time`), '86399999', is.LAST_TIME],
  ['Timestamp', long(`${CONNECT}.Timestamp`), '1714582980500', is.MOMENT],
  ['Timestamp at midnight', long(`${CONNECT}.Timestamp`), '1714521600000', is.MIDNIGHT],
  ['io.debezium.time.Date', int('io.debezium.time.Date'), '19844', is.DATE],
  ['io.debezium.time.Time', int('io.debezium.time.Time'), '36672000', is.TIME],
  ['io.debezium.time.Time below 0', int('io.debezium.time.Time'), '-1000', is.NEGATIVE_TIME],
  ['io.debezium.time.MicroTime', long('io.debezium.time.MicroTime'), '36672013014', is.TIME_MICROS],
  ['io.debezium.time.NanoTime', long('io.debezium.time.NanoTime'), '36672013014015', is.TIME_NANOS],
  ['io.debezium.time.Timestamp', long('io.debezium.time.Timestamp'), '1714582980500', is.MOMENT],
  ['io.debezium.time.MicroTimestamp', long('io.debezium.time.MicroTimestamp'), '1714582980500001', is.MOMENT_MICROS],
  ['io.debezium.time.NanoTimestamp', long('io.debezium.time.NanoTimestamp'), '1714582980500001002', is.MOMENT_NANOS],
  [
    'io.debezium.time.ZonedTimestamp',
    text('io.debezium.time.ZonedTimestamp'),
    '"2024-05-01T19:03:00.5+02:00"',
    is.MOMENT,
  ],
  [
    'io.debezium.time.ZonedTime',
    text('io.debezium.time.ZonedTime'),
    '"10:11:12Z"',
    { char: '10:11:12Z', varchar: '10:11:12Z', string: '10:11:12Z', json: '"10:11:12Z"', varbinary: '10:11:12Z' },
  ],
  ['io.debezium.time.IsoDate', text('io.debezium.time.IsoDate'), '"2024-05-01Z"', is.DATE],
  ['io.debezium.time.IsoTimestamp', text('io.debezium.time.IsoTimestamp'), '"2024-05-01T17:03:00.5Z"', is.MOMENT],
  ['io.debezium.time.Year', int('io.debezium.time.Year'), '7', is.SEVEN],
  ['io.debezium.time.MicroDuration', long('io.debezium.time.MicroDuration'), '7', is.SEVEN],
  [
    'io.debezium.time.Interval',
    text('io.debezium.time.Interval'),
    '"P1Y2M3DT4H"',
    { char: 'P1Y2M3DT4H', varchar: 'P1Y2M3DT4H', string: 'P1Y2M3DT4H', json: '"P1Y2M3DT4H"', varbinary: 'P1Y2M3DT4H' },
  ],
  [
    'io.debezium.data.VariableScaleDecimal',
    {
      type: 'struct',
      name: 'io.debezium.data.VariableScaleDecimal',
      fields: [field('scale', 'int32'), field('value', 'bytes')],
    },
    `{"scale":2,"value":${base64('04e2')}}`,
    is.PRICE,
  ],
  ['io.debezium.data.Json', text('io.debezium.data.Json'), '"{\\"a\\": 1, \\"b\\":\\"x\\"}"', is.STRUCT],
  ['io.debezium.data.Enum', text('io.debezium.data.Enum'), '"a \\"b\\" 東"', is.TEXT],
  ['io.debezium.data.EnumSet', text('io.debezium.data.EnumSet'), '"a \\"b\\" 東"', is.TEXT],
  ['io.debezium.data.Xml', text('io.debezium.data.Xml'), '"a \\"b\\" 東"', is.TEXT],
  ['io.debezium.data.Uuid', text('io.debezium.data.Uuid'), '"6f1ed002-ab5b-4c47-8a50-3f6f0b1d2c3e"', is.UUID],
  ['io.debezium.data.Bits', { type: 'bytes', name: 'io.debezium.data.Bits' }, base64('0700'), is.SEVEN],
  [
    'io.debezium.data.geometry.Point',
    {
      type: 'struct',
      name: 'io.debezium.data.geometry.Point',
      fields: [field('x', 'double'), field('y', 'double'), { ...field('wkb', 'bytes'), optional: true }],
    },
    '{"x":1.5,"y":-2,"wkb":null}',
    {
      varchar: '{"x":1.5,"y":-2,"wkb":null}',
      string: '{"x":1.5,"y":-2,"wkb":null}',
      json: '{"x": 1.5, "y": -2, "wkb": null}',
      varbinary: '{"x":1.5,"y":-2,"wkb":null}',
    },
  ],
  [
    'io.debezium.data.FloatVector',
    { type: 'array', name: 'io.debezium.data.FloatVector', items: { type: 'float' } },
    '[1.5,0.1]',
    is.FLOATS,
  ],
  ['array of int32', { type: 'array', items: { type: 'int32' } }, '[1,2]', is.NUMBERS],
  ['array of int64', { type: 'array', items: { type: 'int64' } }, '[1,4294967296]', is.LONG_NUMBERS],
  ['map of string to int32', { type: 'map', keys: { type: 'string' }, values: { type: 'int32' } }, '{"k":1}', is.MAP],
  ['map of int32 to int32', { type: 'map', keys: { type: 'int32' }, values: { type: 'int32' } }, '[[1,2]]', is.INT_MAP],
  ['array with a null', { type: 'array', items: { type: 'int32', optional: true } }, '[1,null]', is.NUMBER_AND_NULL],
  ['map of nothing', { type: 'map', keys: { type: 'string' }, values: { type: 'int32' } }, '{}', is.EMPTY_MAP],
  ['array of arrays, 100 deep', nested(100), `${'['.repeat(100)}1${']'.repeat(100)}`, is.DEEP],
  [
    'struct',
    { type: 'struct', name: 'shop.Pair', fields: [field('a', 'int32'), field('b', 'string')] },
    '{"a":1,"b":"x"}',
    is.STRUCT,
  ],
];

export function cellsWithSchema(): Cell[] {
  return WITH_SCHEMA.flatMap(([name, schema, payload, outcome]) =>
    cellsOf(name, outcome, (id, column) => {
      const fields = [field('id', 'int64'), { ...schema, field: fieldOf(column), optional: true }];
      return Buffer.from(
        `{"schema":${JSON.stringify({ type: 'struct', fields })},"payload":{"id":${id},"${fieldOf(column)}":${payload}}}`,
      );
    }),
  );
}

/**
 * Plain JSON, whose bytes go to StarRocks as they are: what is not a value of a column's type is StarRocks' to refuse or
 * to bend, here as in any load.
 */
const PLAIN: readonly (readonly [name: string, json: JsonText, outcome: Outcome])[] = [
  ['integer', '7', { ...is.SEVEN, boolean: starrocks('1') }],
  [
    '2^64',
    '18446744073709551616',
    {
      boolean: starrocks('1'),
      largeint: '18446744073709551616',
      float: '18446744000000000000',
      double: '18446744073709552000',
      decimal: '18446744073709551616.0000',
      varchar: '18446744073709551616',
      string: '18446744073709551616',
      json: '18446744073709551616',
      varbinary: '18446744073709551616',
    },
  ],
  [
    'fraction',
    '1.5',
    {
      ...is.ONE_AND_A_HALF,
      boolean: starrocks('1'),
      tinyint: starrocks('1'),
      smallint: starrocks('1'),
      int: starrocks('1'),
      bigint: starrocks('1'),
      largeint: starrocks('1'),
    },
  ],
  [
    'zeros at the end',
    '0.10',
    {
      boolean: starrocks('1'),
      tinyint: starrocks('0'),
      smallint: starrocks('0'),
      int: starrocks('0'),
      bigint: starrocks('0'),
      largeint: starrocks('0'),
      float: '0.1',
      double: '0.1',
      decimal: '0.1000',
      char: '0.10',
      varchar: '0.10',
      string: '0.10',
      json: '0.10',
      varbinary: '0.10',
    },
  ],
  [
    'exponent',
    '1e-7',
    {
      boolean: starrocks('1'),
      tinyint: starrocks('0'),
      smallint: starrocks('0'),
      int: starrocks('0'),
      bigint: starrocks('0'),
      largeint: starrocks('0'),
      float: '1e-7',
      double: '1e-7',
      decimal: starrocks('0.0000'),
      char: '1e-7',
      varchar: '1e-7',
      string: '1e-7',
      json: '1e-7',
      varbinary: '1e-7',
    },
  ],
  ['true', 'true', is.TRUE],
  ['text', '"a \\"b\\" 東"', is.TEXT],
  ['text of a date', '"2024-05-01"', is.DATE],
  [
    'text of a moment with an offset',
    '"2024-05-01T19:03:00.5+02:00"',
    { ...is.TEXT_MOMENT, date: starrocks('2024-05-01'), datetime: starrocks('2024-05-01 19:03:00.500000') },
  ],
  ['array', '[1,2]', is.NUMBERS],
  ['array of what is no INT', '[1,4294967296]', { ...is.LONG_NUMBERS, array: starrocks('[1,null]') }],
  ['object', '{"a":1,"b":"x"}', { ...is.STRUCT, map: starrocks('{"a":1,"b":null}') }],
];

export function plainCells(): Cell[] {
  return PLAIN.flatMap(([name, json, outcome]) =>
    cellsOf(name, outcome, (id, column) => Buffer.from(`{"id":${id},"${fieldOf(column)}":${json}}`)),
  );
}

/** The same JSON once it has been parsed, by JsonConverter with schemas.enable and no schema. */
const PARSED: readonly (readonly [name: string, json: JsonText, outcome: Outcome])[] = [
  ['integer', '7', is.SEVEN],
  ['2^64 - 1', '18446744073709551615', is.UNSIGNED_LONG],
  ['fraction', '1.5', is.ONE_AND_A_HALF],
  ['zeros at the end', '12.50', is.PRICE],
  ['zeros alone behind the point', '12.00', is.WHOLE_PRICE],
  ['more digits than the column', '12345678901234567890.12345', is.LONG_DECIMAL],
  [
    'exponent',
    '1e-7',
    {
      float: '1e-7',
      double: '1e-7',
      decimal: nearest('0.0000'),
      char: '1e-7',
      varchar: '1e-7',
      string: '1e-7',
      json: '1e-7',
      varbinary: '1e-7',
    },
  ],
  ['true', 'true', is.TRUE],
  ['text', '"a \\"b\\" 東"', is.TEXT],
  ['text of digits', '"7"', is.TEXT_SEVEN],
  ['text of a date', '"2024-05-01"', is.DATE],
  ['text of a moment with an offset', '"2024-05-01T19:03:00.5+02:00"', is.TEXT_MOMENT],
  ['text of a time', '"10:11:12"', is.TIME],
  [
    'a date in digits',
    '20240501',
    {
      int: '20240501',
      bigint: '20240501',
      largeint: '20240501',
      float: '20240500',
      double: '20240501',
      decimal: '20240501.0000',
      date: '2024-05-01',
      datetime: '2024-05-01 00:00:00',
      char: '20240501',
      varchar: '20240501',
      string: '20240501',
      json: '20240501',
      varbinary: '20240501',
    },
  ],
  ['array', '[1,2]', is.NUMBERS],
  ['array of what is no INT', '[1,4294967296]', is.LONG_NUMBERS],
  ['object', '{"a":1,"b":"x"}', is.STRUCT],
];

export function parsedCells(): Cell[] {
  return PARSED.flatMap(([name, json, outcome]) =>
    cellsOf(name, outcome, (id, column) =>
      Buffer.from(`{"schema":null,"payload":{"id":${id},"${fieldOf(column)}":${json}}}`),
    ),
  );
}

/** A CSV field, which StarRocks reads; the columns of the table are its fields in their order. */
const CSV: readonly (readonly [name: string, field: string, outcome: Outcome])[] = [
  ['digits', '7', { ...is.SEVEN, boolean: starrocks('1') }],
  ['2^53 + 1', '9007199254740993', { ...is.BEYOND_DOUBLE, boolean: starrocks('1') }],
  ['truth value', 'true', { ...is.TEXT_TRUE, json: 'true' }],
  [
    'date',
    '2024-05-01',
    {
      date: '2024-05-01',
      datetime: '2024-05-01 00:00:00',
      char: '2024-05-01',
      varchar: '2024-05-01',
      string: '2024-05-01',
      varbinary: '2024-05-01',
    },
  ],
  ['JSON of numbers', '[1,2]', is.NUMBERS],
  ['JSON of an object', '{"a":1,"b":"x"}', { ...is.STRUCT, map: starrocks('{"a":1,"b":null}') }],
];

export function csvCells(): Cell[] {
  return CSV.flatMap(([name, content, outcome]) =>
    cellsOf(name, outcome, (id, column) =>
      Buffer.from([id, ...COLUMN_NAMES.map((each) => (each === column ? content : '\\N'))].join('\u0001')),
    ),
  );
}

export function cellsOf(source: string, outcome: Outcome, write: (id: number, column: ColumnName) => Buffer): Cell[] {
  return COLUMN_NAMES.map((column) => ({
    source,
    column,
    expected: outcome[column],
    write: (id) => write(id, column),
  }));
}
