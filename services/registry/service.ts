import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runDir } from '../support/paths.ts';
import { isRunning, kill, type ProcessIdentity, signal, suspend, terminate } from '../support/process-identity.ts';
import { spawnOwned } from '../support/spawn-logged.ts';
import { type Launch, launchRegistry, startRegistryProcess } from './launch.ts';
import type { RegistryOptions } from './options.ts';
import { logFileIn, type RegistryFiles } from './registry-files.ts';

const STOP_GRACE_MS = 10_000;

/** Starts a registry that belongs to this process: it ends with it at the latest. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryService> {
  await mkdir(runDir, { recursive: true });
  const dir = await mkdtemp(join(runDir, 'registry-'));
  const launch: Launch = { dir, options, spawn: (command) => spawnOwned(command, dir) };
  try {
    const { files, identity } = await launchRegistry(launch);
    return new RegistryService(launch, files, identity);
  } catch (error) {
    // A registry that ran leaves its folder: the error names the log in it.
    if (!existsSync(logFileIn(dir))) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

export class RegistryService {
  readonly #launch: Launch;
  readonly #files: RegistryFiles;
  #identity: ProcessIdentity;

  constructor(launch: Launch, files: RegistryFiles, identity: ProcessIdentity) {
    this.#launch = launch;
    this.#files = files;
    this.#identity = identity;
  }

  /** What clients of Confluent's registry take for `schema.registry.url`. */
  get url(): string {
    return this.#files.endpoints.url;
  }

  get isRunning(): boolean {
    return isRunning(this.#identity);
  }

  /** Starts a registry that was killed, on the same port and empty. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    this.#identity = await startRegistryProcess(this.#files, this.#launch);
  }

  /** As a crash does. Its schemas are gone. */
  async kill(): Promise<void> {
    await kill(this.#identity);
  }

  /** The registry keeps its connections and answers nothing, from the moment that this returns. */
  async pause(): Promise<void> {
    await suspend(this.#identity);
  }

  resume(): void {
    signal(this.#identity, 'SIGCONT');
  }

  /** Ends the registry for good and removes what it wrote. */
  async stop(): Promise<void> {
    await terminate(this.#identity, STOP_GRACE_MS);
    await rm(this.#launch.dir, { recursive: true, force: true });
  }
}
