import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../../src/core/decimal.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import { readJson } from '../../../../src/operators/json/read-json.ts';
import { jsonText } from '../../../../src/operators/json/write-json.ts';

describe('jsonText', () => {
  it.each([
    ['digits as they were read', new NumberText('0.10'), '0.10'],
    ['a decimal as a number', new Decimal(150n, 2), '1.50'],
    ['a small decimal without an exponent', new Decimal(1n, 10), '0.0000000001'],
    ['a bigint', 18446744073709551616n, '18446744073709551616'],
    ['negative zero', -0, '-0'],
    ['what is not a number as text', [Number.NaN, Infinity, -Infinity], '["NaN","Infinity","-Infinity"]'],
    ['bytes as base64', Uint8Array.of(0, 255, 1).subarray(1), '"/wE="'],
    ['a map with text keys as an object', new Map([['a"', 1n]]), '{"a\\"":1}'],
    ['a map with other keys as pairs', new Map([[1, 'a']]), '[[1,"a"]]'],
    ['a date as its toJSON says', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['no property that is undefined', { a: undefined, b: 1, c: () => 1 }, '{"b":1}'],
    ['null for an element that is undefined', [undefined, 1], '[null,1]'],
    ['a lone surrogate escaped', '\ud800', '"\\ud800"'],
    ['what the toJSON of a plain object says', { a: 1, toJSON: () => [2] }, '[2]'],
    ['nothing of what is inherited', Object.create({ a: 1 }, { b: { value: 2, enumerable: true } }), '{"b":2}'],
    ['no member whose toJSON says nothing', { a: { toJSON: () => undefined }, b: 1 }, '{"b":1}'],
    [
      'digits at both ends of what is written without help',
      [999999999999999, 1e15, 1e-6, 1e-7, 123456789.123456],
      '[999999999999999,1000000000000000,0.000001,1e-7,123456789.123456]',
    ],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['nothing for undefined', undefined, undefined],
  ])('writes %s', (_, value, text) => {
    expect(jsonText(value)).toBe(text);
  });

  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // -0 is the exception: JSON.stringify drops its sign.
        fc.pre(
          !JSON.stringify(value, (_, member: unknown) => (Object.is(member, -0) ? '-zero' : member)).includes('-zero'),
        );
        expect(jsonText(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('writes numbers as JavaScript does', () => {
    const decimals = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }))
      .map(([n, places]) => n / 10 ** places);
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), decimals, fc.maxSafeInteger()),
        (value) => {
          expect(jsonText(value)).toBe(Object.is(value, -0) ? '-0' : String(value));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('writes any text as JSON.stringify does, in UTF-8', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        (text) => {
          expect(jsonText(text)).toBe(JSON.stringify(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('gives back every digit that was read', () => {
    const text = '{"a":18446744073709551616,"b":[12345678901234567890.123456789,0.10,1e-7,-0],"c":{"d":1E400,"e":1.0}}';
    expect(jsonText(readJson(text))).toBe(text);
  });

  it('refuses a value that contains itself', () => {
    const value: unknown[] = [];
    value.push(value);
    expect(() => jsonText(value)).toThrow(RangeError);
  });
});
