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

/** Parts that outlive the process that starts them; a file for each tells the next process about it. */
export class DetachedParts {
  readonly #dir: string;
  readonly #say: Say;

  constructor({ dir = runDir, say = sayOnStderr }: { readonly dir?: string; readonly say?: Say } = {}) {
    this.#dir = dir;
    this.#say = say;
  }

  /** Starts the part, or finds it up already. */
  up<E extends Endpoints>(plan: PartPlan<E>): Promise<E> {
    return this.#exclusively(plan.part, async () => {
      const state = await this.#readState(plan.part);
      if (state !== undefined && isRunning(state.identity)) {
        if (state.endpoints !== undefined) return this.#alreadyUp(plan, state.fingerprint, state.endpoints);
        this.#say(`${plan.part} was left half started; starting it again`);
      }
      await this.#remove(plan.part, state);
      return this.#launch(plan);
    });
  }

  /** Ends the part and removes what it wrote; false when it wasn't up. Touches no process that `up` didn't start. */
  down(part: string): Promise<boolean> {
    return this.#exclusively(part, async () => {
      const state = await this.#readState(part);
      const wasUp = state !== undefined && isRunning(state.identity);
      await this.#remove(part, state);
      return wasUp;
    });
  }

  /** Undefined when the part isn't up. */
  async endpointsOf(part: string): Promise<Endpoints | undefined> {
    const state = await this.#readState(part);
    return state !== undefined && isRunning(state.identity) ? state.endpoints : undefined;
  }

  async #launch<E extends Endpoints>(plan: PartPlan<E>): Promise<E> {
    const dir = this.#partDir(plan.part);
    await mkdir(dir, { recursive: true });
    let starting: PartState | undefined;
    const endpoints = await plan.launch({
      dir,
      say: this.#say,
      endpointsOf: (part) => this.endpointsOf(part),
      onSpawned: (identity) => {
        starting = { identity, fingerprint: plan.fingerprint };
        return this.#writeState(plan.part, starting);
      },
    });
    if (starting === undefined) throw new Error(`${plan.part} told of no process`);
    await this.#writeState(plan.part, { ...starting, endpoints });
    return endpoints;
  }

  #alreadyUp<E extends Endpoints>(plan: PartPlan<E>, fingerprint: string, endpoints: Endpoints): E {
    if (fingerprint !== plan.fingerprint) {
      throw new ServiceError(`${plan.part} is up already with other options: take it down first.`);
    }
    this.#say(`${plan.part} is up already`);
    // The same part with the same options: its endpoints have the same shape.
    return endpoints as E;
  }

  async #remove(part: string, state: PartState | undefined): Promise<void> {
    if (state !== undefined) await terminate(state.identity, STOP_GRACE_MS);
    await rm(this.#partDir(part), { recursive: true, force: true });
    await rm(this.#stateFile(part), { force: true });
  }

  async #readState(part: string): Promise<PartState | undefined> {
    const file = this.#stateFile(part);
    return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as PartState) : undefined;
  }

  async #writeState(part: string, state: PartState): Promise<void> {
    const file = this.#stateFile(part);
    // Renamed into place: a reader finds all of it or the one before.
    await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  #exclusively<T>(part: string, task: () => Promise<T>): Promise<T> {
    return withLock(join(this.#dir, `${part}.lock`), LOCK_LIMIT_MS, task);
  }

  #stateFile(part: string): string {
    return join(this.#dir, `${part}.json`);
  }

  #partDir(part: string): string {
    return join(this.#dir, part);
  }
}
