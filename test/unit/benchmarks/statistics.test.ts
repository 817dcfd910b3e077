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

  it('counts from the first load until four fifths of the rows are there', () => {
    expect(steadyRate([sample(1000, 100), sample(1500, 400), sample(2000, 800), sample(2100, 1000)])).toBe(700);
  });

  it('leaves out the rest, which waits for the interval and not for the pipeline, however large it is', () => {
    const loads = [sample(1000, 250), sample(2000, 500), sample(3000, 750), sample(4000, 1000)];
    expect(steadyRate([...loads, sample(5500, 1030)])).toBe(250);
    expect(steadyRate([...loads, sample(5500, 1240)])).toBe(250);
  });

  it('is undefined when the first load that was seen brought most of the rows', () => {
    expect(steadyRate([])).toBeUndefined();
    expect(steadyRate([sample(0, 300)])).toBeUndefined();
    expect(steadyRate([sample(0, 300), sample(1000, 310)])).toBeUndefined();
  });
});

it('says which loads the rate lies between', () => {
  const samples = [
    { atMs: 1000, rows: 300, who: 'first' },
    { atMs: 2000, rows: 600, who: 'most of the rows' },
    { atMs: 3500, rows: 650, who: 'rest' },
  ];
  expect(steadyStretch(samples)?.map(({ who }) => who)).toEqual(['first', 'most of the rows']);
});
