import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DetachedParts, kafkaPlan } from '../../services/index.ts';
import { cacheDir } from '../../services/support/paths.ts';
import { isRunning, type ProcessIdentity, terminate } from '../../services/support/process-identity.ts';
import { type Say } from '../../services/support/say.ts';
import { spawnDetached } from '../../services/support/spawn-logged.ts';
import { DemoError } from './demo-error.ts';
import { type NodeProgram, type Parts, RunningProgram } from './parts.ts';

const STOP_GRACE_MS = 60_000;
/** Not where `npm run services` keeps its state: the two must not end each other's broker. */
const STATE_DIR = join(cacheDir, 'demo');
const STATE_FILE = join(STATE_DIR, 'kept.json');

/** What the next process needs to know of a demo that was left running. */
interface KeptState {
  readonly dir: string;
  readonly bootstrapServers?: string;
  readonly programs: readonly { readonly name: string; readonly identity: ProcessIdentity }[];
}

/** Parts that outlive this process. Each is written down as soon as it runs, so that `--stop` always finds all. */
export class KeptParts implements Parts {
  readonly #detached: DetachedParts;
  #state: KeptState;

  private constructor(dir: string, say: Say) {
    this.#detached = detachedParts(say);
    this.#state = { dir, programs: [] };
  }

  static async create(say: Say): Promise<KeptParts> {
    const kept = await readState();
    if (kept?.programs.some(({ identity }) => isRunning(identity)) === true) {
      throw new DemoError('A demo is running already. Stop it first: npm run demo -- --stop');
    }
    // What a restart of the machine left behind.
    await stopKept(say);
    const parts = new KeptParts(await mkdtemp(join(tmpdir(), 'tributary-demo-')), say);
    await parts.#writeDown({});
    return parts;
  }

  get dir(): string {
    return this.#state.dir;
  }

  async startKafka(): Promise<{ readonly bootstrapServers: string }> {
    const { bootstrapServers } = await this.#detached.up(kafkaPlan({}));
    await this.#writeDown({ bootstrapServers });
    return { bootstrapServers };
  }

  startProgram(program: NodeProgram): Promise<RunningProgram> {
    return RunningProgram.start(program, this.dir, async (command) => {
      const identity = await spawnDetached(command);
      await this.#writeDown({ programs: [...this.#state.programs, { name: program.name, identity }] });
      return identity;
    });
  }

  async stop(): Promise<void> {
    await stopKept(() => undefined);
  }

  async #writeDown(change: Partial<KeptState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await mkdir(STATE_DIR, { recursive: true });
    // Renamed into place: a reader finds all of it or the one before.
    await writeFile(`${STATE_FILE}.new`, JSON.stringify(this.#state));
    await rename(`${STATE_FILE}.new`, STATE_FILE);
  }
}

/** Stops what `--keep` left running, the pipeline first so that it can drain. Returns the names of what it stopped. */
export async function stopKept(say: Say): Promise<readonly string[]> {
  const state = await readState();
  const stopped: string[] = [];
  for (const { name, identity } of state?.programs.toReversed() ?? []) {
    if (isRunning(identity)) stopped.push(name);
    await terminate(identity, STOP_GRACE_MS);
  }
  if (await detachedParts(say).down('kafka')) stopped.push('Kafka');
  if (state !== undefined) await rm(state.dir, { recursive: true, force: true });
  await rm(STATE_FILE, { force: true });
  return stopped;
}

/** Where the broker of the demo that was left running answers. */
export async function keptBootstrapServers(): Promise<string | undefined> {
  return (await readState())?.bootstrapServers;
}

async function readState(): Promise<KeptState | undefined> {
  return existsSync(STATE_FILE) ? (JSON.parse(await readFile(STATE_FILE, 'utf8')) as KeptState) : undefined;
}

function detachedParts(say: Say): DetachedParts {
  return new DetachedParts({ dir: STATE_DIR, say });
}
