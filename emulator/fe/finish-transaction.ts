import { type Cluster } from '../cluster.ts';
import { header } from '../load/header-values.ts';
import { type Transaction } from '../transactions/transaction.ts';
import { type FeRequest } from './handler.ts';
import { answerTransaction, JavaExceptionError } from './transaction-result.ts';

export type FinishOperation = 'commit' | 'rollback';

interface FinishRequest {
  readonly frontend: { readonly cluster: Cluster };
  readonly http: FeRequest;
  readonly label: string;
  readonly database: string;
  readonly table: string;
}

/** How long a commit waits for its rows to become visible, unless `timeout` says otherwise. */
const PUBLISH_WAIT_SECONDS = 20;

/** Commit and rollback of a transaction whose rows no BE holds in memory any more (§7.3). */
export async function finishTransaction(
  request: FinishRequest,
  operation: FinishOperation,
  transaction: Transaction | undefined,
): Promise<void> {
  const { database, label, table, http } = request;
  const { cluster } = request.frontend;
  const point = operation === 'commit' ? 'transaction.commit' : 'transaction.rollback';
  const target = { db: database, table, label, socket: http.request.socket };
  await cluster.faults.at(point, 'before', target);
  if (transaction === undefined) throw failed(`No transaction found with db[${database}] and label[${label}]`);
  const message = operation === 'commit' ? await commit(cluster, http, transaction) : rollback(cluster, transaction);
  await cluster.faults.at(point, 'after', target);
  cluster.stats.answered(`transaction ${operation} OK`);
  answerTransaction(http.response, 'OK', message, { Label: label, TxnId: transaction.id });
}

async function commit(cluster: Cluster, http: FeRequest, transaction: Transaction): Promise<string> {
  const { id, label, status } = transaction;
  if (status === 'ABORTED') throw failed(`Can not commit ${status} transaction ${id}, label is ${label}`);
  if (status !== 'PREPARED') return `Transaction ${id} has already committed, label is ${label}`;
  cluster.transactions.commit(transaction);
  cluster.stats.rowsLoaded += transaction.rows;
  const { publisher } = cluster.transactions;
  const timeoutMs = Number(header(http.request.headers, 'timeout') ?? PUBLISH_WAIT_SECONDS) * 1000;
  if (!(await publisher.visible(transaction, publisher.timeoutMs ?? timeoutMs))) {
    throw failed(`publish timeout: ${timeoutMs}`);
  }
  return '';
}

function rollback(cluster: Cluster, transaction: Transaction): string {
  const { id, label, status } = transaction;
  if (status === 'ABORTED') return `Transaction ${id} has already aborted, label is ${label}`;
  if (status !== 'PREPARED') throw failed(`Can not abort ${status} transaction ${id}, label is ${label}`);
  cluster.transactions.abort(transaction, 'User Abort');
  return '';
}

function failed(message: string): JavaExceptionError {
  return new JavaExceptionError('StarRocksException', message);
}
