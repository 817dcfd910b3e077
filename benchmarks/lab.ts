import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDir, projectRoot } from '../services/support/paths.ts';
import { isRunning, type ProcessIdentity, terminate } from '../services/support/process-identity.ts';
import { ServiceError } from '../services/support/service-error.ts';
import { spawnOwned } from '../services/support/spawn-logged.ts';

const STOP_GRACE_MS = 20_000;
const LOG_CHARACTERS = 2_000;

/** Compiled files of this project. */
export const compiled = {
  pipeline: join(projectRoot, 'dist', 'main.js'),
  publicApi: join(projectRoot, 'dist', 'index.js'),
  emulator: join(projectRoot, 'dist-tools', 'emulator', 'main.js'),
  probe: join(projectRoot, 'dist-tools', 'benchmarks', 'probe.js'),
  consumeOnly: join(projectRoot, 'dist-tools', 'benchmarks', 'consume-only.js'),
} as const;

/** A process that was started for the benchmark. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly logFile: string;
  readonly running: boolean;
  /** What it has printed so far. */
  output(): Promise<string>;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

/** Everything that a run of the benchmark starts or writes; closing it ends and removes all of that. */
export class Lab {
  readonly dir: string;
  readonly #closers: (() => Promise<void>)[] = [];
  #programs = 0;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(): Promise<Lab> {
    const parent = join(cacheDir, 'bench');
    await mkdir(parent, { recursive: true });
    return new Lab(await mkdtemp(join(parent, 'run-')));
  }

  /** Has something closed with the lab, before what was there earlier. */
  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close().catch(() => undefined);
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Starts a program that ends with this process at the latest, even by SIGKILL. */
  async start(name: string, command: string, args: readonly string[]): Promise<Program> {
    const logFile = join(this.dir, `${++this.#programs}-${name}.log`);
    const startedAtMs = Date.now();
    const identity = await spawnOwned({ command, args, logFile }, undefined);
    const program = new OwnedProgram(name, identity, startedAtMs, logFile);
    this.onClose(() => program.stop());
    return program;
  }
}

class OwnedProgram implements Program {
  readonly name: string;
  readonly startedAtMs: number;
  readonly logFile: string;
  readonly #identity: ProcessIdentity;

  constructor(name: string, identity: ProcessIdentity, startedAtMs: number, logFile: string) {
    this.name = name;
    this.#identity = identity;
    this.startedAtMs = startedAtMs;
    this.logFile = logFile;
  }

  get pid(): number {
    return this.#identity.pid;
  }

  get running(): boolean {
    return isRunning(this.#identity);
  }

  output(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  async stop(): Promise<void> {
    await terminate(this.#identity, STOP_GRACE_MS);
  }
}

/**
 * Asks every few milliseconds until there is an answer.
 *
 * @throws ServiceError when the program has ended meanwhile, or the limit has passed.
 */
export async function waitFor<T>(
  what: string,
  {
    program,
    limitMs,
    everyMs = 20,
  }: { readonly program: Program; readonly limitMs: number; readonly everyMs?: number },
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const failure = program.running
      ? performance.now() < deadline
        ? undefined
        : `did not reach this within ${limitMs / 1000} s: ${what}`
      : `ended before this: ${what}`;
    if (failure !== undefined) {
      const log = (await program.output()).trim().slice(-LOG_CHARACTERS);
      throw new ServiceError(`${program.name} ${failure}.${log === '' ? '' : ` It said last:\n${log}`}`);
    }
    await delay(everyMs);
  }
}

/** The first line that a program printed, as JSON; undefined while there is none. */
export async function firstLineOf<T>(program: Program): Promise<T | undefined> {
  const text = await program.output();
  const end = text.indexOf('\n');
  return end < 0 ? undefined : (JSON.parse(text.slice(0, end)) as T);
}
