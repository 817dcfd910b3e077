import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { within } from './poll.ts';

/** A process for certain: its id alone may belong to somebody else by the time that it is used. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** How long the kernel may take over a signal that cannot be refused. */
const SIGNAL_LIMIT_MS = 10_000;

/** Undefined when no such process runs (one that has ended but isn't collected yet doesn't run). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime;
}

/** Sends the signal unless the process is gone, also when another one has its id now. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Asks the process to end, and ends it when it doesn't within the grace. Returns once it is gone. */
export async function terminate(target: ProcessIdentity, graceMs: number): Promise<void> {
  // A stopped process would sit on its SIGTERM.
  signal(target, 'SIGCONT');
  signal(target, 'SIGTERM');
  if (await within(graceMs, () => !isRunning(target))) return;
  await kill(target);
}

export async function kill(target: ProcessIdentity): Promise<void> {
  signal(target, 'SIGKILL');
  if (await within(SIGNAL_LIMIT_MS, () => !isRunning(target))) return;
  throw new Error(`process ${target.pid} is still there ${SIGNAL_LIMIT_MS / 1000} s after SIGKILL`);
}

/** Stops the process until it gets SIGCONT. Its threads stop one by one; this returns once all have. */
export async function suspend(target: ProcessIdentity): Promise<void> {
  if (!signal(target, 'SIGSTOP')) return;
  if (process.platform !== 'linux') return;
  const allStopped = () => threadsOf(target.pid).every((thread) => statOf(thread)?.state === 'T');
  if (!(await within(SIGNAL_LIMIT_MS, allStopped))) throw new Error(`process ${target.pid} does not stop`);
}

function startTimeFromProc(pid: number): string | undefined {
  const stat = statOf(`/proc/${pid}`);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTime;
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function statOf(folder: string): { state: string | undefined; startTime: string | undefined } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`${folder}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field, the command in parentheses, may hold spaces and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], startTime: fields[19] };
}

function startTimeFromPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state = '', ...startTime] = stdout.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : startTime.join(' ');
}
