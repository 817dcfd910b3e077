import { type LatencyMeasurement } from './latency.ts';
import { COUNTERPARTS, DELIVERIES, type Mode, type Subject } from './options.ts';
import { type ProfileSummary, type SelfTime } from './profile.ts';
import { median } from './statistics.ts';
import { type Measurement } from './throughput.ts';
import { difference, isSameStart, type Workload } from './workload.ts';

/** A mode's medians over the repeats, and what it is beside consume-only. */
export interface Summary extends Omit<Measurement, 'cores'> {
  /** Median over the repeats of rows/cpu-s by consume-only's in the same repeat. */
  readonly ratio: number | undefined;
  /** The same by parse's with the same delivery. */
  readonly ratioToParse: number | undefined;
  /** The same by Kafka Connect's at the same work. */
  readonly ratioToConnect: number | undefined;
}

/** What is too little to be worth a line of a profile's tables, and the most lines of one. */
const LEAST_SHARE = 0.005;
const MOST_LINES = 20;

/** One round: every subject once. */
export type Round = readonly Measurement[];

export function summarize(rounds: readonly Round[]): Summary[] {
  return (rounds[0] ?? []).map(({ mode, delivery }) => {
    const subject = { mode, delivery };
    const counterpart = COUNTERPARTS[mode];
    const of = (read: (measurement: Measurement) => number | undefined): number | undefined =>
      median(rounds.map((round) => find(round, subject)).map((one) => one && read(one)));
    return {
      ...subject,
      rowsPerCpuSecond: of((one) => one.rowsPerCpuSecond) ?? Number.NaN,
      ratio: median(rounds.map((round) => ratioTo(find(round, CONSUME_ONLY), find(round, subject)))),
      ratioToParse: median(
        rounds.map((round) => ratioTo(find(round, { mode: 'parse', delivery }), find(round, subject))),
      ),
      ratioToConnect:
        counterpart &&
        median(
          rounds.map((round) => ratioTo(find(round, { mode: counterpart, delivery: undefined }), find(round, subject))),
        ),
      rowsPerSecond: of((one) => one.rowsPerSecond),
      cpuSeconds: of((one) => one.cpuSeconds) ?? Number.NaN,
      peakRssMb: of((one) => one.peakRssMb) ?? Number.NaN,
      lagP99Ms: of((one) => one.lagP99Ms),
      lagMaxMs: of((one) => one.lagMaxMs),
      firstRowSeconds: of((one) => one.firstRowSeconds) ?? Number.NaN,
      totalSeconds: of((one) => one.totalSeconds) ?? Number.NaN,
      serverCpuShare: of((one) => one.serverCpuShare),
      serverRowsPerCpuSecond: of((one) => one.serverRowsPerCpuSecond),
      lateRowCost: of((one) => one.lateRowCost),
    };
  });
}

/** How much less exactly-once did than at-least-once, as shares of at-least-once. */
export interface Cost {
  readonly mode: Mode;
  readonly ofRowsPerSecond: number | undefined;
  readonly ofRowsPerCpuSecond: number | undefined;
  /** The lowest and the highest of the repeats, for rows/s. */
  readonly range: readonly [number, number] | undefined;
}

/** One for each mode that was measured with both deliveries; compared within a round. */
export function costOfExactlyOnce(rounds: readonly Round[]): Cost[] {
  const modes = [...new Set(rounds[0]?.map(({ mode }) => mode))];
  return modes.flatMap((mode): Cost[] => {
    const pairs = rounds.map((round) => DELIVERIES.map((delivery) => find(round, { mode, delivery })));
    const costs = (read: (measurement: Measurement) => number | undefined): number[] =>
      pairs.flatMap(([once, again]) => {
        const [less, all] = [once && read(once), again && read(again)];
        return less === undefined || all === undefined ? [] : [1 - less / all];
      });
    if (costs((one) => one.rowsPerCpuSecond).length === 0) return [];
    const ofRate = costs((one) => one.rowsPerSecond);
    return [
      {
        mode,
        ofRowsPerSecond: median(ofRate),
        ofRowsPerCpuSecond: median(costs((one) => one.rowsPerCpuSecond)),
        range: ofRate.length === 0 ? undefined : [Math.min(...ofRate), Math.max(...ofRate)],
      },
    ];
  });
}

/** The rounds of one workload. Those of all workloads of a run are as many. */
export interface WorkloadRounds {
  readonly workload: Workload;
  readonly rounds: readonly Round[];
}

/** A subject's medians with one workload, and what they are beside the base's. */
export interface WorkloadSummary extends Subject {
  readonly workload: Workload;
  readonly rowsPerCpuSecond: number | undefined;
  /** Median over the repeats of rows/cpu-s by the base's in the same repeat. */
  readonly ofBase: number | undefined;
  /** Both once more, without what the start costs. */
  readonly rowsPerLaterCpuSecond: number | undefined;
  readonly ofBaseLater: number | undefined;
  /** Of a row late in the run, by that of one earlier. */
  readonly lateRowCost: number | undefined;
  readonly mbPerCpuSecond: number | undefined;
  readonly rowsPerSecond: number | undefined;
  readonly peakRssMb: number | undefined;
}

/**
 * Compares workloads with the first of them, their base, subject by subject.
 *
 * @param starts - the same with hardly any rows, those that start alike as one.
 */
export function summarizeWorkloads(
  all: readonly [WorkloadRounds, ...WorkloadRounds[]],
  starts: readonly WorkloadRounds[],
): WorkloadSummary[] {
  const [base] = all;
  return (base.rounds[0] ?? []).flatMap(({ mode, delivery }) => {
    const subject = { mode, delivery };
    const measured = ({ rounds }: WorkloadRounds): (Measurement | undefined)[] =>
      rounds.map((round) => find(round, subject));
    const laterRates = (of: WorkloadRounds): (number | undefined)[] => {
      const start = starts.find(({ workload }) => isSameStart(workload, of.workload));
      const ofStart = start && measured(start);
      return measured(of).map(
        (one, round) =>
          one && start && laterRate(one, of.workload, { one: ofStart?.[round], workload: start.workload }),
      );
    };
    const quotients = (values: readonly (number | undefined)[], by: readonly (number | undefined)[]) =>
      median(values.map((value, round) => quotient(value, by[round])));
    const rates = (of: WorkloadRounds): (number | undefined)[] => measured(of).map((one) => one?.rowsPerCpuSecond);
    return all.map((of) => {
      const rowsPerCpuSecond = median(rates(of));
      return {
        ...subject,
        workload: of.workload,
        rowsPerCpuSecond,
        ofBase: quotients(rates(of), rates(base)),
        rowsPerLaterCpuSecond: median(laterRates(of)),
        ofBaseLater: quotients(laterRates(of), laterRates(base)),
        lateRowCost: median(measured(of).map((one) => one?.lateRowCost)),
        mbPerCpuSecond: rowsPerCpuSecond && (rowsPerCpuSecond * of.workload.rowBytes) / 1e6,
        rowsPerSecond: median(measured(of).map((one) => one?.rowsPerSecond)),
        peakRssMb: median(measured(of).map((one) => one?.peakRssMb)),
      };
    });
  });
}

/** Rows by processor time, both without those of the start. */
function laterRate(
  { cpuSeconds }: Measurement,
  { rows }: Workload,
  start: { readonly one: Measurement | undefined; readonly workload: Workload },
): number | undefined {
  return start.one && (rows - start.workload.rows) / (cpuSeconds - start.one.cpuSeconds);
}

const CONSUME_ONLY: Subject = { mode: 'consume-only', delivery: undefined };

function find(round: Round, { mode, delivery }: Subject): Measurement | undefined {
  return round.find((measurement) => measurement.mode === mode && measurement.delivery === delivery);
}

function ratioTo(yardstick: Measurement | undefined, measured: Measurement | undefined): number | undefined {
  return quotient(measured?.rowsPerCpuSecond, yardstick?.rowsPerCpuSecond);
}

function quotient(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined ? undefined : value / by;
}

export function throughputTable(summaries: readonly Summary[]): string {
  const head = [
    'mode',
    'delivery',
    'rows/cpu-s',
    'ratio',
    'of parse',
    'of Connect',
    'rows/s',
    'peak RSS',
    'lag p99',
    'first row',
    'server',
  ];
  const rows = summaries.map((one) => [
    one.mode,
    one.delivery ?? '–',
    thousands(one.rowsPerCpuSecond),
    fixed(one.ratio, 2, ''),
    fixed(one.ratioToParse, 2, ''),
    fixed(one.ratioToConnect, 2, ''),
    thousands(one.rowsPerSecond),
    fixed(one.peakRssMb, 0, ' MB'),
    fixed(one.lagP99Ms, 0, ' ms'),
    fixed(one.firstRowSeconds, 2, ' s'),
    one.serverCpuShare === undefined
      ? '–'
      : `${fixed(one.serverCpuShare * 100, 0, ' %')} of a core (${thousands(one.serverRowsPerCpuSecond)} rows/cpu-s)`,
  ]);
  return table(head, rows);
}

export function workloadTable(summaries: readonly WorkloadSummary[]): string {
  const base = summaries[0]?.workload;
  const head = [
    'workload',
    'mode',
    'delivery',
    'rows/cpu-s',
    'of base',
    'without start',
    'of base',
    'late row',
    'MB/cpu-s',
    'rows/s',
    'peak RSS',
  ];
  const rows = summaries.map((one) => [
    base === undefined ? '' : difference(one.workload, base),
    one.mode,
    one.delivery ?? '–',
    thousands(one.rowsPerCpuSecond),
    fixed(one.ofBase, 2, ''),
    thousands(one.rowsPerLaterCpuSecond),
    fixed(one.ofBaseLater, 2, ''),
    fixed(one.lateRowCost, 2, ''),
    thousands(one.mbPerCpuSecond),
    thousands(one.rowsPerSecond),
    fixed(one.peakRssMb, 0, ' MB'),
  ]);
  return table(head, rows);
}

/** The longest of the lists of a profile; what is below half a percent is left out. */
export function profileTables({ seconds, places, functions }: ProfileSummary): string {
  const tableOf = (what: string, times: readonly SelfTime[]): string =>
    table(
      [what, 'of the time', 'seconds'],
      times
        .filter((one) => one.seconds >= seconds * LEAST_SHARE)
        .slice(0, MOST_LINES)
        .map((one) => [one.name, fixed((one.seconds / seconds) * 100, 1, ' %'), fixed(one.seconds, 3, '')]),
    );
  return `${tableOf('place', places)}\n${tableOf('function', functions)}`;
}

export function costTable(costs: readonly Cost[]): string {
  const head = ['exactly-once costs', 'of rows/s', 'lowest', 'highest', 'of rows/cpu-s'];
  const rows = costs.map(({ mode, ofRowsPerSecond, ofRowsPerCpuSecond, range }) => [
    mode,
    ...[ofRowsPerSecond, range?.[0], range?.[1], ofRowsPerCpuSecond].map((share) =>
      fixed(share === undefined ? undefined : share * 100, 1, ' %'),
    ),
  ]);
  return table(head, rows);
}

export function latencyTable(measurements: readonly LatencyMeasurement[]): string {
  const head = ['mode', 'delivery', 'interval', 'row age p50', 'p99', 'max', 'p99 above interval', 'rows', 'loads'];
  const rows = measurements.map((one) => [
    one.mode,
    one.delivery ?? '–',
    `${one.intervalMs} ms`,
    fixed(one.p50Ms, 0, ' ms'),
    fixed(one.p99Ms, 0, ' ms'),
    fixed(one.maxMs, 0, ' ms'),
    fixed(one.p99Ms - one.intervalMs, 0, ' ms'),
    thousands(one.rows),
    thousands(one.loads),
  ]);
  return table(head, rows);
}

/** A Markdown table whose columns are also straight in a terminal; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

export function thousands(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : Math.round(value).toLocaleString('en-US');
}

export function fixed(value: number | undefined, digits: number, unit: string): string {
  return value === undefined || !Number.isFinite(value) ? '–' : `${value.toFixed(digits)}${unit}`;
}
