import { type TaskReport } from '../../core/task-report.ts';
import { type ConnectorStatus } from '../connectors.ts';
import { stallOf } from '../readiness.ts';
import { type Health, healths, type Verdict } from './view.ts';

/**
 * How a connector does, and why: the worst of what its tasks and their tables say.
 *
 * @param report what its task does here; undefined where it has none.
 * @param now milliseconds since the epoch.
 */
export function verdictOf(status: ConnectorStatus, report: TaskReport | undefined, now: number): Verdict {
  const found = [...status.tasks.flatMap(({ state, trace }) => ofTask(state, trace)), ...ofReport(report, now)];
  const health = found.reduce<Health>(
    (worst, one) => (rankOf(one.health) < rankOf(worst) ? one.health : worst),
    'running',
  );
  const own = ofTarget(status.connector.state);
  // What is paused on purpose has nothing to catch up with.
  if (own && health !== 'failed' && health !== 'blocked') return { health: own, reasons: [] };
  return { health, reasons: found.flatMap((one) => (one.health === health ? (one.reason ?? []) : [])) };
}

/** The worse a health is, the lower it ranks. */
export function rankOf(health: Health): number {
  return healths.indexOf(health);
}

interface Finding {
  readonly health: Health;
  readonly reason?: string;
}

function ofTask(state: string, trace: string | undefined): Finding[] {
  if (state === 'FAILED') return [{ health: 'failed', reason: failureOf(trace) }];
  if (state === 'UNASSIGNED' || state === 'RESTARTING') return [{ health: 'starting' }];
  return [];
}

/** Without the Java class, which is for programs. */
export function failureOf(trace: string | undefined): string {
  return trace?.replace(/^[\w.]+Exception: /, '') ?? 'The task has failed.';
}

function ofTarget(target: string): Health | undefined {
  if (target === 'STOPPED') return 'stopped';
  return target === 'PAUSED' ? 'paused' : undefined;
}

function ofReport(report: TaskReport | undefined, now: number): Finding[] {
  if (!report) return [];
  const { assigned, partitions, tables, batches, lastProgress } = report;
  if (!assigned) return [{ health: 'starting' }];
  const found = tables.flatMap(({ table, stopped, trouble }): Finding[] => {
    if (stopped) return [{ health: 'blocked', reason: `Loading into ${table} has stopped. ${stopped.message}` }];
    if (trouble) return [{ health: 'struggling', reason: `Loads into ${table} fail. ${trouble.message}` }];
    return [];
  });
  if (found.length > 0) return found;
  const stall = stallOf({ lag: lagOf(report), lastProgress }, batches.ms, now);
  if (stall !== undefined) return [{ health: 'struggling', reason: `${stall}.` }];
  const waiting = partitions.filter(({ pauses }) => pauses.includes('budget')).length;
  if (waiting === 0) return [];
  return [
    {
      health: 'slow',
      reason: `${waiting} of ${partitions.length} partitions wait for StarRocks: as much of them is in flight as the budget allows.`,
    },
  ];
}

/** Records in Kafka that are not yet loaded. */
export function lagOf(report: TaskReport | undefined): number {
  return (report?.partitions ?? []).reduce((sum, { end, position }) => sum + Math.max(0, end - position), 0);
}
