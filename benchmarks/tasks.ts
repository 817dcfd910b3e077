import { type CoreUsage, coresAtWork } from './core-usage.ts';
import { fixed, table, thousands } from './report.ts';
import { median } from './statistics.ts';
import { type Measurement } from './throughput.ts';

/** What one number of tasks did in each round. */
export interface TaskRounds {
  readonly tasks: number;
  readonly rounds: readonly Measurement[];
}

/** Medians for each number of tasks, and how they stand to the first number in the same rounds. */
export interface TaskSummary {
  readonly tasks: number;
  readonly rowsPerSecond: number | undefined;
  readonly rowsPerCpuSecond: number | undefined;
  readonly peakRssMb: number | undefined;
  readonly firstRowSeconds: number | undefined;
  readonly cores: { readonly [Name in keyof CoreUsage]: number | undefined };
  /** How many times as many rows the machine has room for if a row costs no more and nobody else wants a core. */
  readonly room: number | undefined;
  readonly speedUp: number | undefined;
  /** The lowest and the highest of the rounds. */
  readonly range: readonly [number, number] | undefined;
}

/** The columns that say who had how many cores. */
const CORES = ['program', 'server', 'broker', 'bench', 'others', 'idle'] as const;

export function summarizeTasks(all: readonly TaskRounds[]): TaskSummary[] {
  const [base] = all;
  return all.map(({ tasks, rounds }) => {
    const of = (read: (one: Measurement) => number | undefined): number | undefined => median(rounds.map(read));
    const speedUps = rounds.flatMap(({ rowsPerSecond }, round) => {
      const yardstick = base?.rounds[round]?.rowsPerSecond;
      return rowsPerSecond === undefined || yardstick === undefined ? [] : [rowsPerSecond / yardstick];
    });
    return {
      tasks,
      rowsPerSecond: of((one) => one.rowsPerSecond),
      rowsPerCpuSecond: of((one) => one.rowsPerCpuSecond),
      peakRssMb: of((one) => one.peakRssMb),
      firstRowSeconds: of((one) => one.firstRowSeconds),
      cores: {
        program: of((one) => one.cores?.program),
        server: of((one) => one.cores?.server),
        broker: of((one) => one.cores?.broker),
        bench: of((one) => one.cores?.bench),
        others: of((one) => one.cores?.others),
        idle: of((one) => one.cores?.idle),
      },
      room: of(({ cores }) => cores && allCores(cores) / coresAtWork(cores)),
      speedUp: median(speedUps),
      range: speedUps.length === 0 ? undefined : [Math.min(...speedUps), Math.max(...speedUps)],
    };
  });
}

function allCores(cores: CoreUsage): number {
  return coresAtWork(cores) + cores.others + cores.idle;
}

export function taskTable(mode: string, summaries: readonly TaskSummary[]): string {
  const head = [
    `tasks (${mode})`,
    'rows/s',
    'speed-up',
    'lowest',
    'highest',
    'rows/cpu-s',
    'peak RSS',
    'first row',
    ...CORES,
    'room',
  ];
  const rows = summaries.map((one) => [
    String(one.tasks),
    thousands(one.rowsPerSecond),
    fixed(one.speedUp, 2, ' x'),
    fixed(one.range?.[0], 2, ' x'),
    fixed(one.range?.[1], 2, ' x'),
    thousands(one.rowsPerCpuSecond),
    fixed(one.peakRssMb, 0, ' MB'),
    fixed(one.firstRowSeconds, 2, ' s'),
    ...CORES.map((name) => fixed(one.cores[name], 2, '')),
    fixed(one.room, 2, ' x'),
  ]);
  return table(head, rows);
}
