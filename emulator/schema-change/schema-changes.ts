import { type Catalog } from '../catalog/catalog.ts';
import { type Table, type TableDefinition } from '../catalog/table.ts';
import { type Clock } from '../clock.ts';
import { type Limits } from '../limits.ts';
import { SqlError } from '../sql/sql-error.ts';
import { Mutex } from '../storage/mutex.ts';
import { type Storage } from '../storage/storage.ts';
import { type Transaction } from '../transactions/transaction.ts';
import { type TransactionManager } from '../transactions/transaction-manager.ts';
import { type AlterClause, changeDefinition, isFast } from './alter-clause.ts';
import { rebuildTable } from './rebuild-table.ts';

export type JobState = 'PENDING' | 'WAITING_TXN' | 'RUNNING' | 'FINISHED' | 'CANCELLED';

export interface SchemaChangeJob {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  readonly createdAt: number;
  readonly clauses: readonly AlterClause[];
  /** Loads that began before the ALTER; they still write the old schema. */
  readonly waitingFor: readonly Transaction[];
  state: JobState;
  message: string;
  runningSince: number | undefined;
  finishedAt: number | undefined;
}

export interface SchemaChangeParts {
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly transactions: TransactionManager;
  readonly clock: Clock;
  readonly limits: Limits;
}

const TICK_MS = 20;

/** ALTER TABLE's jobs: a statement returns at once, and its table changes later. */
export class SchemaChanges {
  readonly jobs: SchemaChangeJob[] = [];
  readonly #parts: SchemaChangeParts;
  #nextId = 20_001;
  readonly #turn = new Mutex();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SchemaChangeParts) {
    this.#parts = parts;
    parts.clock.onAdvance(() => void this.#tick());
  }

  /** Starts a job; with fast schema evolution it is finished when this returns, and the next one waits for that. */
  start(found: Table, clauses: readonly AlterClause[], instant: boolean): Promise<void> {
    return this.#turn.run(() => {
      // Whoever had the turn before may have changed it.
      const table = this.#parts.catalog.requireTable(found.database, found.name);
      return this.#start(table, clauses, instant);
    });
  }

  async #start(table: Table, clauses: readonly AlterClause[], instant: boolean): Promise<void> {
    if (this.#active(table) !== undefined) {
      throw new SqlError(1064, '42000', `Table [${table.name}]'s state is not NORMAL. Do not allow doing ALTER ops`);
    }
    this.#changed(table, clauses);
    const job = this.#add(table, clauses);
    if (instant && isFast(table, clauses)) {
      await this.#finish(job);
      return;
    }
    this.#timer ??= setInterval(() => void this.#tick(), TICK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #add(table: Table, clauses: readonly AlterClause[]): SchemaChangeJob {
    const { transactions, clock } = this.#parts;
    const waitingFor = [...transactions.all()].filter(
      ({ spec, final }) => !final && spec.database === table.database && spec.table === table.name,
    );
    const job: SchemaChangeJob = {
      id: this.#nextId++,
      database: table.database,
      table: table.name,
      createdAt: clock.now(),
      clauses,
      waitingFor,
      state: 'PENDING',
      message: '',
      runningSince: undefined,
      finishedAt: undefined,
    };
    this.jobs.push(job);
    return job;
  }

  #active(table: Table): SchemaChangeJob | undefined {
    return this.jobs.find(
      (job) => job.finishedAt === undefined && job.database === table.database && job.table === table.name,
    );
  }

  #changed(table: Table, clauses: readonly AlterClause[]): TableDefinition {
    return clauses.reduce<TableDefinition>(changeDefinition, table);
  }

  async #tick(): Promise<void> {
    const active = this.jobs.filter((job) => job.finishedAt === undefined);
    if (active.length === 0) this.close();
    for (const job of active) await this.#advance(job);
  }

  async #advance(job: SchemaChangeJob): Promise<void> {
    const { clock, limits } = this.#parts;
    if (job.state === 'PENDING') {
      job.state = 'WAITING_TXN';
    } else if (job.state === 'WAITING_TXN' && job.waitingFor.every(({ final }) => final)) {
      job.state = 'RUNNING';
      job.runningSince = clock.now();
    } else if (job.state === 'RUNNING' && clock.now() - (job.runningSince ?? 0) >= limits.schemaChangeMs) {
      await this.#finish(job);
    }
  }

  async #finish(job: SchemaChangeJob): Promise<void> {
    const { catalog, storage, clock } = this.#parts;
    const table = catalog.table(job.database, job.table);
    job.finishedAt = clock.now();
    if (table === undefined) {
      job.state = 'CANCELLED';
      job.message = 'table does not exist';
      return;
    }
    try {
      const next = this.#changed(table, job.clauses);
      await rebuildTable(storage, table, next, job.clauses);
      catalog.replaceTable({ ...table, ...next });
      job.state = 'FINISHED';
    } catch (error) {
      job.state = 'CANCELLED';
      job.message = error instanceof Error ? error.message : String(error);
    }
  }
}
