import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { runDir } from '../support/paths.ts';
import { type ProcessIdentity, signal, terminate } from '../support/process-identity.ts';
import { spawnOwned } from '../support/spawn-logged.ts';
import { launchPostgres } from './launch.ts';
import type { PostgresEndpoints, PostgresOptions } from './options.ts';
import { logFileIn, type PostgresFiles } from './postgres-files.ts';

const STOP_GRACE_MS = 10_000;

/** Starts a PostgreSQL that belongs to this process: it ends with it at the latest. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresService> {
  await mkdir(runDir, { recursive: true });
  const dir = await mkdtemp(join(runDir, 'postgres-'));
  // Its data belongs to another user, who must get there.
  await chmod(dir, 0o755);
  try {
    const { files, identity } = await launchPostgres({ dir, options, spawn: (command) => spawnOwned(command, dir) });
    return new PostgresService(dir, files, identity);
  } catch (error) {
    // A server that ran leaves its folder: the error names the log in it.
    if (!existsSync(logFileIn(dir))) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

export class PostgresService {
  readonly #dir: string;
  readonly #files: PostgresFiles;
  readonly #identity: ProcessIdentity;

  constructor(dir: string, files: PostgresFiles, identity: ProcessIdentity) {
    this.#dir = dir;
    this.#files = files;
    this.#identity = identity;
  }

  get endpoints(): PostgresEndpoints {
    return this.#files.endpoints;
  }

  /** A connection to a database, which the caller ends. */
  async connect(database = this.endpoints.database): Promise<Client> {
    const client = new Client({ ...this.endpoints, database });
    await client.connect();
    return client;
  }

  /** Ends the server for good and removes what it wrote. Clients that are still connected are cut. */
  async stop(): Promise<void> {
    signal(this.#identity, 'SIGINT');
    await terminate(this.#identity, STOP_GRACE_MS);
    await rm(this.#dir, { recursive: true, force: true });
  }
}
