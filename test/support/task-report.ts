import { type TableReport, type TaskReport } from '../../src/core/task-report.ts';
import { type TaskCounts } from '../../src/core/task-snapshot.ts';

/** What a task says that does nothing, but for what a test says of it. */
export function taskReport(more: Partial<TaskReport> = {}): TaskReport {
  return {
    assigned: true,
    rows: 0,
    lastProgress: 0,
    inFlight: { bytes: 0, limit: 1_000 },
    partitions: [],
    steps: [],
    batches: { bytes: 1_000, ms: 1_000 },
    tables: [],
    badRecords: { count: 0, last: [] },
    failures: [],
    ...more,
  };
}

/** What is told of a table that nothing was done to, but for what a test says of it. */
export function tableReport(more: Partial<TableReport> = {}): TableReport {
  return { table: 't', rows: 0, underway: 0, waitingBytes: 0, retries: 0, loads: [], ...more };
}

/** What a task counts that does nothing, but for what a test says of it. */
export function taskCounts(more: Partial<TaskCounts> = {}): TaskCounts {
  return {
    batches: {},
    transactions: {},
    retries: [],
    commits: 0,
    commitFailures: 0,
    assignments: 1,
    fetchStalls: 0,
    peakBytesInFlight: 0,
    ...more,
  };
}
