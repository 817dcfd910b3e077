import { describe, expect, it } from 'vitest';
import { type ColumnType, columnTypeText, parseColumnType } from '../../../src/core/column-type.ts';

const INT: ColumnType = { kind: 'integer', bits: 32 };

describe('parseColumnType', () => {
  it.each<[string, ColumnType]>([
    ['tinyint(1)', { kind: 'boolean' }],
    ['boolean', { kind: 'boolean' }],
    ['tinyint(4)', { kind: 'integer', bits: 8 }],
    ['largeint(40)', { kind: 'integer', bits: 128 }],
    ['INT', INT],
    ['decimal(10, 2)', { kind: 'decimal', precision: 10, scale: 2 }],
    ['decimal128(38,9)', { kind: 'decimal', precision: 38, scale: 9 }],
    ['varchar(65533)', { kind: 'text', length: 65_533 }],
    ['string', { kind: 'text', length: Number.POSITIVE_INFINITY }],
    ['varbinary', { kind: 'varbinary' }],
    ['array<array<int(11)>>', { kind: 'array', element: { kind: 'array', element: INT } }],
    [
      'map<varchar(10),array<date>>',
      { kind: 'map', key: { kind: 'text', length: 10 }, value: { kind: 'array', element: { kind: 'date' } } },
    ],
    [
      'struct<a int(11), `b c` struct<d json>>',
      {
        kind: 'struct',
        fields: [
          { name: 'a', type: INT },
          { name: 'b c', type: { kind: 'struct', fields: [{ name: 'd', type: { kind: 'json' } }] } },
        ],
      },
    ],
  ])('reads %s', (text, type) => {
    expect(parseColumnType(text)).toEqual(type);
  });

  it.each(['bitmap', 'hll', '', 'array<', 'array<int', 'decimal', 'map<int>>', 'struct<>'])(
    'looks at no column of a type that it does not know: %j',
    (text) => {
      expect(parseColumnType(text)).toEqual({ kind: 'other' });
    },
  );
});

describe('columnTypeText', () => {
  it.each([
    ['tinyint(4)', 'TINYINT'],
    ['decimal(10, 2)', 'DECIMAL(10,2)'],
    ['varchar(5)', 'VARCHAR(5)'],
    ['string', 'STRING'],
    ['datetime', 'DATETIME'],
  ])('writes %s as %s', (text, written) => {
    expect(columnTypeText(parseColumnType(text))).toBe(written);
  });
});
