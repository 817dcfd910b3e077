import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberText } from '../../../../src/core/number-text.ts';
import { inexactNumbers, readJson } from '../../../../src/operators/json/read-json.ts';

function read(text: string): unknown {
  return readJson(text);
}

describe('readJson', () => {
  it.each([
    '18446744073709551616',
    '9007199254740993',
    '12345678901234567890.123456789',
    '0.10',
    '12.0',
    '-0',
    '-0.0',
    '0.0000001',
    '1E5',
    '1e400',
    '-1e3',
    '1.0e-7',
    '100000000000000000000000',
  ])('keeps %s as it was written', (text) => {
    expect(read(`{"n":${text}}`)).toEqual({ n: new NumberText(text) });
    expect(read(`[1,[${text}]]`)).toEqual([1, [new NumberText(text)]]);
    expect(read(text)).toEqual(new NumberText(text));
  });

  it.each([
    '0',
    '5',
    '-17',
    '0.1',
    '-12.34',
    '1e-7',
    '9007199254740991',
    '-9007199254740991',
    '1714521600000000',
    '0.000001',
  ])('reads %s as the number it is', (text) => {
    expect(read(`{"n":${text}}`)).toEqual({ n: Number(text) });
  });

  it('does not take digits in texts for numbers', () => {
    const text = '{"a\\"0.10":"x 0.10","b\\\\":"18446744073709551616","c":"\\\\\\"","d":"-0"}';
    expect(inexactNumbers(text)).toBeUndefined();
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('finds the numbers alone, also behind text of several bytes a character', () => {
    expect(inexactNumbers('{"ü":0.10,"b":[1, -0 ],"c":5}')).toEqual([5, 9, 18, 20]);
    expect(read('{"ü€😀":0.10,"b":["é",-0,"ü"]}')).toEqual({
      'ü€😀': new NumberText('0.10'),
      b: ['é', new NumberText('-0'), 'ü'],
    });
  });

  it('leaves texts of the user that begin like a mark', () => {
    const text = String.raw`{"a":0.10,"b":"\u00000.10","c":"\u0000\u0000\u00001","d":"\\u00000.10","\u00000.20":0.20}`;
    expect(read(text)).toEqual({
      ...(JSON.parse(text) as object),
      a: new NumberText('0.10'),
      '\u00000.20': new NumberText('0.20'),
    });
  });

  it('keeps a number of a hundred thousand digits', () => {
    const digits = '1'.repeat(100_000);
    expect(read(`[${digits}]`)).toEqual([new NumberText(digits)]);
  });

  it('lets the last of duplicate keys count, as JSON.parse does', () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(read('{"a":0.10,"a":2,"b":{"a":1},"b":0.20}')).toEqual({ a: 2, b: new NumberText('0.20') });
  });

  it('makes a property of a key named __proto__', () => {
    expect(Object.entries(read('{"__proto__":{"x":0.10}}') as object)).toEqual([
      ['__proto__', { x: new NumberText('0.10') }],
    ]);
  });

  it.each([
    '',
    '{',
    '{"a":0.10',
    '[0.10,]',
    '01',
    '1.',
    '.5',
    '+1',
    '0x10',
    '1e',
    'NaN',
    '{"a":0.10} x',
    "{'a':0.10}",
    '{0.10:1}',
    '{1.0 :1}',
    '[1.0.0]',
    '[01.0]',
    '[0.10"a"]',
    '[-]',
    '{"a":tru0.10}',
  ])('refuses %j with the error of JSON.parse', (text) => {
    let expected: unknown;
    try {
      JSON.parse(text);
    } catch (error) {
      expected = error;
    }
    expect(expected).toBeInstanceOf(SyntaxError);
    expect(() => read(text)).toThrow(expected);
  });

  it('agrees with JSON.parse on every JSON text, but for the digits', () => {
    const asNumbers = (value: unknown): unknown => {
      if (value instanceof NumberText) return Number(value);
      if (Array.isArray(value)) return value.map(asNumbers);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asNumbers(member)]));
    };
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(asNumbers(read(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never loses a digit of a number, of whatever form', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?$/);
    fc.assert(
      fc.property(digits, (text) => {
        expect(String((read(`{"n":${text}}`) as { n: unknown }).n)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
