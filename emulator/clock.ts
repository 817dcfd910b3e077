/** Time as the emulated cluster sees it: real time plus whatever a test has added, so that three days pass in a millisecond. */
export class Clock {
  #offset = 0;
  readonly #listeners = new Set<() => void>();

  now(): number {
    return Date.now() + this.#offset;
  }

  advance(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) throw new Error('The clock only moves forward.');
    this.#offset += milliseconds;
    for (const listener of this.#listeners) listener();
  }

  /** Called after each jump, so that timers which fell due during it fire at once. */
  onAdvance(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
