import { type Clock } from '../clock.ts';
import { type Transaction } from './transaction.ts';

/** Makes committed transactions visible, in the order of their commits. */
export class Publisher {
  /** How long, on the emulated clock, a committed transaction waits before it is published. */
  delayMs = 0;
  /** How long an answer waits for that; undefined: as long as the load's own timeout. */
  timeoutMs: number | undefined;
  readonly #clock: Clock;
  readonly #waiting: Transaction[] = [];
  readonly #idle = new Set<() => void>();
  #working = false;
  #held = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    clock.onAdvance(() => this.#work());
  }

  get pending(): number {
    return this.#waiting.length;
  }

  enqueue(transaction: Transaction): void {
    this.#waiting.push(transaction);
    this.#work();
  }

  /** While held, nothing becomes visible: every load ends in Publish Timeout. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.delayMs = 0;
    this.timeoutMs = undefined;
    this.#work();
  }

  /** Whether the transaction became visible within the time. */
  async visible(transaction: Transaction, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (transaction.status === 'COMMITTED') {
      const left = deadline - Date.now();
      if (left <= 0 || !(await this.#changed(left))) break;
    }
    return transaction.status === 'VISIBLE';
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held = true;
  }

  #changed(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#idle.delete(done);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#idle.delete(done);
        resolve(false);
      }, withinMs);
      this.#idle.add(done);
    });
  }

  #work(): void {
    if (!this.#working) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#working = true;
    clearTimeout(this.#timer);
    for (;;) {
      const transaction = this.#waiting[0];
      if (transaction === undefined || this.#held) break;
      const due = (transaction.committedAt ?? 0) + this.delayMs - this.#clock.now();
      if (due > 0) {
        this.#timer = setTimeout(() => this.#work(), due);
        this.#timer.unref();
        break;
      }
      await publish(transaction);
      transaction.work = undefined;
      transaction.finishedAt = this.#clock.now();
      this.#waiting.shift();
      for (const notify of [...this.#idle]) notify();
    }
    this.#working = false;
  }
}

/** StarRocks cannot fail here. If the emulator does, an ABORTED transaction shows it to the test that runs into it. */
async function publish(transaction: Transaction): Promise<void> {
  try {
    await transaction.work?.apply();
    transaction.status = 'VISIBLE';
  } catch (error) {
    transaction.status = 'ABORTED';
    transaction.reason = `the emulator could not publish: ${error instanceof Error ? error.message : String(error)}`;
  }
}
