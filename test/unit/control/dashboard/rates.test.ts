import { describe, expect, it } from 'vitest';
import { Rates } from '../../../../src/control/dashboard/page/rates.ts';

describe('a rate', () => {
  it('is not known before half a second has passed', () => {
    const rates = new Rates();
    expect(rates.perSecond('a')).toBeUndefined();
    rates.add('a', 0, 0);
    rates.add('a', 100, 499);
    expect(rates.perSecond('a')).toBeUndefined();
    rates.add('a', 100, 500);
    expect(rates.perSecond('a')).toBe(200);
  });

  it('is an average over ten seconds, or as long as is asked for', () => {
    const rates = new Rates();
    for (let second = 0; second <= 30; second++) rates.add('a', second < 20 ? second * 10 : 200, second * 1_000);
    expect(rates.perSecond('a')).toBe(0);
    expect(rates.perSecond('a', 20_000)).toBe(5);
  });

  it('begins anew when what it counts does', () => {
    const rates = new Rates();
    rates.add('a', 1_000, 0);
    rates.add('a', 0, 1_000);
    expect(rates.perSecond('a')).toBeUndefined();
    rates.add('a', 50, 2_000);
    expect(rates.perSecond('a')).toBe(50);
  });

  it('is forgotten two minutes after its last sample', () => {
    const rates = new Rates();
    rates.add('a', 0, 0);
    rates.add('a', 10, 1_000);
    rates.forget(121_000);
    expect(rates.perSecond('a')).toBe(10);
    rates.forget(121_001);
    expect(rates.perSecond('a')).toBeUndefined();
  });
});
