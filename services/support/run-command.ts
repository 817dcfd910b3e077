import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Null when a signal or the limit ended it. */
  readonly status: number | null;
  readonly output: string;
  readonly timedOut: boolean;
}

/** Undefined when the command isn't installed. */
export function runCommand(
  command: string,
  args: readonly string[],
  limitMs: number,
): Promise<CommandResult | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limitMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', (error) => {
      clearTimeout(timer);
      if ('code' in error && error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status, output, timedOut });
    });
  });
}
