import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatProgress, type Progress, StatusLine } from '../../../src/control/status-line.ts';

const nothing: Progress = { rowsLoaded: 0, lag: 0, inFlightBytes: 0, retries: 0, lastLoad: undefined };

describe('formatProgress', () => {
  it('says the least there is', () => {
    expect(formatProgress(nothing, 0)).toBe('0 rows loaded · 0 rows/s · lag 0 · 0.0 MiB in flight');
  });

  it('says everything there is', () => {
    const progress: Progress = {
      rowsLoaded: 1_234_567,
      lag: 1000,
      inFlightBytes: 3.25 * 1024 ** 2,
      retries: 2,
      lastLoad: { table: 'orders', rows: 50_000, ms: 120 },
    };
    expect(formatProgress(progress, 98_765.4)).toBe(
      '1,234,567 rows loaded · 98,765 rows/s · lag 1,000 · 3.3 MiB in flight · last load 50,000 rows into orders in 120 ms · 2 retries',
    );
  });
});

describe('StatusLine', () => {
  const CLEAR = '\r\u001b[2K';
  let written: string[];
  let progress: Progress;

  beforeEach(() => {
    vi.useFakeTimers();
    written = [];
    progress = nothing;
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function lineOf(columns: number): StatusLine {
    return new StatusLine({ columns, write: (text) => written.push(text) }, () => progress);
  }

  it('redraws one line four times a second, with the rate of the last seconds', () => {
    const line = lineOf(200);
    for (let tick = 1; tick <= 12; tick++) {
      progress = { ...nothing, rowsLoaded: tick * 250 };
      vi.advanceTimersByTime(250);
    }
    expect(written).toHaveLength(12);
    expect(written[0]).toBe(`${CLEAR}250 rows loaded · 0 rows/s · lag 0 · 0.0 MiB in flight`);
    expect(written[11]).toBe(`${CLEAR}3,000 rows loaded · 1,000 rows/s · lag 0 · 0.0 MiB in flight`);
    line.close();
  });

  it('stays on one line of a narrow terminal', () => {
    const line = lineOf(31);
    vi.advanceTimersByTime(250);
    expect(written).toEqual([`${CLEAR}0 rows loaded · 0 rows/s · lag`]);
    line.close();
  });

  it('prints lines above itself', () => {
    const line = lineOf(200);
    vi.advanceTimersByTime(250);
    line.print('12:00:00 info  hello');
    expect(written.at(-1)).toBe(`${CLEAR}12:00:00 info  hello\n0 rows loaded · 0 rows/s · lag 0 · 0.0 MiB in flight`);
    line.close();
  });

  it('leaves the last state, and draws no more once it is closed', () => {
    const line = lineOf(200);
    progress = { ...nothing, rowsLoaded: 7 };
    line.close();
    expect(written).toEqual([`${CLEAR}7 rows loaded · 0 rows/s · lag 0 · 0.0 MiB in flight`, '\n']);
    vi.advanceTimersByTime(10_000);
    expect(written).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be closed again', () => {
    const line = lineOf(200);
    line.close();
    const { length } = written;
    line.close();
    expect(written).toHaveLength(length);
  });

  it('prints lines below what it left, once it is closed', () => {
    const line = lineOf(200);
    line.close();
    line.print('goodbye');
    expect(written.at(-1)).toBe('goodbye\n');
  });
});
