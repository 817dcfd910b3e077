import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { projectRoot } from '../../../services/support/paths.ts';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A TypeScript file of the project as a process of its own. */
export function startScript(file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Child {
  const runner = join(projectRoot, 'test', 'support', 'run-typescript.js');
  return spawn(process.execPath, [runner, join(projectRoot, file), ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function finish(child: Child): Promise<Finished> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve({ status, ...output }));
  });
}

/** The first line of its standard output. */
export function firstLine(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      problem += more;
    });
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('close', (status) => reject(new Error(`it ended with ${status} before its first line: ${problem}`)));
  });
}
