import { describe, expect, it } from 'vitest';
import { type ColumnType } from '../../emulator/catalog/column-type.ts';
import { jsonConverter } from '../../emulator/convert/json-value.ts';
import { convertText } from '../../emulator/convert/text-value.ts';
import { JsonReader } from '../../emulator/json/json-reader.ts';

function fromJson(text: string, type: ColumnType): string | null | undefined {
  const reader = new JsonReader(Buffer.from(text));
  reader.readValue();
  return jsonConverter(type)(reader);
}

const BAD = undefined;

describe('JSON values become column values (§4.5)', () => {
  const decimal: ColumnType = { kind: 'DECIMAL', precision: 10, scale: 3 };
  const text: ColumnType = { kind: 'VARCHAR', length: 5 };

  it.each<[string, ColumnType, string | null | undefined]>([
    ['127', { kind: 'TINYINT' }, '127'],
    ['128', { kind: 'TINYINT' }, BAD],
    ['-128', { kind: 'TINYINT' }, '-128'],
    ['1.9', { kind: 'INT' }, '1'],
    ['-1.9', { kind: 'INT' }, '-1'],
    ['1e3', { kind: 'INT' }, '1000'],
    ['2147483648', { kind: 'INT' }, BAD],
    ['9223372036854775807', { kind: 'BIGINT' }, '9223372036854775807'],
    ['9223372036854775808', { kind: 'BIGINT' }, BAD],
    ['170141183460469231731687303715884105727', { kind: 'LARGEINT' }, '170141183460469231731687303715884105727'],
    ['170141183460469231731687303715884105728', { kind: 'LARGEINT' }, BAD],
    ['" 12 "', { kind: 'INT' }, '12'],
    ['"12.7"', { kind: 'INT' }, '12'],
    ['"abc"', { kind: 'INT' }, BAD],
    ['true', { kind: 'INT' }, BAD],
    ['{}', { kind: 'INT' }, BAD],
    ['null', { kind: 'INT' }, null],
    ['0', { kind: 'BOOLEAN' }, 'false'],
    ['2', { kind: 'BOOLEAN' }, 'true'],
    ['"TRUE"', { kind: 'BOOLEAN' }, 'true'],
    ['"yes"', { kind: 'BOOLEAN' }, BAD],
    ['true', { kind: 'BOOLEAN' }, 'true'],
    ['1.50', text, '1.50'],
    ['true', text, '1'],
    ['false', text, '0'],
    ['{"a": [1]}', { kind: 'VARCHAR', length: 20 }, '{"a":[1]}'],
    ['"äöüß"', text, BAD],
    ['"äö"', text, 'äö'],
    ['1234567.8915', decimal, '1234567.892'],
    ['12345678', decimal, BAD],
    ['"-0.0004"', decimal, '0.000'],
    ['1e-3', decimal, '0.001'],
    ['"2024-02-29"', { kind: 'DATE' }, '2024-02-29'],
    ['"2023-02-29"', { kind: 'DATE' }, BAD],
    ['20240131', { kind: 'DATE' }, '2024-01-31'],
    ['true', { kind: 'DATE' }, BAD],
    ['{"b": 1, "a":[1,2]}', { kind: 'JSON' }, '{"b": 1, "a": [1, 2]}'],
    ['"x"', { kind: 'JSON' }, '"x"'],
    ['[1, "2", null, "x"]', { kind: 'ARRAY', element: { kind: 'INT' } }, '["1","2",null,null]'],
    ['1', { kind: 'ARRAY', element: { kind: 'INT' } }, BAD],
  ])('%s into %j is %s', (json, type, expected) => {
    expect(fromJson(json, type)).toBe(expected);
  });
});

describe('date and time text (§4.6)', () => {
  it.each<[string, string | undefined]>([
    ['2024-01-02 03:04:05', '2024-01-02 03:04:05'],
    [' 2024-01-02T03:04:05Z ', '2024-01-02 03:04:05'],
    ['2024-01-02 03:04:05.1', '2024-01-02 03:04:05.100000'],
    ['2024-01-02 03:04:05.123456789', '2024-01-02 03:04:05.123456'],
    ['2024-01-02T03:04:05+08:00', '2024-01-02 03:04:05'],
    ['2024/1/2 3:4:5', '2024-01-02 03:04:05'],
    ['20240102030405', '2024-01-02 03:04:05'],
    ['20240102', '2024-01-02 00:00:00'],
    ['240102', '2024-01-02 00:00:00'],
    ['990102', '1999-01-02 00:00:00'],
    ['1704164645', BAD],
    ['1704164645123', BAD],
    ['2024-13-01', BAD],
    ['2024-00-01', BAD],
    ['2024-01-01 24:00:00', BAD],
    ['yesterday', BAD],
    ['', BAD],
  ])('%s is %s', (text, expected) => {
    expect(convertText(text, { kind: 'DATETIME' })).toBe(expected);
  });
});
