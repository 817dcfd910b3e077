import { describe, expect, it } from 'vitest';
import { javaDouble, javaFloat, shortestFloat } from '../../../src/core/java-number.ts';

describe('numbers as Java writes them', () => {
  it.each([
    [1, '1.0'],
    [0, '0.0'],
    [-0, '-0.0'],
    [-1000, '-1000.0'],
    [9_999_999, '9999999.0'],
    [1e7, '1.0E7'],
    [12345678.9, '1.23456789E7'],
    [0.001, '0.001'],
    [0.00099, '9.9E-4'],
    [1e-5, '1.0E-5'],
    [0.0123, '0.0123'],
    [12345678901234567.89, '1.2345678901234568E16'],
    [123.456, '123.456'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NaN, 'NaN'],
  ])('%d is the double %s', (value, text) => {
    expect(javaDouble(value)).toBe(text);
  });

  it.each([
    [3.14, '3.14'],
    [16777216, '1.6777216E7'],
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
  ])('%d is the float %s', (value, text) => {
    expect(javaFloat(Math.fround(value))).toBe(text);
  });

  it('finds the shortest digits of a float', () => {
    expect(shortestFloat(Math.fround(3.14))).toBe(3.14);
    expect(shortestFloat(0)).toBe(0);
    expect(shortestFloat(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(shortestFloat(Number.NaN)).toBeNaN();
  });
});
