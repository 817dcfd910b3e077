import { asyncScheduler, Subscription } from 'rxjs';

/** Watches that something which has work to do gives a sign of life from time to time. */
export class SilenceLimit {
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #timer = Subscription.EMPTY;
  #lastSign = 0;

  /** @param onSilence called once there was no sign for `limitMs` milliseconds. */
  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
  }

  /** There is work now; does nothing while it is watched already. */
  start(): void {
    if (!this.#timer.closed) return;
    this.#lastSign = asyncScheduler.now();
    this.#wait(this.#limitMs);
  }

  sign(): void {
    // Most operators are done before the limit begins, and need no clock.
    if (!this.#timer.closed) this.#lastSign = asyncScheduler.now();
  }

  /** There is no work left. */
  stop(): void {
    this.#timer.unsubscribe();
  }

  #wait(ms: number): void {
    this.#timer = asyncScheduler.schedule(() => {
      this.#timer.unsubscribe();
      const left = this.#lastSign + this.#limitMs - asyncScheduler.now();
      if (left > 0) this.#wait(left);
      else this.#onSilence();
    }, ms);
  }
}
