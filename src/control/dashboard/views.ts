import { type JudgedConfig } from '../../config/connect/connector-configs.ts';
import { type Connectors } from '../connectors.ts';
import { failureOf, lagOf, rankOf, verdictOf } from './verdict.ts';
import { type ConfigCheck, type ConnectorSummary, type ConnectorView } from './view.ts';

const HIDDEN = '[hidden]';

/** Every connector in a line, the worst first. */
export function summaries(worker: Connectors, now: number): ConnectorSummary[] {
  return worker.names
    .map((name) => {
      const report = worker.report(name);
      return { name, ...verdictOf(worker.status(name), report, now), rows: report?.rows ?? 0, lag: lagOf(report) };
    })
    .sort((one, other) => rankOf(one.health) - rankOf(other.health) || (one.name < other.name ? -1 : 1));
}

/** One connector, with all that its task does here. */
export function connectorView(worker: Connectors, name: string, now: number): ConnectorView {
  const report = worker.report(name);
  const status = worker.status(name);
  return {
    name,
    time: now,
    ...verdictOf(status, report, now),
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
