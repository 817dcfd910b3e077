import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../../services/support/process-identity.ts';
import { type LoggedCommand } from '../../services/support/spawn-logged.ts';
import { DemoError } from './demo-error.ts';
import { tailOf } from './log-file.ts';

export interface NodeProgram {
  /** As the person reads it. */
  readonly name: string;
  /** The compiled module and its arguments. */
  readonly args: readonly string[];
}

/** Starts what a demo needs; how long it lives is the implementation's. */
export interface Parts {
  /** For this demo's files alone, and removed with them. */
  readonly dir: string;
  startKafka(): Promise<{ readonly bootstrapServers: string }>;
  startProgram(program: NodeProgram): Promise<RunningProgram>;
  /** Ends everything that was started, the latest first, and removes its files. */
  stop(): Promise<void>;
}

export type Spawn = (command: LoggedCommand) => Promise<ProcessIdentity>;

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Node process of the demo, whose output goes to a log file. */
export class RunningProgram {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  readonly #exited: Promise<Exit>;

  private constructor(name: string, identity: ProcessIdentity, logFile: string, exited: Promise<Exit>) {
    this.name = name;
    this.identity = identity;
    this.logFile = logFile;
    this.#exited = exited;
  }

  static async start({ name, args }: NodeProgram, dir: string, spawn: Spawn): Promise<RunningProgram> {
    const logFile = join(dir, `${name.replaceAll(' ', '-')}.log`);
    let onExit: ((status: number | null, signal: NodeJS.Signals | null) => void) | undefined;
    const exited = new Promise<Exit>((resolve) => {
      onExit = (status, signal) => resolve({ status, signal });
    });
    const identity = await spawn({ command: process.execPath, args, logFile, ...(onExit ? { onExit } : {}) });
    return new RunningProgram(name, identity, logFile, exited);
  }

  /** Throws when the process has ended by itself, with the end of its log. */
  async assertRunning(): Promise<void> {
    if (!isRunning(this.identity))
      throw new DemoError(`The ${this.name} has ended by itself.`, await tailOf(this.logFile));
  }

  /** Undefined when it hasn't ended within the limit. */
  async exitWithin(limitMs: number): Promise<Exit | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limitMs);
    });
    try {
      return await Promise.race([this.#exited, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
