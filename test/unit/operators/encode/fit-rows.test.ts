import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../../src/core/column-type.ts';
import { Decimal } from '../../../../src/core/decimal.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import { type TableColumns } from '../../../../src/core/table-columns.ts';
import { timeZone, UTC } from '../../../../src/core/time-zone.ts';
import { awaitColumns, fittedRows } from '../../../../src/operators/encode/fit-rows.ts';
import { jsonRows } from '../../../../src/operators/encode/json-rows.ts';
import { RowError } from '../../../../src/operators/encode-rows.ts';
import { batchOf, utf8 } from '../../../support/records.ts';
import { rowsWritten } from '../../../support/rows-written.ts';
import { through } from '../../../support/through.ts';

function columnsOf(types: Readonly<Record<string, string>>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type: parseColumnType(type) }));
}

/** Columns that are known and never asked for again. */
function known(columns: readonly Column[] | undefined): TableColumns {
  return { known: columns, refresh: () => undefined };
}

/** The row of `{v: value}` in a table whose column v has this type. */
function fitted(type: string, value: unknown, zone = UTC): string {
  const writer = fittedRows(jsonRows, known(columnsOf({ v: type })), zone);
  const [row = ''] = rowsWritten(writer, { id: 1, v: value });
  return row.slice('{"id":1,"v":'.length, -1);
}

const shanghai = timeZone('Asia/Shanghai');

describe('a value goes into its column', () => {
  it.each<[string, unknown, string]>([
    ['int(11)', 7, '7'],
    ['int(11)', null, 'null'],
    ['int(11)', new Decimal(1200n, 2), '12'],
    ['largeint(40)', new Decimal(1234567890123456789000n, 2), '12345678901234567890'],
    ['largeint(40)', 1e21, '1000000000000000000000'],
    ['bigint(20)', new NumberText('1e3'), '1000'],
    ['bigint(20)', '7', '"7"'],
    ['bigint(20)', 'seven', '"seven"'],
    ['tinyint(1)', 1, 'true'],
    ['tinyint(1)', '0', 'false'],
    ['tinyint(1)', 'false', '"false"'],
    ['decimal(10, 2)', new Decimal(12500n, 3), '12.500'],
    ['decimal(10, 2)', 0.125, '0.125'],
    ['date', '2024-05-01', '"2024-05-01"'],
    ['date', '2024-05-01 00:00:00', '"2024-05-01 00:00:00"'],
    ['date', 20_240_501, '20240501'],
    ['date', new Date(0), '"1970-01-01 00:00:00"'],
    ['datetime', '2024-05-01 17:03:00.500001', '"2024-05-01 17:03:00.500001"'],
    ['datetime', '2024-05-01T17:03:00.500001000', '"2024-05-01T17:03:00.500001000"'],
    ['datetime', '2024-05-01T19:03:00+02:00', '"2024-05-01 17:03:00"'],
    ['datetime', 'infinity', '"infinity"'],
    ['varchar(10)', Buffer.from([1, 2]), '"AQI="'],
    ['json', Buffer.from([1, 2]), '"AQI="'],
    ['array<int(11)>', [1, null, '2'], '[1,null,"2"]'],
    ['array<datetime>', ['2024-05-01T19:03:00+02:00'], '["2024-05-01 17:03:00"]'],
    ['map<int(11),date>', new Map([[1, '2024-05-01']]), '{"1":"2024-05-01"}'],
    [
      'struct<a int(11)>',
      { a: new NumberText('1.0'), b: 'not one of its fields' },
      '{"a":1,"b":"not one of its fields"}',
    ],
    ['struct<a int(11)>', {}, '{}'],
    ['bitmap', 1.5, '1.5'],
  ])('%s: %s', (type, value, expected) => {
    expect(fitted(type, value)).toBe(expected);
  });

  it.each([
    '2024-05-01T19:03+02',
    '2024-05-01T19:03+02:00',
    '2024-05-01 17:03Z',
    '2024-05-01T19:03:00+02',
    '2024-05-01T19:03:00+0200',
    '2024-05-01T17:03:00.0Z',
    '2024-05-01T17:03:00.000Z',
    '2024-05-01T19:03:00.0+02:00',
    '2024-05-01T19:03:00.0+0200',
    '2024-05-01T19:03:00.000+02',
    '2024-05-01T17:03:00.00000Z',
    '2024-05-01T15:03:00.000000-02:00',
  ])('DATETIME, without its offset, however that is written: %s', (text) => {
    expect(fitted('datetime', text)).toBe('"2024-05-01 17:03:00"');
  });

  it.each([
    ['a text with an offset', '2024-05-01T17:03:00Z', '"2024-05-02 01:03:00"'],
    ['a Date', new Date(Date.UTC(2024, 4, 1, 17, 3)), '"2024-05-02 01:03:00"'],
    ['a text without an offset', '2024-05-01 17:03:00', '"2024-05-01 17:03:00"'],
  ])('DATETIME, by the clocks of its zone: %s', (_, value, expected) => {
    expect(fitted('datetime', value, shanghai)).toBe(expected);
  });
});

describe('what StarRocks would change on its way in is refused', () => {
  it.each<[string, unknown, string]>([
    ['int(11)', 1.5, 'which is INT: 1.5 would lose its fraction'],
    ['int(11)', '1.5', 'which is INT: 1.5 would lose its fraction'],
    ['int(11)', new Decimal(1250n, 3), 'which is INT: 1.250 would lose its fraction'],
    ['int(11)', Buffer.from([0xdb, 0x4d, 0xb8]), 'which is INT: bytes are no value of it'],
    ['tinyint(1)', 7, 'which is BOOLEAN: 7 would become true'],
    ['decimal(10, 2)', new Decimal(125n, 3), 'which is DECIMAL(10,2): 0.125 has more than 2 digits after the point'],
    ['decimal(10, 2)', '0.125', 'which is DECIMAL(10,2): 0.125 has more than 2 digits after the point'],
    ['date', '2024-05-01 17:03:00', 'which is DATE: "2024-05-01 17:03:00" would lose its time'],
    ['date', 19_844, 'which is DATE: 19844 is no date, though StarRocks reads some that look like it as one'],
    [
      'datetime',
      '10:11:12',
      'which is DATETIME: 10:11:12 is no date, though StarRocks reads some that look like it as one',
    ],
    [
      'datetime',
      '2024-05-01 17:03:00.500001002',
      'which is DATETIME: "2024-05-01 17:03:00.500001002" would lose its nanoseconds',
    ],
    [
      'varbinary',
      Buffer.from([1]),
      `which is VARBINARY: its bytes would become their base64 text, because JSON has no bytes. Give the table properties that decode it, such as jsonpaths ["$.id", "$.b"] and columns id, b64, b = to_binary(b64, 'encode64')`,
    ],
    ['array<int(11)>', [1, 'x'], 'which is ARRAY: at [1]: "x" is no INT and would become NULL'],
    ['array<tinyint(4)>', [128], 'which is ARRAY: at [0]: 128 is no TINYINT and would become NULL'],
    ['array<array<int(11)>>', [[1.5]], 'which is ARRAY: at [0]: at [0]: 1.5 would lose its fraction'],
    ['array<varchar(2)>', ['東'], 'which is ARRAY: at [0]: "東" is no VARCHAR(2) and would become NULL'],
    ['array<date>', ['2023-02-29'], 'which is ARRAY: at [0]: "2023-02-29" is no DATE and would become NULL'],
    ['array<decimal(3, 1)>', [99.95], 'which is ARRAY: at [0]: 99.95 is no DECIMAL(3,1) and would become NULL'],
    ['array<float>', [1e39], 'which is ARRAY: at [0]: 1e+39 is no FLOAT and would become NULL'],
    ['array<double>', ['x'], 'which is ARRAY: at [0]: "x" is no DOUBLE and would become NULL'],
    ['array<tinyint(1)>', ['yes'], 'which is ARRAY: at [0]: "yes" is no BOOLEAN and would become NULL'],
    ['map<int(11),int(11)>', { x: 1 }, 'which is MAP: at the key x: "x" is no INT and would become NULL'],
    ['map<varchar(5),int(11)>', { x: 'y' }, 'which is MAP: at ["x"]: "y" is no INT and would become NULL'],
    ['struct<a int(11), b int(11)>', { a: 'x' }, 'which is STRUCT: at .a: "x" is no INT and would become NULL'],
    ['struct<a int(11), b int(11)>', { c: 1 }, 'which is STRUCT: it has none of the fields a, b'],
    ['int(11)', '1e99999', 'which is INT: A decimal with scale -99999 is beyond the 10000 that can be written out'],
  ])('%s: %s', (type, value, reason) => {
    expect(() => fitted(type, value)).toThrow(new RowError(`its field "v" does not fit the table's column, ${reason}`));
  });
});

describe('fittedRows', () => {
  it('leaves bytes that nobody parsed, and fields that the table lacks', () => {
    const writer = fittedRows(jsonRows, known(columnsOf({ v: 'int(11)' })), UTC);
    expect(rowsWritten(writer, utf8('{"v":1.5}'))).toEqual(['{"v":1.5}']);
    expect(rowsWritten(writer, { w: 1.5 })).toEqual(['{"w":1.5}']);
  });

  it('looks at each row of an array', () => {
    const writer = fittedRows(jsonRows, known(columnsOf({ v: 'int(11)' })), UTC);
    expect(() => rowsWritten(writer, [{ v: 1 }, { v: 1.5 }])).toThrow(RowError);
  });

  it('follows columns that get other types, and refuses nothing where they are not known', () => {
    const columns = { known: columnsOf({ v: 'int(11)' }) as readonly Column[] | undefined, refresh: () => undefined };
    const writer = fittedRows(jsonRows, columns, UTC);
    expect(() => rowsWritten(writer, { v: 1.5 })).toThrow(RowError);
    columns.known = columnsOf({ v: 'double' });
    expect(() => rowsWritten(writer, { v: 1.5 })).not.toThrow();
    columns.known = undefined;
    expect(() => rowsWritten(writer, { v: Buffer.from([1]) })).not.toThrow();
  });
});

describe('awaitColumns', () => {
  it('holds envelopes until the columns are known', async () => {
    const steps: string[] = [];
    const columns = {
      known: undefined,
      refresh: () => Promise.resolve().then(() => void steps.push('known')),
    };
    await through(batchOf([1]), awaitColumns({ own: columns, columnsOf: () => undefined, ahead: false }));
    steps.push('passed');
    expect(steps).toEqual(['known', 'passed']);
  });

  it.each([
    { ahead: true, asked: 1 },
    { ahead: false, asked: 0 },
  ])('asks $asked times before the first records with ahead $ahead', ({ ahead, asked }) => {
    let questions = 0;
    const refresh = (): undefined => {
      questions++;
    };
    const own = { known: undefined, refresh };
    NEVER.pipe(awaitColumns({ own, columnsOf: () => undefined, ahead })).subscribe();
    expect(questions).toBe(asked);
  });
});
