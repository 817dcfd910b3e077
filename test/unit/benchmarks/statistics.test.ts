import { describe, expect, it } from 'vitest';
import { lateRowCost, median, percentile, steadyRate, steadyStretch } from '../../../benchmarks/statistics.ts';

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

describe('lateRowCost', () => {
  const sample = (millions: number, cpuSeconds: number) => ({ atMs: 0, rows: millions * 1_000_000, cpuSeconds });

  it('compares the rows behind the first million, half by half', () => {
    const loads = [sample(0.5, 9), sample(1, 10), sample(3, 12), sample(5, 14), sample(7, 17), sample(9, 20)];
    expect(lateRowCost(loads)).toBeCloseTo(1.5);
  });

  it('goes by the loads that were seen, where they end elsewhere', () => {
    const loads = [sample(1.5, 10), sample(4.5, 13), sample(7.5, 16), sample(8, 16.5)];
    expect(lateRowCost(loads)).toBeCloseTo(1);
  });

  it('is undefined where there are no two halves', () => {
    expect(lateRowCost([])).toBeUndefined();
    expect(lateRowCost([sample(0.5, 1), sample(0.9, 2)])).toBeUndefined();
    expect(lateRowCost([sample(1, 1), sample(2, 2)])).toBeUndefined();
  });
});
