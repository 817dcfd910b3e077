import { randomUUID } from 'node:crypto';
import { type Cluster } from '../cluster.ts';
import { type RowSink } from '../load/row-sink.ts';
import { Mutex } from '../storage/mutex.ts';
import { type Transaction } from '../transactions/transaction.ts';

export interface MergeBatchSpec {
  readonly database: string;
  readonly table: string;
  readonly user: string;
  readonly coordinator: number;
  readonly timeoutMs: number;
  readonly intervalMs: number;
}

/** Requests of one table with the same parameters, merged into one transaction by the server (§2.5). */
export class MergeBatch {
  readonly transaction: Transaction;
  /** Settles when the batch is visible, or has failed as a whole. */
  readonly finished: Promise<void>;
  readonly #cluster: Cluster;
  readonly #sink: Promise<RowSink>;
  readonly #writes = new Mutex();
  readonly #deadline: number;

  constructor(cluster: Cluster, spec: MergeBatchSpec, createSink: (transaction: Transaction) => Promise<RowSink>) {
    this.#cluster = cluster;
    this.transaction = cluster.transactions.begin(
      { ...spec, label: `merge_commit_${randomUUID()}`, loadType: 'BACKEND_STREAMING' },
      cluster.catalog.databaseId(spec.database),
    );
    this.#sink = createSink(this.transaction);
    this.#deadline = Date.now() + spec.intervalMs;
    this.finished = this.#run(spec.intervalMs);
    // Whoever waits for the batch hears of its failure; in asynchronous mode nobody does.
    this.finished.catch(() => undefined);
  }

  /** How long the batch still takes requests. */
  get leftMs(): number {
    return Math.max(0, this.#deadline - Date.now());
  }

  /** Adds a request's whole body; when that fails, it takes the batch with it. */
  add(body: Buffer): Promise<void> {
    return this.#writes.run(async () => {
      try {
        const sink = await this.#sink;
        sink.write(body);
        await sink.endBody();
      } catch (error) {
        this.#abort(error);
        throw error;
      }
    });
  }

  async #run(intervalMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, intervalMs).unref());
    await this.#writes.run(() => this.#commit());
  }

  async #commit(): Promise<void> {
    const { transactions, stats } = this.#cluster;
    const { transaction } = this;
    try {
      const sink = await this.#sink;
      transaction.work = sink;
      if (!transaction.running) throw new Error(transaction.reason);
      await sink.finish();
      transactions.commit(transaction);
      stats.rowsLoaded += sink.rows;
    } catch (error) {
      this.#abort(error);
      throw error;
    }
    await transactions.publisher.visible(transaction, transactions.publisher.timeoutMs ?? transaction.spec.timeoutMs);
  }

  #abort(error: unknown): void {
    this.#cluster.transactions.abort(this.transaction, error instanceof Error ? error.message : String(error));
  }
}
