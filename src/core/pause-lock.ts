/** Why a partition is not being fetched. */
export type PauseReason = 'budget' | 'stopped' | 'drain';

/** Holds the reasons for a pause, and tells only of the first one that comes and the last one that goes. */
export class PauseLock {
  readonly #reasons = new Set<PauseReason>();
  readonly #onChange: (paused: boolean) => void;

  constructor(onChange: (paused: boolean) => void) {
    this.#onChange = onChange;
  }

  get reasons(): readonly PauseReason[] {
    return [...this.#reasons];
  }

  acquire(reason: PauseReason): void {
    const first = this.#reasons.size === 0;
    this.#reasons.add(reason);
    if (first) this.#onChange(true);
  }

  release(reason: PauseReason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#onChange(false);
  }
}
