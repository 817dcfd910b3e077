import { type RowSink } from '../load/row-sink.ts';
import { type Transaction } from '../transactions/transaction.ts';

/** A transaction that this BE coordinates, from begin until it is prepared or gone. */
export interface OpenTransaction {
  readonly transaction: Transaction;
  sink: RowSink | undefined;
  /** The load parameters of the first `load`, which all others must repeat. */
  parameters: string | undefined;
  receivedBytes: number;
  /** An operation is running; another one is turned away. */
  busy: boolean;
  /** What went wrong in a `load` that was already answered with OK. */
  failure: Error | undefined;
  lastUsedAt: number;
  readonly idleTimeoutMs: number | undefined;
  readonly startedAt: number;
  planMs: number;
  receiveMs: number;
}

/** A BE's transactions by label: by label alone, whatever the database. */
export class OpenTransactions {
  readonly #byLabel = new Map<string, OpenTransaction>();

  get(label: string): OpenTransaction | undefined {
    return this.#byLabel.get(label);
  }

  add(open: OpenTransaction): void {
    this.#byLabel.set(open.transaction.label, open);
  }

  remove(open: OpenTransaction): void {
    if (this.#byLabel.get(open.transaction.label) === open) this.#byLabel.delete(open.transaction.label);
  }

  all(): OpenTransaction[] {
    return [...this.#byLabel.values()];
  }
}
