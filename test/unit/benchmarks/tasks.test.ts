import { expect, it } from 'vitest';
import { summarizeTasks, taskTable } from '../../../benchmarks/tasks.ts';
import { type Measurement } from '../../../benchmarks/throughput.ts';

function measured(rowsPerSecond: number, program: number, idle: number): Measurement {
  return {
    mode: 'parse',
    delivery: 'exactly-once',
    rowsPerCpuSecond: 1000,
    rowsPerSecond,
    cpuSeconds: 1,
    peakRssMb: 100,
    lagP99Ms: undefined,
    lagMaxMs: undefined,
    firstRowSeconds: 1,
    totalSeconds: 2,
    serverCpuShare: 0.25,
    serverRowsPerCpuSecond: 2_000_000,
    lateRowCost: undefined,
    cores: { program, server: 0.15, broker: 0.08, bench: 0.02, idle, others: 0 },
  };
}

const summaries = summarizeTasks([
  { tasks: 1, rounds: [measured(100, 1, 0.75), measured(50, 1, 0.75)] },
  { tasks: 2, rounds: [measured(150, 1.7, 0.05), measured(90, 1.7, 0.05)] },
]);

it('compares numbers of tasks within a round', () => {
  expect(summaries[1]).toMatchObject({ tasks: 2, speedUp: 1.65, range: [1.5, 1.8] });
});

it('says how many times as many rows the cores have room for', () => {
  expect(summaries[0]?.room).toBeCloseTo(2 / 1.25);
});

it('shows who had how many cores', () => {
  const [head, , , two] = taskTable('parse', summaries)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const shown = Object.fromEntries(head?.map((title, column) => [title, two?.[column]]) ?? []);
  expect(shown).toMatchObject({
    program: '1.70',
    server: '0.15',
    broker: '0.08',
    bench: '0.02',
    others: '0.00',
    idle: '0.05',
  });
});

it('says nothing of what was too short to tell', () => {
  const short = { ...measured(1, 1, 1), rowsPerSecond: undefined, cores: undefined };
  const [summary] = summarizeTasks([{ tasks: 1, rounds: [short] }]);
  expect(summary).toMatchObject({ speedUp: undefined, range: undefined, room: undefined });
});
