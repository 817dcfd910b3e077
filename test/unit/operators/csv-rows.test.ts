import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvDialect } from '../../../src/core/csv-dialect.ts';
import { NumberText } from '../../../src/core/number-text.ts';
import { csvRows } from '../../../src/operators/encode/csv-rows.ts';
import { RowError } from '../../../src/operators/encode-rows.ts';
import { utf8 } from '../../support/records.ts';
import { rowsWritten } from '../../support/rows-written.ts';

/** The rows of a value, as text. */
function rows(value: unknown, properties: Readonly<Record<string, string>> = {}): string[] {
  return rowsWritten(csvRows(csvDialect(properties)), value);
}

const COMMAS = { column_separator: ',' };
const QUOTES = { ...COMMAS, enclose: '"', escape: '\\' };

describe('CSV text', () => {
  it('is passed on as it is', () => {
    expect(rows(utf8('1\tNew York'))).toEqual(['1\tNew York']);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    ['with the delimiter at its end', '1,a\n', COMMAS, ['1,a']],
    ['of several lines', '1,a\n2,b\n\n3,c', COMMAS, ['1,a', '2,b', '3,c']],
    ['with a delimiter in hexadecimal', '1,a|#2,b', { ...COMMAS, row_delimiter: '\\x7C23' }, ['1,a', '2,b']],
    ['with a delimiter of bytes that are no ASCII', '1,a§2,b', { ...COMMAS, row_delimiter: '\\xC2A7' }, ['1,a', '2,b']],
    ['of a file from Windows', '1,a\r\n2,b\r\n', { ...COMMAS, row_delimiter: '\\r\\n' }, ['1,a', '2,b']],
    ['with an enclosed line feed', '1,"a\nb"\n2,c', QUOTES, ['1,"a\nb"', '2,c']],
    ['with a doubled quotation mark', '1,"a""\nb"\n2,c', QUOTES, ['1,"a""\nb"', '2,c']],
    ['with an escaped quotation mark', '1,"a\\"\nb"\n2,c', QUOTES, ['1,"a\\"\nb"', '2,c']],
    ['with an escaped line feed', '1,a\\\nb\n2,c', QUOTES, ['1,a\\\nb', '2,c']],
    ['with a quotation mark inside a field', '1,a"\n2,b"', QUOTES, ['1,a"', '2,b"']],
    [
      'with a space before an enclosed field',
      '1, "a\nb"\n2,c',
      { ...QUOTES, trim_space: 'true' },
      ['1, "a\nb"', '2,c'],
    ],
  ])('%s', (_, value, properties, expected) => {
    expect(rows(utf8(value), properties)).toEqual(expected);
    expect(rows(value, properties)).toEqual(expected);
  });

  it.each([
    ['nothing', '', {}, 'its value is an empty line, which StarRocks takes for no row'],
    ['empty lines', '\n\n', {}, 'its value is an empty line, which StarRocks takes for no row'],
    ['a field that is not closed', '1,"a\n2,b', QUOTES, 'its value has an enclosed field that does not end'],
  ])('that is %s is no row', (_, value, properties, message) => {
    expect(() => rows(utf8(value), properties)).toThrow(new RowError(message));
  });
});

describe('what a converter made', () => {
  const columns = { columns: 'id, `city`, n, d = date(n)' };

  it('is written in the order of the columns, with \\N for what is null or missing', () => {
    const row = { city: 'New York', id: new NumberText('18446744073709551616'), more: true };
    expect(rows(row, columns)).toEqual(['18446744073709551616\tNew York\t\\N']);
  });

  it('has JSON for lists and objects, and its digits', () => {
    expect(rows({ id: [1, 'a'], city: { x: 0.5 }, n: false }, columns)).toEqual(['[1,"a"]\t{"x":0.5}\tfalse']);
  });

  it('makes a row of each element of an array', () => {
    expect(rows([{ id: 1 }, { id: 2 }], { columns: 'id' })).toEqual(['1', '2']);
  });

  it.each([
    ['a separator', 'a,b', '"a,b"'],
    ['a delimiter', 'a\nb', '"a\nb"'],
    ['quotation marks', 'say "a"', '"say ""a"""'],
    ['what escapes', 'a\\b', '"a\\\\b"'],
    ['what means NULL', '\\N', '"\\\\N"'],
    ['nothing', '', '""'],
  ])('is enclosed where it holds %s', (_, value, written) => {
    expect(rows({ city: value }, { ...QUOTES, columns: 'city' })).toEqual([written]);
  });

  it.each([
    ['a separator', { city: 'a\tb' }, columns],
    ['a delimiter', { city: 'a\nb' }, columns],
    ['what means NULL', { city: '\\N' }, columns],
    ['nothing, as the only field', { city: '' }, { columns: 'city' }],
  ])('is no row where a field holds %s and nothing encloses it', (_, value, properties) => {
    expect(() => rows(value, properties)).toThrow(/^its value cannot be written as CSV: its field "city" .*enclose/);
  });

  it('is no row without columns, or where it is no object', () => {
    expect(() => rows({ id: 1 })).toThrow(/nothing says in which order its fields go\. Set sink\.properties\.columns/);
    expect(() => rows(12, columns)).toThrow('its value is neither CSV text nor an object');
  });

  it('comes back from any text, one row for each', () => {
    const marks = fc.constantFrom(',', '\n', '"', '\\', ' ', 'N', '\\N', 'a', 'é');
    const field = fc.array(marks).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(fc.record({ a: field, b: fc.option(field) }), { minLength: 1 }), (values) => {
        const properties = { ...QUOTES, columns: 'a,b' };
        const written = rows(values, properties);
        expect(rows(written.join('\n'), properties)).toEqual(written);
        expect(written.map(fieldsOf)).toEqual(values.map(({ a, b }) => [a, b]));
      }),
    );
  });
});

/** Reads a row as the documentation of StarRocks says: enclosed by ", with \ before what means nothing. */
function fieldsOf(row: string): (string | null)[] {
  return [...row.matchAll(/(?:"((?:[^"\\]|\\[^]|"")*)"|([^,]*))(?:,|$)/g)]
    .slice(0, 2)
    .map(([, enclosed, plain]) =>
      enclosed !== undefined
        ? enclosed.replaceAll(/\\([^])|""/g, (_, escaped: string | undefined) => escaped ?? '"')
        : plain === '\\N'
          ? null
          : (plain ?? ''),
    );
}
