/** A transaction's life: PREPARE -> (PREPARED) -> COMMITTED -> VISIBLE, or ABORTED. COMMITTED is the point of no return. */
export type TransactionStatus = 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

/** What a transaction carries: rows that are made visible or dropped, once. */
export interface TransactionWork {
  /** Rows that become visible. */
  readonly rows: number;
  apply(): Promise<void>;
  discard(): void;
}

export type LoadType = 'BACKEND_STREAMING' | 'INSERT_STREAMING';

export interface TransactionSpec {
  readonly label: string;
  readonly database: string;
  readonly table: string;
  readonly timeoutMs: number;
  readonly user: string;
  readonly loadType: LoadType;
  /** The BE that takes the rows; its loss aborts the transaction while it is in PREPARE. */
  readonly coordinator: number | undefined;
  /** Aborted when nothing is loaded into it for so long. */
  readonly idleTimeoutMs?: number | undefined;
}

/** What a load did, for those who ask after it has been answered. */
export interface LoadReport {
  readonly totalRows: number;
  readonly loadedRows: number;
  readonly filteredRows: number;
  readonly unselectedRows: number;
  readonly bytes: number;
  /** The reasons why rows were filtered; empty when none was. */
  readonly trackingLog: string;
}

export class Transaction {
  readonly id: number;
  readonly spec: TransactionSpec;
  readonly beganAt: number;
  status: TransactionStatus = 'PREPARE';
  reason = '';
  preparedAt: number | undefined;
  preparedTimeoutMs: number | undefined;
  committedAt: number | undefined;
  finishedAt: number | undefined;
  lastUsedAt: number;
  work: TransactionWork | undefined;
  report: LoadReport | undefined;
  /** Told when the transaction is aborted from outside, so that a load in progress can stop. */
  onAbort: ((reason: string) => void) | undefined;

  constructor(id: number, spec: TransactionSpec, now: number) {
    this.id = id;
    this.spec = spec;
    this.beganAt = now;
    this.lastUsedAt = now;
  }

  get label(): string {
    return this.spec.label;
  }

  get rows(): number {
    return this.work?.rows ?? 0;
  }

  get running(): boolean {
    return this.status === 'PREPARE' || this.status === 'PREPARED';
  }

  get final(): boolean {
    return this.status === 'VISIBLE' || this.status === 'ABORTED';
  }
}
