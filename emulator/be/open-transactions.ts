import { LoadError } from '../load/load-error.ts';
import { type RowSink } from '../load/row-sink.ts';
import { type Transaction } from '../transactions/transaction.ts';

/** A transaction that a BE coordinates, from begin until it is prepared or gone. */
export class OpenTransaction {
  readonly transaction: Transaction;
  sink: RowSink | undefined;
  /** The load parameters of the first `load`, which all others must repeat. */
  parameters: string | undefined;
  receivedBytes = 0;
  /** What went wrong in a `load` that was already answered with OK. */
  failure: Error | undefined;
  planMs = 0;
  receiveMs = 0;
  #busy = false;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  /** Operations of one transaction do not overlap: a second one is turned away. */
  async exclusively<T>(task: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new LoadError('Transaction is in processing', 'TXN_IN_PROCESSING', true);
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#busy = false;
    }
  }
}

/** A BE's transactions by label: by label alone, whatever the database. */
export class OpenTransactions {
  readonly #byLabel = new Map<string, OpenTransaction>();

  get(label: string): OpenTransaction | undefined {
    return this.#byLabel.get(label);
  }

  require(label: string): OpenTransaction {
    const open = this.#byLabel.get(label);
    if (open === undefined) throw new LoadError(`transaction with label ${label} not exists`, 'TXN_NOT_EXISTS');
    return open;
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
