import { type InterruptedLoads, type LabelState, type LoadTransaction } from '../../core/load-decisions.ts';
import { type TransactionalLoad } from './transactional-load.ts';

/** Ends loads that another process, or an earlier generation of this one, began: also into other tables than today's. */
export class StarRocksInterruptedLoads implements InterruptedLoads {
  readonly #transaction: (database: string, table: string) => TransactionalLoad;

  constructor(transaction: (database: string, table: string) => TransactionalLoad) {
    this.#transaction = transaction;
  }

  stateOf({ label, database, table }: LoadTransaction, signal: AbortSignal): Promise<LabelState> {
    return this.#transaction(database, table).stateOf(label, signal);
  }

  commit(
    { label, database, table }: LoadTransaction,
    signal: AbortSignal,
  ): Promise<'committed' | 'aborted' | 'unknown'> {
    return this.#transaction(database, table).commit(label, signal);
  }

  rollBack({ label, database, table }: LoadTransaction, signal: AbortSignal): Promise<'gone' | 'committed'> {
    return this.#transaction(database, table).rollBack(label, signal);
  }
}
