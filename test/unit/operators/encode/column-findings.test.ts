import { describe, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../../src/core/column-type.ts';
import { UTC } from '../../../../src/core/time-zone.ts';
import { columnFindings, type LoadManner } from '../../../../src/operators/encode/column-findings.ts';
import { readJson } from '../../../../src/operators/json/read-json.ts';

const MANNER: LoadManner = { zone: UTC, strict: true, partial: false, listed: undefined };

function column(type: string, required = false): Column {
  return { name: 'v', type: parseColumnType(type), required };
}

/** What is said of a row of this JSON. */
function found(json: string, columns: readonly Column[], manner: Partial<LoadManner> = {}): string[] {
  const row = readJson(json) as Record<string, unknown>;
  return columnFindings(row, columns, { ...MANNER, ...manner }).map(({ kind, message }) => `${kind}: ${message}`);
}

describe('what StarRocks does not store as it is sent', () => {
  it.each([
    ['{"v":1}', 'int(11)'],
    ['{"v":"12"}', 'int(11)'],
    ['{"v":1e3}', 'bigint(20)'],
    ['{"v":null}', 'int(11)'],
    ['{"v":18446744073709551616}', 'largeint(40)'],
    ['{"v":0.10}', 'decimal(10, 2)'],
    ['{"v":"2024-05-01 17:03:00"}', 'datetime'],
    ['{"v":"2024/5/1"}', 'date'],
    ['{"v":{"a":1}}', 'varchar(3)'],
    ['{"v":{"a":1}}', 'json'],
    ['{"v":[1]}', 'array<int(11)>'],
    ['{"v":"x"}', 'bitmap'],
    ['{"v":1,"__op":1}', 'int(11)'],
  ])('is nothing of %s for %s', (json, type) => {
    expect(found(json, [column(type)])).toEqual([]);
  });

  it.each([
    ['{"v":"x"}', 'int(11)', 'refused: the field "v" does not fit its column, which is INT: "x" is no INT'],
    ['{"v":128}', 'tinyint(4)', 'refused: the field "v" does not fit its column, which is TINYINT: 128 is no TINYINT'],
    [
      '{"v":"abcd"}',
      'varchar(3)',
      'refused: the field "v" does not fit its column, which is VARCHAR(3): "abcd" is no VARCHAR(3)',
    ],
    [
      '{"v":"2024-13-01"}',
      'date',
      'refused: the field "v" does not fit its column, which is DATE: "2024-13-01" is no DATE',
    ],
    [
      '{"v":1.5}',
      'int(11)',
      'changed: the field "v" does not fit its column, which is INT: 1.5 would lose its fraction',
    ],
    [
      '{"v":"2024-05-01 10:00:00"}',
      'date',
      'changed: the field "v" does not fit its column, which is DATE: "2024-05-01 10:00:00" would lose its time',
    ],
    ['{}', 'int(11)', 'nulled: there is no field for the column "v", which becomes NULL'],
  ])('is named: %s for %s', (json, type, message) => {
    expect(found(json, [column(type)])).toEqual([message]);
  });

  it('is a NULL for NOT NULL, whether it is written or the field is missing', () => {
    const columns = [column('int(11)', true)];
    expect(found('{"v":null}', columns)).toEqual(['refused: the field "v" is null, and the column is NOT NULL']);
    expect(found('{}', columns)).toEqual(['refused: there is no field for the column "v", and the column is NOT NULL']);
  });

  it('is a bad value that becomes NULL without strict_mode, unless the column is NOT NULL', () => {
    expect(found('{"v":"x"}', [column('int(11)')], { strict: false })).toEqual([
      'nulled: the field "v" does not fit its column, which is INT: "x" is no INT, and becomes NULL because strict_mode is not true',
    ]);
    expect(found('{"v":"x"}', [column('int(11)', true)], { strict: false })).toEqual([
      'refused: the field "v" does not fit its column, which is INT: "x" is no INT',
    ]);
  });

  it('is a field without a column, and one whose name differs in case', () => {
    expect(found('{"v":1,"w":2,"V":3}', [column('int(11)')])).toEqual([
      'ignored: the table has no column for the field "w", which is left out',
      'ignored: the table has no column for the field "V", which is left out; the column "v" differs in case, which counts',
    ]);
  });

  it('leaves out columns that partial updates keep, and those that `columns` does not list', () => {
    const columns = [column('int(11)', true), { ...column('int(11)', true), name: 'w' }];
    expect(found('{"v":1}', columns, { partial: true })).toEqual([]);
    expect(found('{"v":1,"w":2}', columns, { listed: ['v'] })).toEqual([
      'ignored: the table has no column for the field "w", which is left out',
    ]);
  });
});
