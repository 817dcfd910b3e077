import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../services/support/paths.ts';
import { kill, type ProcessIdentity, signal, suspend } from '../../services/support/process-identity.ts';
import { spawnOwned } from '../../services/support/spawn-logged.ts';
import { limited } from './limited.ts';
import { type Tally } from './tally.ts';

const MAIN = join(projectRoot, 'dist', 'main.js');
/** Logs of processes that have ended are kept up to this number, so that a long run does not fill the disk. */
const MOST_LOGS = 200;
/** Longer than the pipeline's own limits for a stop together. */
const STOP_LIMIT_MS = 45_000;

/** Lines of a process's log that are worth counting. */
const COUNTED = {
  'times partitions were assigned': /"msg":"Assigned \d+ partitions"/g,
  'interrupted loads ended': /"msg":"Ending a load that was interrupted"/g,
  'lanes stopped': /"msg":"Loading into \w+ has stopped/g,
} as const;

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of the pipeline. */
export interface Loader {
  readonly name: string;
  readonly logFile: string;
  readonly identity: ProcessIdentity;
  readonly exited: Promise<Exit>;
  state: 'running' | 'frozen' | 'ending' | 'ended';
}

/** Everything that a fleet works with. */
export interface FleetOptions {
  readonly dir: string;
  readonly pipelineFile: string;
  readonly logLevel: string;
  readonly tally: Tally;
}

/** The processes of the pipeline: what is done to them, and what they do that nobody asked for. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #loaders = new Set<Loader>();
  readonly #logFiles: string[] = [];
  #started = 0;
  /** Ends that nobody asked for, and stops that did not go as they should; a sentence each. */
  readonly surprises: string[] = [];
  /** When frozen processes were continued, in milliseconds since the epoch. */
  readonly thawed: number[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Those that have not ended, frozen ones included. */
  get size(): number {
    return this.#loaders.size;
  }

  get running(): Loader[] {
    return [...this.#loaders].filter(({ state }) => state === 'running');
  }

  async start(): Promise<void> {
    const { dir, pipelineFile, logLevel } = this.#options;
    const name = `process-${++this.#started}`;
    const logFile = join(dir, `${name}.log`);
    let onExit: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>((resolve) => {
      onExit = resolve;
    });
    const identity = await spawnOwned(
      {
        command: process.execPath,
        args: [MAIN, '--log-level', logLevel, pipelineFile],
        logFile,
        onExit: (code, signalName) => onExit({ code, signal: signalName }),
      },
      undefined,
    );
    const loader: Loader = { name, logFile, identity, exited, state: 'running' };
    this.#loaders.add(loader);
    void exited.then((exit) => this.#ended(loader, exit));
  }

  /** SIGTERM; resolves when the process has ended. */
  async stop(loader: Loader): Promise<void> {
    loader.state = 'ending';
    signal(loader.identity, 'SIGTERM');
    const exit = await limited(STOP_LIMIT_MS, loader.exited);
    if (exit === undefined) {
      this.surprises.push(`${loader.name} had not ended ${STOP_LIMIT_MS / 1000} s after SIGTERM`);
      await this.kill(loader);
      return;
    }
    if (exit.code === 0 || (exit.code === 1 && (await mayExitWithOne(loader)))) return;
    // Told to stop before it listened to signals.
    if (exit.signal === 'SIGTERM' && (await readFile(loader.logFile, 'utf8')) === '') return;
    this.surprises.push(`${loader.name} ended with ${describe(exit)} after SIGTERM: ${await lastOf(loader)}`);
  }

  async kill(loader: Loader): Promise<void> {
    loader.state = 'ending';
    await kill(loader.identity);
    await loader.exited;
  }

  async freeze(loader: Loader): Promise<void> {
    loader.state = 'frozen';
    await suspend(loader.identity);
  }

  thaw(loader: Loader): void {
    // It may have been killed meanwhile.
    if (loader.state !== 'frozen') return;
    loader.state = 'running';
    this.thawed.push(Date.now());
    signal(loader.identity, 'SIGCONT');
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.running.map((loader) => this.stop(loader)));
  }

  /** Ends whatever is left, without asking. */
  async close(): Promise<void> {
    await Promise.all([...this.#loaders].map((loader) => this.kill(loader)));
  }

  async #ended(loader: Loader, exit: Exit): Promise<void> {
    const wanted = loader.state === 'ending';
    loader.state = 'ended';
    this.#loaders.delete(loader);
    const log = await readFile(loader.logFile, 'utf8');
    const { tally } = this.#options;
    for (const [name, pattern] of Object.entries(COUNTED)) {
      tally.add(name, log.match(pattern)?.length ?? 0);
    }
    this.#logFiles.push(loader.logFile);
    for (const old of this.#logFiles.splice(0, this.#logFiles.length - MOST_LOGS)) rmSync(old);
    if (wanted) return;
    // A side that cannot be reached at the start is said, with exit code 1.
    if (exit.code === 1 && !log.includes('"msg":"Assigned')) tally.add('starts that found a side down');
    else this.surprises.push(`${loader.name} ended by itself with ${describe(exit)}: ${await lastOf(loader)}`);
  }
}

/** It ran out of time while things were wrong, or had not come up yet; both are said. */
async function mayExitWithOne({ logFile }: Loader): Promise<boolean> {
  const log = await readFile(logFile, 'utf8');
  return log.includes('Not everything that was read could be loaded') || !log.includes('"msg":"Assigned');
}

async function lastOf({ logFile }: Loader): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return `${lines.slice(-2).join(' | ').slice(-1000)} (${logFile})`;
}

function describe({ code, signal: name }: Exit): string {
  return name ?? `exit code ${String(code)}`;
}
