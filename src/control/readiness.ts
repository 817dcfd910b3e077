import { type PipelineConfig } from '../config/model.ts';
import { type TaskStats } from '../core/task-stats.ts';

/** A task, as far as its readiness goes. */
export interface WatchedTask {
  readonly config: Pick<PipelineConfig, 'name' | 'flush' | 'commit'>;
  readonly stats: Pick<TaskStats, 'assignments' | 'troubles' | 'lag' | 'lastProgress'>;
  readonly stoppedTables: readonly { readonly table: string; readonly error: Error }[];
}

/** Milliseconds that a trouble may last which usually passes, and that rows may wait beyond their flush interval. */
const PATIENCE_MS = 60_000;

/**
 * What keeps rows from their tables, in sentences; empty while all is well. A lull is: nothing waits. A stall: records
 * wait, and for a minute none of them went anywhere.
 *
 * @param now milliseconds since the epoch.
 */
export function problemsOf({ config, stats, stoppedTables }: WatchedTask, now: number): string[] {
  const { name, flush, commit } = config;
  if (stats.assignments === 0) return [`${name}: it has not joined its consumer group yet`];
  const problems = stoppedTables.map(
    ({ table, error }) => `${name}: loading into ${table} has stopped. ${error.message}`,
  );
  for (const [table, { since, message }] of stats.troubles) {
    if (now - since >= PATIENCE_MS) {
      problems.push(`${name}: loads into ${table} have failed for ${seconds(now - since)}: ${message}`);
    }
  }
  const stall = stallOf(stats, Math.min(flush.intervalMs, commit.intervalMs), now);
  if (problems.length === 0 && stall !== undefined) problems.push(`${name}: ${stall}`);
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
