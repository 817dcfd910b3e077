import { describe, expect, it } from 'vitest';
import { problemsOf, type WatchedTask } from '../../../src/control/readiness.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

function task(stats: Partial<WatchedTask['stats']> = {}, stopped: WatchedTask['stoppedTables'] = []): WatchedTask {
  return {
    config: { name: 'orders', flush: { maxBytes: 1, intervalMs: 1_000 }, commit: { intervalMs: 60_000 } },
    stats: { assignments: 1, troubles: new Map(), lag: 0, lastProgress: NOW, ...stats },
    stoppedTables: stopped,
  };
}

describe('a task', () => {
  it('is ready while nothing waits, however long nothing came', () => {
    expect(problemsOf(task({ lag: 0, lastProgress: NOW - 60 * MINUTE }), NOW)).toEqual([]);
  });

  it('is ready while what waits is loaded now and then', () => {
    expect(problemsOf(task({ lag: 1_000_000, lastProgress: NOW - MINUTE }), NOW)).toEqual([]);
  });

  it('is not ready before it has joined its group', () => {
    expect(problemsOf(task({ assignments: 0 }), NOW)).toEqual(['orders: it has not joined its consumer group yet']);
  });

  it('is stalled when records wait and none of them moves for a minute longer than its flush interval', () => {
    expect(problemsOf(task({ lag: 7, lastProgress: NOW - MINUTE - 1_000 }), NOW)).toEqual([]);
    expect(problemsOf(task({ lag: 7, lastProgress: NOW - MINUTE - 1_001 }), NOW)).toEqual([
      'orders: 7 records wait in Kafka, and none of them was loaded for 61 s',
    ]);
  });

  it('is not ready when loads fail for a minute, and says why', () => {
    const failing = (ms: number): WatchedTask =>
      task({ lag: 7, troubles: new Map([['t', { since: NOW - ms, message: 'no leader' }]]) });
    expect(problemsOf(failing(MINUTE - 1), NOW)).toEqual([]);
    expect(problemsOf(failing(MINUTE), NOW)).toEqual(['orders: loads into t have failed for 60 s: no leader']);
  });

  it('is not ready while one of its tables has stopped', () => {
    const stopped = [{ table: 't', error: new Error('The record at topic orders …') }];
    expect(problemsOf(task({}, stopped), NOW)).toEqual([
      'orders: loading into t has stopped. The record at topic orders …',
    ]);
  });
});
