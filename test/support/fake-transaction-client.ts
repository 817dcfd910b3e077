import { type LoadBody } from '../../src/sinks/starrocks/starrocks-http.ts';
import { TransactionClient } from '../../src/sinks/starrocks/transaction-client.ts';
import { type TransactionAnswer } from '../../src/sinks/starrocks/transaction-response.ts';

/** A step of a transaction, as it is asked for. */
export interface TransactionStep {
  readonly operation: 'begin' | 'load' | 'prepare' | 'commit' | 'rollback';
  readonly table: string;
  readonly label: string;
  readonly signal: AbortSignal;
  /** Only of `load`. */
  readonly body?: LoadBody;
}

/** A transaction client whose answers a test gives. It never opens a connection. */
export class FakeTransactionClient extends TransactionClient {
  readonly #answer: (step: TransactionStep) => Promise<TransactionAnswer>;

  constructor(answer: (step: TransactionStep) => Promise<TransactionAnswer>) {
    super({
      urls: ['http://fake'],
      username: '',
      password: '',
      connectMs: 0,
      idleMs: 0,
      database: 'db',
      properties: {},
    });
    this.#answer = answer;
  }

  override begin(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#answer({ operation: 'begin', table, label, signal });
  }

  override load(table: string, label: string, body: LoadBody, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#answer({ operation: 'load', table, label, signal, body });
  }

  override prepare(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#answer({ operation: 'prepare', table, label, signal });
  }

  override commit(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#answer({ operation: 'commit', table, label, signal });
  }

  override rollback(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#answer({ operation: 'rollback', table, label, signal });
  }
}
