import { expect, it } from 'vitest';
import { coresAtWork, coreTimes, coreUsage, idleSeconds } from '../../../benchmarks/core-usage.ts';

it('reads for how long the cores had nothing to do or waited for a disk', () => {
  expect(idleSeconds('cpu  900 5 80 1500 250 0 3 2 0 0\ncpu0 1 2 3 4 5\n')).toBe(17.5);
});

it('tells how many cores each had, and gives others what is left', () => {
  const from = { program: 1, server: 10, broker: 20, bench: 5, idle: 100 };
  const to = { program: 4, server: 10.5, broker: 20.25, bench: 5.05, idle: 100.1 };
  const usage = coreUsage(from, to, 2, 2);
  expect(usage).toMatchObject({ program: 1.5, server: 0.25, broker: 0.125 });
  expect(usage.bench).toBeCloseTo(0.025);
  expect(usage.idle).toBeCloseTo(0.05);
  expect(usage.others).toBeCloseTo(0.05);
  expect(coresAtWork(usage)).toBeCloseTo(1.9);
});

it('gives others nothing where the clocks disagree by a tick', () => {
  const zero = { program: 0, server: 0, broker: 0, bench: 0, idle: 0 };
  expect(coreUsage(zero, { ...zero, program: 2.01 }, 1, 2).others).toBe(0);
});

it.runIf(process.platform === 'linux')('reads processes that run', () => {
  const { pid } = process;
  const times = coreTimes({ program: pid, server: pid, broker: pid, bench: pid });
  expect(times.program).toBeGreaterThan(0);
  expect(times.idle).toBeGreaterThan(0);
});
