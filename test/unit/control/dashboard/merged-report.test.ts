import { describe, expect, it } from 'vitest';
import { mergedReport } from '../../../../src/control/dashboard/merged-report.ts';
import { type TableReport, type TaskReport } from '../../../../src/core/task-report.ts';
import { taskReport } from '../../../support/task-report.ts';

const load = (at: number): TableReport['loads'][number] => ({ at, rows: 1, filtered: 0, bytes: 1, ms: 1 });

function report(partition: number, loads: readonly number[], more: Partial<TableReport> = {}): TaskReport {
  return taskReport({
    rows: 10,
    lastProgress: partition,
    inFlight: { bytes: 1, limit: 100 },
    partitions: [{ topic: 'o', partition, table: 't', position: 0, end: 0, inFlightBytes: 1, pauses: [] }],
    tables: [{ table: 't', rows: 10, underway: 1, waitingBytes: 2, retries: 3, loads: loads.map(load), ...more }],
    badRecords: { count: 2, last: [{ at: partition, topic: 'o', partition, offset: 1, reason: 'x' }] },
    failures: [{ at: partition, table: 't', message: 'x', times: 1 }],
  });
}

describe('the report of several tasks', () => {
  it('is that of the only one, and none without any', () => {
    const only = report(0, []);
    expect(mergedReport([only])).toBe(only);
    expect(mergedReport([])).toBeUndefined();
  });

  it('adds up what they do, in the order of partitions and times', () => {
    const stopped = { since: 1, message: 'too long' };
    const merged = mergedReport([report(1, [10, 30]), report(0, [20], { stopped })]);
    expect(merged).toMatchObject({
      rows: 20,
      lastProgress: 1,
      inFlight: { bytes: 2, limit: 200 },
      partitions: [{ partition: 0 }, { partition: 1 }],
      tables: [{ table: 't', rows: 20, underway: 2, waitingBytes: 4, retries: 6, stopped }],
      badRecords: { count: 4, last: [{ partition: 0 }, { partition: 1 }] },
      failures: [{ at: 0 }, { at: 1 }],
    });
    expect(merged?.tables[0]?.loads.map(({ at }) => at)).toEqual([10, 20, 30]);
  });

  it('has joined its group when all have, and remembers as many loads as one task', () => {
    const many = Array.from({ length: 20 }, (_, index) => index);
    const merged = mergedReport([report(0, many), { ...report(1, many), assigned: false }]);
    expect(merged?.assigned).toBe(false);
    expect(merged?.tables[0]?.loads).toHaveLength(20);
    expect(merged?.tables[0]?.loads.at(0)?.at).toBe(10);
  });
});
