import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/core/backoff.ts';

describe('backoffMs', () => {
  it('doubles from the base up to the limit', () => {
    const ceilings = [1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, { base: 200, limit: 1000, random: () => 1 }));
    expect(ceilings).toEqual([200, 400, 800, 1000, 1000]);
  });

  it('is at least half of that', () => {
    expect(backoffMs(3, { base: 200, limit: 1000, random: () => 0 })).toBe(400);
  });

  it('stays between half the base and the limit for any attempt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (attempt) => {
        const ms = backoffMs(attempt);
        expect(ms).toBeGreaterThanOrEqual(100);
        expect(ms).toBeLessThanOrEqual(30_000);
      }),
    );
  });
});
