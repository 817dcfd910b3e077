import { LabelAlreadyUsedError } from '../load/load-error.ts';
import { type Transaction } from './transaction.ts';

/** The transactions that one database remembers, by label and by id. */
export class DatabaseTransactions {
  /** In the order of their ids; a label's latest transaction wins. */
  readonly #byId = new Map<number, Transaction>();
  readonly #byLabel = new Map<string, Transaction>();

  readonly #running = new Set<Transaction>();

  /** In PREPARE or PREPARED. */
  get runningCount(): number {
    return this.#running.size;
  }

  find(label: string): Transaction | undefined {
    return this.#byLabel.get(label);
  }

  all(): Iterable<Transaction> {
    return this.#byId.values();
  }

  /** At most one transaction of a label is not aborted. */
  checkLabel(label: string): void {
    const existing = this.#byLabel.get(label);
    if (existing === undefined || existing.status === 'ABORTED') return;
    throw new LabelAlreadyUsedError(label, existing.running ? 'RUNNING' : 'FINISHED');
  }

  add(transaction: Transaction): void {
    this.#byId.set(transaction.id, transaction);
    this.#byLabel.set(transaction.label, transaction);
    this.#running.add(transaction);
  }

  /** The transaction was committed or aborted. */
  decided(transaction: Transaction): void {
    this.#running.delete(transaction);
  }

  /** Forgets finished transactions that are too old, and the oldest ones when there are too many, running ones included in the count. */
  evict(now: number, keepMs: number, keepCount: number): void {
    for (const transaction of this.#byId.values()) {
      if (!transaction.final) continue;
      const age = now - (transaction.finishedAt ?? now);
      if (age > keepMs || this.#byId.size > keepCount) this.#forget(transaction);
    }
  }

  #forget(transaction: Transaction): void {
    this.#byId.delete(transaction.id);
    if (this.#byLabel.get(transaction.label) === transaction) this.#byLabel.delete(transaction.label);
  }
}
