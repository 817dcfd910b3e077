import { expect, it } from 'vitest';
import { cpuSeconds, peakRssMb, processUsage } from '../../../benchmarks/process-usage.ts';

it('reads processor time after a command that holds spaces and parentheses', () => {
  const fields = ['S', ...Array.from({ length: 10 }, () => '0'), '150', '25', '9', '9'];
  expect(cpuSeconds(`42 (a (b) c) ${fields.join(' ')}`)).toBe(1.75);
});

it('reads the most memory that a process ever had, in megabytes', () => {
  expect(peakRssMb('VmPeak:\t  999 kB\nVmHWM:\t  250000 kB\nVmRSS:\t 100 kB\n')).toBe(256);
});

it.runIf(process.platform === 'linux')('reads a process that runs', () => {
  const { cpuSeconds: used, peakRssMb: peak } = processUsage(process.pid);
  expect(used).toBeGreaterThan(0);
  expect(peak).toBeGreaterThan(10);
});
