import { describe, expect, it } from 'vitest';
import { median, percentile, steadyRate, steadyStretch } from '../../../benchmarks/statistics.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[undefined, 7], 7],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('is undefined without a value', () => {
    expect(median([])).toBeUndefined();
    expect(median([undefined])).toBeUndefined();
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('%d of 1 to 100 is %d', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('is undefined without a value', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe('steadyRate', () => {
  const sample = (atMs: number, rows: number) => ({ atMs, rows });

  it('counts from the first load to the last one', () => {
    expect(steadyRate([sample(1000, 300), sample(1500, 600), sample(2000, 900)])).toBe(600);
  });

  it('leaves out a small rest, which waits for the interval and not for the pipeline', () => {
    expect(steadyRate([sample(1000, 300), sample(2000, 600), sample(3500, 650)])).toBe(300);
  });

  it('keeps a small load in the middle', () => {
    expect(steadyRate([sample(0, 300), sample(500, 310), sample(1000, 600)])).toBe(300);
  });

  it('is undefined when fewer than two loads were seen', () => {
    expect(steadyRate([])).toBeUndefined();
    expect(steadyRate([sample(0, 300)])).toBeUndefined();
  });
});

it('says which loads the rate lies between', () => {
  const samples = [
    { atMs: 1000, rows: 300, who: 'first' },
    { atMs: 2000, rows: 600, who: 'last full one' },
    { atMs: 3500, rows: 650, who: 'rest' },
  ];
  expect(steadyStretch(samples)?.map(({ who }) => who)).toEqual(['first', 'last full one']);
});
