import { Buffer } from 'node:buffer';
import { type LabelState } from '../../src/core/load-decisions.ts';
import { type TransactionAnswer, type TransactionVerdict } from '../../src/sinks/starrocks/transaction-response.ts';
import { type TransactionStep } from './fake-transaction-client.ts';

interface Transaction {
  state: Exclude<LabelState, 'UNKNOWN'>;
  readonly rows: string[];
  /**
   * Nobody can tell a load that was decided, thrown away by hand and forgotten from one that was committed and forgotten,
   * so the protocol does not promise anything then.
   */
  remembered?: boolean;
}

/** StarRocks' transactions: labels, their states, and how they are forgotten. */
export class ModelStarRocks {
  /** What a reader of the tables sees. */
  readonly rows = new Set<string>();
  /** Rows that a table has twice. */
  readonly doubled: string[] = [];
  /** Rows that were loaded into another table than they say. */
  readonly misplaced: string[] = [];
  /** Labels whose state was told as UNKNOWN: nobody who begins them later is looked after. */
  readonly toldUnknown = new Set<string>();
  readonly #transactions = new Map<string, Transaction>();
  readonly #onCommit: (label: string) => void;

  constructor(onCommit: (label: string) => void) {
    this.#onCommit = onCommit;
  }

  /** The labels in a state, oldest first. */
  labels(...states: readonly LabelState[]): string[] {
    return [...this.#transactions].filter(([, { state }]) => states.includes(state)).map(([label]) => label);
  }

  stateOf(label: string): LabelState {
    const state = this.#transactions.get(label)?.state ?? 'UNKNOWN';
    if (state === 'UNKNOWN') this.toldUnknown.add(label);
    return state;
  }

  act({ operation, table, label, body }: TransactionStep): TransactionAnswer {
    const transaction = this.#transactions.get(label);
    const state = transaction?.state;
    switch (operation) {
      case 'begin':
        if (transaction && state !== 'ABORTED') return answer('exists');
        this.#transactions.set(label, { state: 'PREPARE', rows: [] });
        return answer('done');
      case 'load':
        if (!transaction || state !== 'PREPARE' || !body) return answer('gone');
        transaction.rows.push(...rowsIn(body.chunks));
        this.misplaced.push(...transaction.rows.filter((row) => !row.includes(`"table":"${table}"`)));
        return answer('done');
      case 'prepare': {
        if (!transaction || state !== 'PREPARE') return answer('gone');
        transaction.state = 'PREPARED';
        const { length } = transaction.rows;
        return { ...answer('done'), rows: { total: length, loaded: length, filtered: 0, unselected: 0 } };
      }
      case 'commit':
        if (state === 'COMMITTED' || state === 'VISIBLE') return answer('done');
        // Also what was never prepared: StarRocks takes that for a load in one phase.
        if (!transaction || state === 'ABORTED') return answer('gone');
        transaction.state = 'COMMITTED';
        for (const row of transaction.rows) {
          if (this.rows.has(row)) this.doubled.push(row);
          this.rows.add(row);
        }
        this.#onCommit(label);
        return answer('done');
      case 'rollback':
        if (!transaction) return answer('gone');
        if (state === 'COMMITTED' || state === 'VISIBLE') return answer('retry');
        transaction.state = 'ABORTED';
        return answer('done');
    }
  }

  /** A step fails: before `prepare` that ends the transaction. */
  refuse({ label }: TransactionStep): TransactionAnswer {
    const transaction = this.#transactions.get(label);
    if (transaction?.state === 'PREPARE') transaction.state = 'ABORTED';
    return answer('retry');
  }

  /** The timer of a load that is not prepared. */
  timeOut(label: string): void {
    const transaction = this.#transactions.get(label);
    if (transaction?.state === 'PREPARE') transaction.state = 'ABORTED';
  }

  /**
   * Somebody throws a prepared load away by hand: the transactions of all of its tables. Of a load that is in some of its
   * tables only nobody can make one that is in all of them, and in each once.
   */
  throwAway(labels: readonly string[]): void {
    const transactions = labels.map((label) => this.#transactions.get(label));
    if (transactions.some((transaction) => transaction?.state !== 'PREPARED')) return;
    for (const transaction of transactions) {
      if (!transaction) continue;
      transaction.state = 'ABORTED';
      transaction.remembered = true;
    }
  }

  publish(label: string): void {
    const transaction = this.#transactions.get(label);
    if (transaction?.state === 'COMMITTED') transaction.state = 'VISIBLE';
  }

  /** Only what is finished is forgotten. */
  forget(label: string): void {
    const { state, remembered = false } = this.#transactions.get(label) ?? {};
    if (state === 'VISIBLE' || (state === 'ABORTED' && !remembered)) this.#transactions.delete(label);
  }
}

function answer(verdict: TransactionVerdict): TransactionAnswer {
  return { verdict, message: verdict };
}

function rowsIn(chunks: readonly Uint8Array[]): string[] {
  return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as object[]).map((row) => JSON.stringify(row));
}
