import { type TaskReport } from '../../../core/task-report.ts';
import { type ConnectorView } from '../view.ts';
import { type Rates, WINDOW_MS } from './rates.ts';

/** By what the rows of a connector are known to the rates. */
export function rowsKey(name: string): string {
  return `${name} rows`;
}

export function partitionKey(name: string, topic: string, partition: number): string {
  return `${name} ${topic}/${partition}`;
}

export function tableKey(name: string, table: string): string {
  return `${name} table ${table}`;
}

/** Tells the rates what a connector has loaded by now, but for its rows in all, which the overview has. */
export function observe(rates: Rates, { name, time, report }: ConnectorView): void {
  if (!report) return;
  for (const { table, rows } of report.tables) rates.add(tableKey(name, table), rows, time);
  for (const { topic, partition, position } of report.partitions) {
    rates.add(partitionKey(name, topic, partition), position, time);
  }
}

/** Rows come in loads: an average has to see two of them. */
export function windowOf(report: TaskReport | undefined): number {
  return Math.max(WINDOW_MS, 2 * (report?.batches.ms ?? 0));
}
