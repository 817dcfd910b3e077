import { type FaultPoint } from '../faults/fault.ts';
import { header } from '../load/header-values.ts';
import { LoadError } from '../load/load-error.ts';
import { type BackendNode, type BeRequest } from './handler.ts';
import { type OpenTransaction } from './open-transactions.ts';

/** A transaction operation on its way through a BE. */
export class TransactionRequest {
  readonly backend: BackendNode;
  readonly http: BeRequest;
  readonly label: string;
  readonly database: string;
  readonly table: string;
  readonly startedAt = performance.now();
  /** The transaction that the operation found, for the rollback that follows a failure. */
  open: OpenTransaction | undefined;
  /** The request's body was read to its end. */
  bodyRead = false;

  constructor(backend: BackendNode, http: BeRequest) {
    const { headers } = http.request;
    this.backend = backend;
    this.http = http;
    this.label = header(headers, 'label') ?? '';
    this.database = header(headers, 'db') ?? '';
    this.table = header(headers, 'table') ?? '';
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.startedAt);
  }

  fault(point: FaultPoint, when: 'before' | 'after'): Promise<void> {
    const target = { db: this.database, table: this.table, label: this.label, socket: this.http.request.socket };
    return this.backend.cluster.faults.at(point, when, target);
  }

  /** The transaction that this BE has open under the request's label. */
  findOpen(): OpenTransaction {
    if (this.label === '')
      throw new LoadError('Must provide label when using transaction stream load', 'INVALID_ARGUMENT');
    return this.backend.openTransactions.require(this.label);
  }

  /** Prepare, commit and rollback name the transaction's database and table again. */
  requireSameTarget({ transaction: { spec } }: OpenTransaction): void {
    if (this.database !== '' && this.database !== spec.database) {
      throw mismatch(`request db ${this.database} transaction db ${spec.database} not match`);
    }
    if (this.table !== '' && this.table !== spec.table) {
      throw mismatch(`request table ${this.table} transaction table ${spec.table} not match`);
    }
  }
}

/** A wrong name is the request's fault, and leaves the transaction as it is. */
function mismatch(message: string): LoadError {
  return new LoadError(message, 'INVALID_ARGUMENT', true);
}
