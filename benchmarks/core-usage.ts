import { readFileSync } from 'node:fs';
import { cpuSeconds, TICKS_PER_SECOND } from './process-usage.ts';

/** Whose processor time is told apart: the measured program, what serves it, and the benchmark that watches. */
export interface Parties<T> {
  readonly program: T;
  readonly server: T;
  readonly broker: T;
  readonly bench: T;
}

/** What the cores had done by a moment, in seconds of processor time. */
export interface CoreTimes extends Parties<number> {
  /** Of all cores, since the machine was started. */
  readonly idle: number;
}

/** How many cores each had, on average over a stretch of time. All of them together are the cores of the machine. */
export interface CoreUsage extends Parties<number> {
  readonly idle: number;
  /** Other programs, and the kernel where it works for nobody's process. */
  readonly others: number;
}

/** Reads /proc; throws when one of these processes is gone. */
export function coreTimes(pids: Parties<number>): CoreTimes {
  const of = (pid: number): number => cpuSeconds(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return {
    program: of(pids.program),
    server: of(pids.server),
    broker: of(pids.broker),
    bench: of(pids.bench),
    idle: idleSeconds(readFileSync('/proc/stat', 'latin1')),
  };
}

/** Of a text of /proc/stat: the time in which the cores had nothing to do, or waited for a disk. */
export function idleSeconds(stat: string): number {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ') ?? [];
  return (Number(fields[3]) + Number(fields[4])) / TICKS_PER_SECOND;
}

/** What they had between two moments that are so many seconds apart. */
export function coreUsage(from: CoreTimes, to: CoreTimes, seconds: number, cores: number): CoreUsage {
  const of = (read: (times: CoreTimes) => number): number => (read(to) - read(from)) / seconds;
  const known = {
    program: of((times) => times.program),
    server: of((times) => times.server),
    broker: of((times) => times.broker),
    bench: of((times) => times.bench),
    idle: of((times) => times.idle),
  };
  const sum = Object.values(known).reduce((total, one) => total + one, 0);
  // Ticks are counted at other moments than seconds.
  return { ...known, others: Math.max(0, cores - sum) };
}

/** The cores that work on rows: what is left where a program has the machine to itself. */
export function coresAtWork({ program, server, broker, bench }: CoreUsage): number {
  return program + server + broker + bench;
}
