import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Watchdog } from '../../../src/streams/kafka/watchdog.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('Watchdog', () => {
  function watch(): { watchdog: Watchdog; silences: () => number } {
    let silences = 0;
    return { watchdog: new Watchdog({ limitMs: 100, onSilence: () => silences++ }), silences: () => silences };
  }

  it('says nothing while signs of life come in time', () => {
    const { watchdog, silences } = watch();
    watchdog.start();
    for (let sign = 0; sign < 5; sign++) {
      vi.advanceTimersByTime(99);
      watchdog.alive();
    }
    expect(silences()).toBe(0);
  });

  it('tells of each time that they fail to come', () => {
    const { watchdog, silences } = watch();
    watchdog.start();
    watchdog.alive();
    vi.advanceTimersByTime(100);
    expect(silences()).toBe(1);
    vi.advanceTimersByTime(100);
    expect(silences()).toBe(2);
  });

  it('watches from start to stop only, and one thing once', () => {
    const { watchdog, silences } = watch();
    watchdog.alive();
    vi.advanceTimersByTime(1_000);
    expect(silences()).toBe(0);
    watchdog.start();
    watchdog.start();
    vi.advanceTimersByTime(100);
    expect(silences()).toBe(1);
    watchdog.stop();
    watchdog.alive();
    vi.advanceTimersByTime(1_000);
    expect(silences()).toBe(1);
  });
});
