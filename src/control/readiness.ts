import { type TaskReport } from '../core/task-report.ts';
import { lagOf } from '../core/task-snapshot.ts';
import { type TaskName } from './task.ts';

/** Milliseconds that a trouble may last which usually passes, and that rows may wait beyond their flush interval. */
const PATIENCE_MS = 60_000;

/**
 * What keeps rows from their tables, in sentences; empty while all is well. A lull is: nothing waits. A stall: records
 * wait, and for a minute none of them went anywhere.
 *
 * @param lagMs how late the task's thread is, in milliseconds.
 * @param now milliseconds since the epoch.
 */
export function problemsOf(
  { connector, task }: TaskName,
  { report, lagMs = 0 }: { readonly report: TaskReport; readonly lagMs?: number | undefined },
  now: number,
): string[] {
  const { assigned, tables, batches, lastProgress } = report;
  if (lagMs >= PATIENCE_MS) {
    return [`${connector}: task ${task} has not answered for ${seconds(lagMs)}: something keeps its thread busy`];
  }
  if (!assigned) return [`${connector}: task ${task} has not joined its consumer group yet`];
  const problems: string[] = [];
  for (const { table, stopped, trouble } of tables) {
    if (stopped) {
      problems.push(`${connector}: loading into ${table} has stopped. ${stopped.message}`);
    } else if (trouble && now - trouble.since >= PATIENCE_MS) {
      const { since, message } = trouble;
      problems.push(`${connector}: loads into ${table} have failed for ${seconds(now - since)}: ${message}`);
    }
  }
  const stall = stallOf({ lag: lagOf(report), lastProgress }, batches.ms, now);
  if (problems.length === 0 && stall !== undefined) problems.push(`${connector}: ${stall}`);
  return problems;
}

/**
 * What there is to say when records wait and none of them moves; undefined while they do.
 *
 * @param batchMs milliseconds that a batch may wait for more records.
 * @param now milliseconds since the epoch.
 */
export function stallOf(
  { lag, lastProgress }: { readonly lag: number; readonly lastProgress: number },
  batchMs: number,
  now: number,
): string | undefined {
  const waited = now - lastProgress;
  if (lag === 0 || waited <= batchMs + PATIENCE_MS) return undefined;
  return `${lag} records wait in Kafka, and none of them was loaded for ${seconds(waited)}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
