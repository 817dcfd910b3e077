import { readFileSync } from 'node:fs';

/** What a process has used since it was started, its start-up included. */
export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
}

/** The unit of times in /proc, on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** Reads /proc; throws when there is no such process. */
export function processUsage(pid: number): ProcessUsage {
  return {
    cpuSeconds: cpuSeconds(readFileSync(`/proc/${pid}/stat`, 'latin1')),
    peakRssMb: peakRssMb(readFileSync(`/proc/${pid}/status`, 'latin1')),
  };
}

/** Of a text of /proc/PID/stat. */
export function cpuSeconds(stat: string): number {
  // The second field, the command in parentheses, may hold spaces and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Of a text of /proc/PID/status. Megabytes of 1,000,000 bytes. */
export function peakRssMb(status: string): number {
  return (Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
