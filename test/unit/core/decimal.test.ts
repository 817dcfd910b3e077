import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../src/core/decimal.ts';

describe('Decimal', () => {
  it.each([
    [0n, 0, '0'],
    [0n, 10, '0.0000000000'],
    [150n, 2, '1.50'],
    [-5n, 3, '-0.005'],
    [12n, -3, '12000'],
    [0n, -3, '0'],
    [-12345678901234567890123456789n, 9, '-12345678901234567890.123456789'],
  ])('writes %s with scale %i as %s', (unscaled, scale, text) => {
    expect(new Decimal(unscaled, scale).toString()).toBe(text);
  });

  it.each([
    [[], 0n],
    [[0x00], 0n],
    [[0x7f], 127n],
    [[0x80], -128n],
    [[0x00, 0x80], 128n],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], -2n],
    [[0x01, 0, 0, 0, 0, 0, 0, 0, 0], 18446744073709551616n],
    [[0xff, 0, 0, 0, 0, 0, 0, 0, 0], -18446744073709551616n],
  ])("reads two's complement %j", (bytes, unscaled) => {
    expect(Decimal.fromBytes(Uint8Array.from(bytes), 0).unscaled).toBe(unscaled);
  });

  it('reads only its own bytes of a larger memory', () => {
    expect(Decimal.fromBytes(Uint8Array.of(9, 9, 1, 0, 0, 0, 0, 0, 0, 0, 9).subarray(2, 10), 0).unscaled).toBe(
      1n << 56n,
    );
  });

  it.each([
    ['12.50', 1250n, 2],
    ['-.5', -5n, 1],
    ['1e-7', 1n, 7],
    ['1.5E+3', 15n, -2],
    ['+7.', 7n, 0],
  ])('parses %s and keeps its scale', (text, unscaled, scale) => {
    expect(Decimal.parse(text)).toEqual(new Decimal(unscaled, scale));
  });

  it.each(['', '.', '-', '1e', 'NaN', '1,5', ' 1', '0x10'])('does not parse %j', (text) => {
    expect(Decimal.parse(text)).toBeUndefined();
  });

  it('refuses a scale that would fill the memory with zeros', () => {
    expect(() => Decimal.parse('1e999999999')).toThrow(
      new RangeError('A decimal with scale -999999999 is beyond the 10000 that can be written out'),
    );
  });

  it('comes back from its text, whatever its size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(60), (unscaled, scale) => {
        expect(Decimal.parse(new Decimal(unscaled, scale).toString())).toEqual(new Decimal(unscaled, scale));
      }),
    );
  });

  it('counts in arithmetic and keeps its digits in JSON.stringify', () => {
    expect(Number(new Decimal(150n, 2)) * 2).toBe(3);
    expect(JSON.stringify([new Decimal(150n, 2)])).toBe('["1.50"]');
  });
});
