import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/control/readiness.ts';
import { type TaskReport } from '../../../src/core/task-report.ts';
import { tableReport, taskReport } from '../../support/task-report.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const lagging = (lag: number): Pick<TaskReport, 'partitions'> => ({
  partitions: [{ topic: 'o', partition: 0, table: 't', position: 0, end: lag, inFlightBytes: 0, pauses: [] }],
});

function problems(report: Partial<TaskReport>, lagMs?: number): string[] {
  return problemsOf(
    { connector: 'orders', task: 1 },
    { report: taskReport({ lastProgress: NOW, ...report }), lagMs },
    NOW,
  );
}

describe('a task', () => {
  it('is ready while nothing waits, however long nothing came', () => {
    expect(problems({ ...lagging(0), lastProgress: NOW - 60 * MINUTE })).toEqual([]);
  });

  it('is ready while what waits is loaded now and then', () => {
    expect(problems({ ...lagging(1_000_000), lastProgress: NOW - MINUTE })).toEqual([]);
  });

  it('is not ready before it has joined its group', () => {
    expect(problems({ assigned: false })).toEqual(['orders: task 1 has not joined its consumer group yet']);
  });

  it('is stalled when records wait and none of them moves for a minute longer than its flush interval', () => {
    expect(problems({ ...lagging(7), lastProgress: NOW - MINUTE - 1_000 })).toEqual([]);
    expect(problems({ ...lagging(7), lastProgress: NOW - MINUTE - 1_001 })).toEqual([
      'orders: 7 records wait in Kafka, and none of them was loaded for 61 s',
    ]);
  });

  it('is not ready when loads fail for a minute, and says why', () => {
    const failing = (ms: number): string[] =>
      problems({ ...lagging(7), tables: [tableReport({ trouble: { since: NOW - ms, message: 'no leader' } })] });
    expect(failing(MINUTE - 1)).toEqual([]);
    expect(failing(MINUTE)).toEqual(['orders: loads into t have failed for 60 s: no leader']);
  });

  it('is not ready while one of its tables has stopped', () => {
    const stopped = tableReport({ stopped: { since: NOW, message: 'The record at topic orders …' } });
    expect(problems({ tables: [stopped] })).toEqual([
      'orders: loading into t has stopped. The record at topic orders …',
    ]);
  });

  it('is not ready when nothing was heard of its thread for a minute', () => {
    expect(problems({}, MINUTE - 1)).toEqual([]);
    expect(problems({}, MINUTE)).toEqual(['orders: task 1 has not answered for 60 s: something keeps its thread busy']);
  });
});
