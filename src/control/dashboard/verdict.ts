import { type TableReport, type TaskReport } from '../../core/task-report.ts';
import { lagOf } from '../../core/task-snapshot.ts';
import { type ConnectorStatus } from '../connectors.ts';
import { stallOf } from '../readiness.ts';
import { type Health, healths, type Verdict } from './view.ts';

/**
 * How a connector does, and why: the worst of what its tasks and their tables say.
 *
 * @param reports what its tasks do here.
 * @param now milliseconds since the epoch.
 */
export function verdictOf(status: ConnectorStatus, reports: readonly TaskReport[], now: number): Verdict {
  const found = [...status.tasks.flatMap(({ state, trace }) => ofTask(state, trace)), ...ofReports(reports, now)];
  const health = found.reduce<Health>(
    (worst, one) => (rankOf(one.health) < rankOf(worst) ? one.health : worst),
    'running',
  );
  const own = ofTarget(status.connector.state);
  // What is paused on purpose has nothing to catch up with.
  if (own && health !== 'failed' && health !== 'blocked') return { health: own, reasons: [] };
  const reasons = found.flatMap((one) => (one.health === health ? (one.reason ?? []) : []));
  // Several tasks load into one table, and say the same of it.
  return { health, reasons: [...new Set(reasons)] };
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

function ofReports(reports: readonly TaskReport[], now: number): Finding[] {
  if (reports.some(({ assigned }) => !assigned)) return [{ health: 'starting' }];
  const found = reports.flatMap(({ tables }) => tables.flatMap(ofTable));
  if (found.length > 0) return found;
  const stalls = reports.flatMap((report): Finding[] => {
    const stall = stallOf({ lag: lagOf(report), lastProgress: report.lastProgress }, report.batches.ms, now);
    return stall === undefined ? [] : [{ health: 'struggling', reason: `${stall}.` }];
  });
  if (stalls.length > 0) return stalls;
  const partitions = reports.flatMap((report) => report.partitions);
  const waiting = partitions.filter(({ pauses }) => pauses.includes('budget')).length;
  if (waiting === 0) return [];
  return [
    {
      health: 'slow',
      reason: `${waiting} of ${partitions.length} partitions wait for StarRocks: as much of them is in flight as the budget allows.`,
    },
  ];
}

function ofTable({ table, stopped, trouble }: TableReport): Finding[] {
  if (stopped) return [{ health: 'blocked', reason: `Loading into ${table} has stopped. ${stopped.message}` }];
  if (trouble) return [{ health: 'struggling', reason: `Loads into ${table} fail. ${trouble.message}` }];
  return [];
}
