import { type Logger } from '../../core/logger.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type LoadVerdict } from './stream-load-response.ts';

/** Why an attempt to load did not go through. */
export interface FailedAttempt {
  readonly verdict: LoadVerdict;
  readonly message: string;
}

/** Tells people about the attempts of a table that fail: each trouble once, not at every attempt, and its end. */
export class LoadTrouble {
  readonly #table: string;
  readonly #stats: TaskStats;
  readonly #logger: Logger;
  #last = '';

  constructor(table: string, stats: TaskStats, logger: Logger) {
    this.#table = table;
    this.#stats = stats;
    this.#logger = logger;
  }

  /** An attempt failed and is followed by another one. */
  report({ verdict, message }: FailedAttempt, label: string, attempt: number): void {
    this.#stats.retried(this.#table, verdict);
    this.#stats.failed(this.#table, message);
    const since = this.#stats.troubles.get(this.#table)?.since ?? Date.now();
    this.#stats.troubles.set(this.#table, { since, message });
    const facts = { table: this.#table, label, attempt, reason: message };
    const trouble = `${verdict} ${message.replaceAll(/\d+/g, '#')}`;
    if (trouble === this.#last) {
      this.#logger.debug(facts, 'Still trying to load');
      return;
    }
    this.#last = trouble;
    if (verdict === 'refused') {
      this.#logger.error(facts, `StarRocks refuses every load into ${this.#table} until somebody mends it: ${message}`);
    } else {
      this.#logger.warn(facts, `A load into ${this.#table} did not go through and is tried again: ${message}`);
    }
  }

  /** An attempt went through, or came to an end that is reported elsewhere. */
  over(): void {
    if (this.#last === '') return;
    this.#last = '';
    this.#stats.troubles.delete(this.#table);
    this.#logger.info({ table: this.#table }, `Loading into ${this.#table} works again`);
  }
}
