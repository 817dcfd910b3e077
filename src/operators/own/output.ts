import { type Observer, Subscription } from 'rxjs';

/** Who hears what an operator emits. */
export interface OutputListener<T> extends Observer<T> {
  /** It emitted something, or failed, although it had completed: what RxJS itself drops without a word. */
  readonly late: () => void;
}

/**
 * The end of an operator of the user's. RxJS takes an observer that is a subscription as it is, and puts no subscriber of
 * its own before it, so that what comes after completion can be seen.
 */
export class Output<T> extends Subscription implements Observer<T> {
  readonly #listener: OutputListener<T>;
  #state: 'open' | 'completed' | 'failed' = 'open';

  constructor(listener: OutputListener<T>) {
    super();
    this.#listener = listener;
  }

  /** Whether it still may emit. */
  get isOpen(): boolean {
    return this.#state === 'open' && !this.closed;
  }

  next(value: T): void {
    if (this.isOpen) this.#listener.next(value);
    else this.#tellLate();
  }

  error(error: unknown): void {
    if (!this.isOpen) {
      this.#tellLate();
      return;
    }
    this.#state = 'failed';
    this.#listener.error(error);
    this.unsubscribe();
  }

  complete(): void {
    if (!this.isOpen) return;
    this.#state = 'completed';
    this.#listener.complete();
    this.unsubscribe();
  }

  /** What comes after an unsubscription is nobody's business. */
  #tellLate(): void {
    if (this.#state === 'completed') this.#listener.late();
  }
}
