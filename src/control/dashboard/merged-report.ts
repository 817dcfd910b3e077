import { type TableReport, type TaskReport } from '../../core/task-report.ts';

/** As many of the last loads, bad records and failures as one task remembers. */
const REMEMBERED = 20;

/** What the tasks of a connector in this process do, as if they were one; undefined without any. */
export function mergedReport(reports: readonly TaskReport[]): TaskReport | undefined {
  const [first, ...others] = reports;
  if (!first || others.length === 0) return first;
  const sum = (read: (report: TaskReport) => number): number => reports.reduce((total, one) => total + read(one), 0);
  const badRecords = reports.flatMap((one) => one.badRecords.last);
  return {
    assigned: reports.every(({ assigned }) => assigned),
    rows: sum(({ rows }) => rows),
    lastProgress: Math.max(...reports.map(({ lastProgress }) => lastProgress)),
    inFlight: { bytes: sum(({ inFlight }) => inFlight.bytes), limit: sum(({ inFlight }) => inFlight.limit) },
    partitions: reports
      .flatMap(({ partitions }) => partitions)
      .sort((one, other) => compare(one.topic, other.topic) || one.partition - other.partition),
    steps: first.steps,
    batches: first.batches,
    tables: mergedTables(reports.flatMap(({ tables }) => tables)),
    badRecords: { count: sum((one) => one.badRecords.count), last: latest(badRecords) },
    failures: latest(reports.flatMap(({ failures }) => failures)),
  };
}

function mergedTables(tables: readonly TableReport[]): TableReport[] {
  return Array.from(new Set(tables.map(({ table }) => table)), (table) => {
    const all = tables.filter((one) => one.table === table);
    const sum = (read: (report: TableReport) => number): number => all.reduce((total, one) => total + read(one), 0);
    const { trouble } = all.find((one) => one.trouble) ?? {};
    const { stopped } = all.find((one) => one.stopped) ?? {};
    return {
      table,
      rows: sum(({ rows }) => rows),
      underway: sum(({ underway }) => underway),
      waitingBytes: sum(({ waitingBytes }) => waitingBytes),
      retries: sum(({ retries }) => retries),
      loads: latest(all.flatMap(({ loads }) => loads)),
      ...(trouble && { trouble }),
      ...(stopped && { stopped }),
    };
  });
}

function latest<T extends { readonly at: number }>(all: readonly T[]): T[] {
  return all.toSorted((one, other) => one.at - other.at).slice(-REMEMBERED);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
