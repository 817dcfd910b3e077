import { type JudgedConfig } from '../../config/connect/connector-configs.ts';
import { HIDDEN } from '../../config/shown-settings.ts';
import { type TaskReport } from '../../core/task-report.ts';
import { lagOf } from '../../core/task-snapshot.ts';
import { type Connectors } from '../connectors.ts';
import { mergedReport } from './merged-report.ts';
import { failureOf, rankOf, verdictOf } from './verdict.ts';
import { type ConfigCheck, type ConnectorSummary, type ConnectorView } from './view.ts';

/** Every connector in a line, the worst first. */
export function summaries(worker: Connectors, now: number): ConnectorSummary[] {
  return worker.names
    .map((name) => {
      const reports = worker.reports(name);
      const sum = (read: (report: TaskReport) => number): number => reports.reduce((all, one) => all + read(one), 0);
      return { name, ...verdictOf(worker.status(name), reports, now), rows: sum(({ rows }) => rows), lag: sum(lagOf) };
    })
    .sort((one, other) => rankOf(one.health) - rankOf(other.health) || (one.name < other.name ? -1 : 1));
}

/** One connector, with all that its tasks do here. */
export function connectorView(worker: Connectors, name: string, now: number): ConnectorView {
  const reports = worker.reports(name);
  const report = mergedReport(reports);
  const status = worker.status(name);
  return {
    name,
    time: now,
    ...verdictOf(status, reports, now),
    target: status.connector.state,
    tasks: status.tasks.map(({ id, state, worker_id, trace }) => ({
      id,
      state,
      worker: worker_id,
      ...(state === 'FAILED' && { failure: failureOf(trace) }),
    })),
    ...(report && { report }),
  };
}

/** What is said about the settings that were given, and about those that are missing. */
export function configCheck(given: Readonly<Record<string, string>>, { infos, warnings }: JudgedConfig): ConfigCheck {
  const judged = new Map(infos.configs.map(({ value }) => [value.name, value]));
  const names = new Set([
    ...Object.keys(given),
    ...infos.configs.flatMap(({ value }) => (value.errors.length > 0 ? [value.name] : [])),
  ]);
  return {
    settings: Array.from(names, (name) => {
      const known = judged.get(name);
      // Nobody knows whether what is not known is a secret.
      return { name, value: known ? known.value : HIDDEN, errors: known?.errors ?? [] };
    }),
    warnings,
  };
}
