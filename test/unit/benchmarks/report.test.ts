import { describe, expect, it } from 'vitest';
import { type Mode } from '../../../benchmarks/options.ts';
import { summarize, throughputTable } from '../../../benchmarks/report.ts';
import { type Measurement } from '../../../benchmarks/throughput.ts';

function measured(mode: Mode, rowsPerCpuSecond: number): Measurement {
  return {
    mode,
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
  };
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

  it('is a table whose columns are straight', () => {
    const lines = throughputTable(summarize([[measured('consume-only', 1000), measured('parse', 500)]]))
      .trimEnd()
      .split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[3]).toContain('| parse ');
    expect(lines[3]).toContain('25 % of a core (2,000,000 rows/cpu-s)');
  });
});
