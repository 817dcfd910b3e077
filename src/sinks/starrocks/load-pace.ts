/** Milliseconds between two loads after StarRocks first said that they are too many. */
const FIRST_GAP_MS = 1_000;
/** Rows wait this much longer at the most; a clean stop has to wait for them as well. */
const LARGEST_GAP_MS = 20_000;

/**
 * How far apart the loads of a table begin. It is 0 until StarRocks says that it is given too many small loads; then
 * rows gather for longer, so that there are fewer and larger ones, until loads pass again.
 */
export class LoadPace {
  #gapMs = 0;
  #lastStart = Number.NEGATIVE_INFINITY;

  get gapMs(): number {
    return this.#gapMs;
  }

  /** Milliseconds until the next load may begin. `now` in milliseconds of any clock that never goes back. */
  waitMs(now: number): number {
    return Math.max(0, this.#lastStart + this.#gapMs - now);
  }

  started(now: number): void {
    this.#lastStart = now;
  }

  /** StarRocks is given too many loads. */
  slowDown(): void {
    this.#gapMs = this.#gapMs === 0 ? FIRST_GAP_MS : Math.min(LARGEST_GAP_MS, this.#gapMs * 2);
  }

  /** A load has passed. */
  speedUp(): void {
    this.#gapMs = this.#gapMs <= FIRST_GAP_MS ? 0 : this.#gapMs / 2;
  }
}
