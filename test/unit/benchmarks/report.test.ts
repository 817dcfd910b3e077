import { describe, expect, it } from 'vitest';
import { type Delivery, type Mode } from '../../../benchmarks/options.ts';
import {
  costOfExactlyOnce,
  costTable,
  latencyTable,
  summarize,
  summarizeWorkloads,
  throughputTable,
  type WorkloadRounds,
  workloadTable,
} from '../../../benchmarks/report.ts';
import { type Measurement } from '../../../benchmarks/throughput.ts';

function measured(mode: Mode, rowsPerCpuSecond: number): Measurement {
  return {
    mode,
    delivery: undefined,
    rowsPerCpuSecond,
    rowsPerSecond: 1000,
    cpuSeconds: 1,
    peakRssMb: 100,
    lagP99Ms: undefined,
    lagMaxMs: undefined,
    firstRowSeconds: 1,
    totalSeconds: 2,
    serverCpuShare: mode === 'consume-only' ? undefined : 0.25,
    serverRowsPerCpuSecond: mode === 'consume-only' ? undefined : 2_000_000,
    lateRowCost: undefined,
    cores: undefined,
  };
}

function delivered(delivery: Delivery, rowsPerSecond: number | undefined, rowsPerCpuSecond = 1000): Measurement {
  return { ...measured('parse', rowsPerCpuSecond), delivery, rowsPerSecond };
}

describe('the report', () => {
  it('compares within a round, because the machine is not equally fast in all', () => {
    const rounds = [
      [measured('consume-only', 1000), measured('pass-through', 800)],
      [measured('consume-only', 500), measured('pass-through', 450)],
      [measured('consume-only', 800), measured('pass-through', 680)],
    ];
    const [, passThrough] = summarize(rounds);
    expect(passThrough).toMatchObject({ rowsPerCpuSecond: 680, ratio: 0.85 });
  });

  it('has no ratio when consume-only was not measured', () => {
    expect(summarize([[measured('parse', 100)]])[0]?.ratio).toBeUndefined();
  });

  it('compares with parse as well, of the same delivery and round', () => {
    const rounds = [
      [delivered('exactly-once', 1000, 1000), { ...measured('avro', 700), delivery: 'exactly-once' as const }],
      [delivered('exactly-once', 1000, 500), { ...measured('avro', 400), delivery: 'exactly-once' as const }],
    ];
    expect(summarize(rounds)[1]?.ratioToParse).toBeCloseTo(0.75);
    expect(summarize([[measured('avro', 1)]])[0]?.ratioToParse).toBeUndefined();
  });

  it('compares with Kafka Connect at the same work, in whatever delivery ours is', () => {
    const smt = { ...measured('smt', 300), delivery: 'exactly-once' as const };
    const round = [measured('pass-through', 1000), measured('parse', 250), smt, measured('protobuf', 600)];
    const summary = summarize([[...round, measured('connect', 100), measured('connect-smt', 60)]]);
    expect(summary.map(({ ratioToConnect }) => ratioToConnect)).toEqual([10, 2.5, 5, ...Array<undefined>(3)]);
    expect(summarize([round])[0]?.ratioToConnect).toBeUndefined();
  });

  it('is a table whose columns are straight', () => {
    const lines = throughputTable(summarize([[measured('consume-only', 1000), measured('parse', 500)]]))
      .trimEnd()
      .split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[3]).toContain('| parse ');
    expect(lines[3]).toContain('25 % of a core (2,000,000 rows/cpu-s)');
  });

  it('keeps the deliveries of a mode apart, whatever their order in a round', () => {
    const rounds = [
      [delivered('exactly-once', 900), delivered('at-least-once', 1000)],
      [delivered('at-least-once', 500), delivered('exactly-once', 450)],
    ];
    expect(summarize(rounds)).toMatchObject([
      { mode: 'parse', delivery: 'exactly-once', rowsPerSecond: 675 },
      { mode: 'parse', delivery: 'at-least-once', rowsPerSecond: 750 },
    ]);
  });
});

describe('the cost of exactly-once', () => {
  it('is the median of what it did less than at-least-once in the same round', () => {
    const rounds = [
      [delivered('exactly-once', 900, 800), delivered('at-least-once', 1000, 1000)],
      [delivered('at-least-once', 500, 500), delivered('exactly-once', 475, 375)],
      [delivered('exactly-once', 1100, 850), delivered('at-least-once', 1000, 1000)],
    ];
    const [cost] = costOfExactlyOnce(rounds);
    expect(cost).toMatchObject({ mode: 'parse' });
    expect(cost?.ofRowsPerSecond).toBeCloseTo(0.05);
    expect(cost?.ofRowsPerCpuSecond).toBeCloseTo(0.2);
    expect(cost?.range?.map((share) => Math.round(share * 100))).toEqual([-10, 10]);
  });

  it('is there only for modes that were measured with both', () => {
    expect(costOfExactlyOnce([])).toEqual([]);
    expect(costOfExactlyOnce([[measured('consume-only', 1000), delivered('exactly-once', 900)]])).toEqual([]);
  });

  it('is a dash where a run was too short to have a rate', () => {
    const rounds = [[delivered('exactly-once', undefined, 900), delivered('at-least-once', undefined, 1000)]];
    expect(costTable(costOfExactlyOnce(rounds))).toContain(
      '| parse              |         – |      – |       – |        10.0 % |',
    );
  });
});

describe('the table of workloads', () => {
  const workload = { rows: 1_000_000, rowBytes: 200, partitions: 4, topics: 1, codec: 'none' as const };
  const run = (rows: number, seconds: readonly number[]): WorkloadRounds => ({
    workload: { ...workload, rows },
    rounds: seconds.map((cpuSeconds) => [{ ...measured('pass-through', rows / cpuSeconds), cpuSeconds }]),
  });

  it('compares each with the base of the same round, with and without what the start cost in it', () => {
    const [base, large] = summarizeWorkloads(
      [run(1_001_000, [1.3, 2.3, 1.3]), run(10_001_000, [10.3, 20.3, 10.3])],
      [run(1_000, [0.3, 0.3, 0.3])],
    );
    expect(base).toMatchObject({ ofBase: 1, ofBaseLater: 1, rowsPerLaterCpuSecond: 1_000_000 });
    expect(large?.rowsPerCpuSecond).toBeCloseTo(10_001_000 / 10.3);
    expect(large?.ofBase).toBeCloseTo(10_001_000 / 10.3 / (1_001_000 / 1.3));
    expect(large?.rowsPerLaterCpuSecond).toBeCloseTo(1_000_000);
    expect(large?.ofBaseLater).toBeCloseTo(1);
    expect(large?.mbPerCpuSecond).toBeCloseTo((10_001_000 / 10.3) * 0.0002);
  });

  it('takes from each what a start with as many partitions costs', () => {
    const withPartitions = (rows: number, partitions: number, seconds: number): WorkloadRounds => {
      const one = run(rows, [seconds]);
      return { ...one, workload: { ...one.workload, partitions } };
    };
    const [, many] = summarizeWorkloads(
      [withPartitions(1_001_000, 4, 1.3), withPartitions(1_001_000, 1200, 3)],
      [withPartitions(1_000, 4, 0.3), withPartitions(1_000, 1200, 1)],
    );
    expect(many).toMatchObject({ rowsPerLaterCpuSecond: 500_000, ofBaseLater: 0.5 });
  });

  it('names the base in full and of the others what is different', () => {
    const base = run(1_000_000, [1]);
    const start = run(1_000, [0.3]);
    const lines = workloadTable(
      summarizeWorkloads([base, { ...base, workload: { ...base.workload, codec: 'lz4' } }], [start]),
    ).split('\n');
    expect(lines[2]).toContain('| base: 1,000,000 rows of 200 bytes, 4 partitions, 1 topic, not compressed |');
    expect(lines[3]).toMatch(/^\| lz4 +\| +pass-through \|/);
  });
});

describe('the table of row ages', () => {
  it('tells the deliveries apart', () => {
    const age = {
      mode: 'pass-through' as const,
      intervalMs: 100,
      p50Ms: 60,
      p99Ms: 120,
      maxMs: 130,
      rows: 10,
      loads: 2,
    };
    const text = latencyTable([
      { ...age, delivery: 'exactly-once' },
      { ...age, mode: 'connect', delivery: undefined },
    ]);
    expect(text).toMatch(/\| pass-through \| +exactly-once \| +100 ms \|/);
    expect(text).toMatch(/\| connect {6}\| +– \| +100 ms \|/);
  });
});
