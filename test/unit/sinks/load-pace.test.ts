import { describe, expect, it } from 'vitest';
import { LoadPace } from '../../../src/sinks/starrocks/load-pace.ts';

describe('LoadPace', () => {
  it('keeps nobody waiting until StarRocks says that loads are too many', () => {
    const pace = new LoadPace();
    expect(pace.waitMs(0)).toBe(0);
    pace.started(0);
    pace.speedUp();
    expect(pace.waitMs(0)).toBe(0);
    expect(pace.gapMs).toBe(0);
  });

  it('counts the gap from the beginning of the last load', () => {
    const pace = new LoadPace();
    pace.started(5_000);
    pace.slowDown();
    expect(pace.waitMs(5_000)).toBe(1_000);
    expect(pace.waitMs(5_400)).toBe(600);
    expect(pace.waitMs(6_000)).toBe(0);
    expect(pace.waitMs(9_000)).toBe(0);
    pace.started(9_000);
    expect(pace.waitMs(9_000)).toBe(1_000);
  });

  it('lets the first load begin at once, however slow it has become', () => {
    const pace = new LoadPace();
    pace.slowDown();
    expect(pace.waitMs(0)).toBe(0);
  });

  it('doubles the gap up to its limit', () => {
    const pace = new LoadPace();
    const gaps = Array.from({ length: 8 }, () => {
      pace.slowDown();
      return pace.gapMs;
    });
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]);
  });

  it('halves the gap with each load that passes, down to none', () => {
    const pace = new LoadPace();
    for (let times = 0; times < 6; times++) pace.slowDown();
    const gaps = Array.from({ length: 7 }, () => {
      pace.speedUp();
      return pace.gapMs;
    });
    expect(gaps).toEqual([10_000, 5_000, 2_500, 1_250, 625, 0, 0]);
  });
});
