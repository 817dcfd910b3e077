import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoints, PartPlan } from './part.ts';
import { withLock } from './support/lock.ts';
import { runDir } from './support/paths.ts';
import { isRunning, type ProcessIdentity, terminate } from './support/process-identity.ts';
import { type Say, sayOnStderr } from './support/say.ts';
import { ServiceError } from './support/service-error.ts';

const STOP_GRACE_MS = 15_000;
// Another `up` may be downloading.
const LOCK_LIMIT_MS = 12 * 60_000;

/** What is known of a part that was started to stay. */
interface PartState {
  readonly identity: ProcessIdentity;
  readonly fingerprint: string;
  /** Not there yet while the part is starting. */
  readonly endpoints?: Endpoints;
}

/** Starts the part so that it outlives this process, or finds it up already. */
export function up<E extends Endpoints>(plan: PartPlan<E>, say: Say = sayOnStderr): Promise<E> {
  return exclusively(plan.part, async () => {
    const state = await readState(plan.part);
    if (state !== undefined && isRunning(state.identity)) {
      if (state.endpoints !== undefined) return alreadyUp(plan, state.fingerprint, state.endpoints, say);
      say(`${plan.part} was left half started; starting it again`);
    }
    await remove(plan.part, state);

    const dir = dirOf(plan.part);
    await mkdir(dir, { recursive: true });
    let starting: PartState | undefined;
    const endpoints = await plan.launch({
      dir,
      say,
      onSpawned: (identity) => {
        starting = { identity, fingerprint: plan.fingerprint };
        return writeState(plan.part, starting);
      },
    });
    if (starting === undefined) throw new Error(`${plan.part} told of no process`);
    await writeState(plan.part, { ...starting, endpoints });
    return endpoints;
  });
}

/** Ends the part and removes what it wrote; false when there was none. Never touches a process that `up` didn't start. */
export function down(part: string): Promise<boolean> {
  return exclusively(part, async () => {
    const state = await readState(part);
    const wasUp = state !== undefined && isRunning(state.identity);
    await remove(part, state);
    return wasUp;
  });
}

/** Undefined when the part isn't up. */
export async function endpointsOf(part: string): Promise<Endpoints | undefined> {
  const state = await readState(part);
  return state !== undefined && isRunning(state.identity) ? state.endpoints : undefined;
}

function alreadyUp<E extends Endpoints>(plan: PartPlan<E>, fingerprint: string, endpoints: Endpoints, say: Say): E {
  if (fingerprint !== plan.fingerprint) {
    throw new ServiceError(`${plan.part} is up already with other options: take it down first.`);
  }
  say(`${plan.part} is up already`);
  // The same part with the same options: its endpoints have the same shape.
  return endpoints as E;
}

async function remove(part: string, state: PartState | undefined): Promise<void> {
  if (state !== undefined) await terminate(state.identity, STOP_GRACE_MS);
  await rm(dirOf(part), { recursive: true, force: true });
  await rm(stateFileOf(part), { force: true });
}

async function readState(part: string): Promise<PartState | undefined> {
  const file = stateFileOf(part);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as PartState) : undefined;
}

async function writeState(part: string, state: PartState): Promise<void> {
  const file = stateFileOf(part);
  // Renamed into place: a reader finds all of it or the one before.
  await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function exclusively<T>(part: string, task: () => Promise<T>): Promise<T> {
  return withLock(join(runDir, `${part}.lock`), LOCK_LIMIT_MS, task);
}

function stateFileOf(part: string): string {
  return join(runDir, `${part}.json`);
}

function dirOf(part: string): string {
  return join(runDir, part);
}
