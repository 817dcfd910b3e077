import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { identify, type ProcessIdentity } from './process-identity.ts';

export interface LoggedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets both outputs, appended. */
  readonly logFile: string;
  /** Told how the process ended, as long as this one runs. */
  readonly onExit?: (status: number | null, signal: NodeJS.Signals | null) => void;
}

// Becomes the command itself, so that the id is the command's, and leaves a watcher behind that reads the lifeline.
// A line on it lets the watcher go; its end without a line means that the owner died, however it died.
const KEEPER = `
scratch=$1; shift
(
  read -r released <&3 || {
    kill -KILL $$
    tries=0
    while kill -0 $$ && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
    if [ -n "$scratch" ]; then rm -rf -- "$scratch"; fi
  } 2>/dev/null
) &
exec 3<&- "$@"
`;

/** Starts a process that outlives this one. */
export function spawnDetached({ command, args, logFile, onExit }: LoggedCommand): Promise<ProcessIdentity> {
  return withLog(logFile, async (log) => {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
    if (onExit !== undefined) child.once('exit', onExit);
    await started(child);
    child.unref();
    return identityOf(child.pid);
  });
}

/**
 * Starts a process that ends when this one does, even by SIGKILL; `scratchDir` is then removed too.
 * It has a process group of its own: Ctrl-C is for this process to handle, and may need the other alive to drain.
 */
export function spawnOwned(
  { command, args, logFile, onExit }: LoggedCommand,
  scratchDir: string | undefined,
): Promise<ProcessIdentity> {
  return withLog(logFile, async (log) => {
    const keeper = ['-c', KEEPER, 'keeper', scratchDir ?? '', command, ...args];
    const child = spawn('/bin/sh', keeper, { detached: true, stdio: ['ignore', log, log, 'pipe'] });
    if (onExit !== undefined) child.once('exit', onExit);
    await started(child);
    const lifeline = child.stdio[3];
    if (!(lifeline instanceof Socket)) throw new Error('the lifeline is not a socket');
    // The watcher may be gone already, and then nobody is left to be told.
    lifeline.on('error', () => undefined);
    child.once('exit', () => lifeline.end('released\n'));
    // Neither keeps this process from ending when it has nothing else to do.
    child.unref();
    lifeline.unref();
    return identityOf(child.pid);
  });
}

async function withLog<T>(logFile: string, task: (log: number) => Promise<T>): Promise<T> {
  const log = openSync(logFile, 'a');
  try {
    return await task(log);
  } finally {
    closeSync(log);
  }
}

function started(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve).once('error', reject);
  });
}

function identityOf(pid: number | undefined): ProcessIdentity {
  const identity = pid === undefined ? undefined : identify(pid);
  // One that has ended already has no start time any more; whoever waits for it finds that it doesn't run.
  return identity ?? { pid: pid ?? 0, startTime: '' };
}
