import { type Clock } from '../clock.ts';
import { type Limits } from '../limits.ts';
import { LoadError } from '../load/load-error.ts';
import { DatabaseTransactions } from './database-transactions.ts';
import { Publisher } from './publisher.ts';
import { Transaction, type TransactionSpec } from './transaction.ts';

const LABEL = /^[-\w]{1,128}$/;
const LONGEST_TIMEOUT_SECONDS = 259_200;

/** The FE leader's book of transactions. All nodes share it; a label is checked and its transaction created in one step. */
export class TransactionManager {
  readonly publisher: Publisher;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #databases = new Map<string, DatabaseTransactions>();
  #nextId = 1001;
  #nextSweep: number;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
    this.publisher = new Publisher(clock);
    this.#nextSweep = clock.now() + limits.transactionCleanIntervalMs;
    clock.onAdvance(() => this.sweepIfDue());
  }

  database(name: string): DatabaseTransactions {
    let transactions = this.#databases.get(name);
    if (transactions === undefined) {
      transactions = new DatabaseTransactions();
      this.#databases.set(name, transactions);
    }
    return transactions;
  }

  dropDatabase(name: string): void {
    this.#databases.delete(name);
  }

  begin(spec: TransactionSpec, databaseId: number): Transaction {
    if (!LABEL.test(spec.label)) {
      throw new LoadError(`Label format error. regex: ${LABEL.source}, label: ${spec.label}`, 'ANALYSIS_ERROR');
    }
    if (spec.timeoutMs < 1000 || spec.timeoutMs > LONGEST_TIMEOUT_SECONDS * 1000) {
      const seconds = spec.timeoutMs / 1000;
      throw new LoadError(
        `Invalid timeout. timeout should between 1 and ${LONGEST_TIMEOUT_SECONDS}, but ${seconds}`,
        'ANALYSIS_ERROR',
      );
    }
    const transactions = this.database(spec.database);
    transactions.checkLabel(spec.label);
    const running = transactions.runningCount;
    if (running >= this.#limits.maxRunningTransactions) {
      throw new LoadError(
        `current running txns on db ${databaseId} is ${running}, larger than limit ${this.#limits.maxRunningTransactions}`,
      );
    }
    const transaction = new Transaction(this.#nextId++, spec, this.#clock.now());
    transactions.add(transaction);
    return transaction;
  }

  prepare(transaction: Transaction, preparedTimeoutMs: number | undefined): void {
    this.#requireStatus(transaction, 'PREPARE');
    transaction.status = 'PREPARED';
    transaction.preparedAt = this.#clock.now();
    transaction.preparedTimeoutMs = preparedTimeoutMs;
  }

  /** Takes the transaction past the point of no return; the publisher makes its rows visible afterwards. */
  commit(transaction: Transaction): void {
    if (!transaction.running) this.#requireStatus(transaction, 'PREPARE');
    transaction.status = 'COMMITTED';
    transaction.committedAt = this.#clock.now();
    this.database(transaction.spec.database).decided(transaction);
    // It can no longer happen, and holds on to the load.
    transaction.onAbort = undefined;
    this.publisher.enqueue(transaction);
  }

  abort(transaction: Transaction, reason: string): void {
    if (!transaction.running) return;
    transaction.status = 'ABORTED';
    this.database(transaction.spec.database).decided(transaction);
    transaction.reason = reason;
    transaction.finishedAt = this.#clock.now();
    transaction.onAbort?.(reason);
    transaction.work?.discard();
    transaction.work = undefined;
  }

  /** A BE is gone: what it had not yet prepared is lost. */
  abortCoordinatedBy(backend: number, reason: string): void {
    for (const transaction of this.all()) {
      if (transaction.spec.coordinator === backend && transaction.status === 'PREPARE') this.abort(transaction, reason);
    }
  }

  *all(): Iterable<Transaction> {
    for (const transactions of this.#databases.values()) yield* transactions.all();
  }

  sweepIfDue(): void {
    const now = this.#clock.now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + this.#limits.transactionCleanIntervalMs;
    this.sweep();
  }

  /** What StarRocks does every `transaction_clean_interval_second`: abort what timed out, forget what is old. */
  sweep(): void {
    const now = this.#clock.now();
    for (const transaction of this.all()) {
      const reason = timeoutReason(transaction, now, this.#limits);
      if (reason !== undefined) this.abort(transaction, reason);
    }
    for (const transactions of this.#databases.values()) {
      transactions.evict(now, this.#limits.labelKeepMaxMs, this.#limits.labelKeepMaxNum);
    }
  }

  #requireStatus(transaction: Transaction, wanted: 'PREPARE'): void {
    if (transaction.status === wanted) return;
    const reason = transaction.reason === '' ? '' : `, reason: ${transaction.reason}`;
    throw new LoadError(`transaction ${transaction.id} is ${transaction.status}${reason}`);
  }
}

/** Why a transaction's time is up, or undefined while it is not. */
function timeoutReason(transaction: Transaction, now: number, limits: Limits): string | undefined {
  const {
    spec,
    status,
    beganAt,
    lastUsedAt,
    preparedAt = now,
    preparedTimeoutMs = limits.preparedTimeoutMs,
  } = transaction;
  if (status === 'PREPARED') return now - preparedAt > preparedTimeoutMs ? 'timeout by txn manager' : undefined;
  if (status !== 'PREPARE') return undefined;
  if (now - beganAt > spec.timeoutMs) return 'timeout by txn manager';
  const idle = spec.idleTimeoutMs !== undefined && now - lastUsedAt > spec.idleTimeoutMs;
  return idle ? 'transaction is aborted by idle timeout' : undefined;
}
