import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const MAIN = join(import.meta.dirname, '../../../dist/main.js');

/** How `node dist/main.js` ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of the structured log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** The product as a user runs it: a process of its own, ended with the test at the latest. */
export class MainProcess {
  readonly exited: Promise<Exit>;
  readonly pid: number;
  readonly #signal: (name: NodeJS.Signals) => void;
  readonly #log: LogLine[] = [];
  /** What of stdout isn't a whole line yet. */
  #line = '';
  #stdout = '';
  #stderr = '';

  /**
   * Tests that run side by side say how their own end is told: `context.onTestFinished`.
   *
   * @param nodeArgs what Node itself is started with.
   */
  constructor(
    args: readonly string[],
    onFinished: (end: () => Promise<void>) => void = onTestFinished,
    nodeArgs: readonly string[] = [],
  ) {
    const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid === undefined) throw new Error('node could not be started');
    this.pid = child.pid;
    this.#signal = (name) => child.kill(name);
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.exited = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    onFinished(async () => {
      child.kill('SIGKILL');
      await this.exited;
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.#signal(name);
  }

  /** Peak resident memory so far, in MiB. */
  get peakMemoryMiB(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  get log(): readonly LogLine[] {
    return this.#log;
  }

  logged(text: string): LogLine[] {
    return this.log.filter(({ msg }) => msg.includes(text));
  }

  #read(text: string): void {
    this.#stdout += text;
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.#log.push(JSON.parse(line) as LogLine);
  }
}
