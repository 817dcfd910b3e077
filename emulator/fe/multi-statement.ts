import { type Cluster } from '../cluster.ts';
import { header } from '../load/header-values.ts';
import { LabelAlreadyUsedError, LoadError } from '../load/load-error.ts';
import { FROM_FE } from '../transactions/multi-statement-marker.ts';
import { MultiTableWork } from '../transactions/multi-table-work.ts';
import { type Transaction } from '../transactions/transaction.ts';
import { type FeRequest, type Frontend } from './handler.ts';
import { chooseBackend, redirect } from './redirect.ts';
import { answerTransaction, JavaExceptionError } from './transaction-result.ts';

export interface MultiStatementRequest {
  readonly frontend: Frontend;
  readonly http: FeRequest;
  readonly label: string;
  readonly database: string;
  readonly user: string;
}

/** Operations with `transaction_type: multi`: FE keeps the transaction, BEs take the rows (§7.5, from 4.0 on). */
export async function handleMultiStatement(request: MultiStatementRequest, operation: string): Promise<void> {
  const { frontend, http, label } = request;
  if (operation === 'begin') {
    begin(request);
    return;
  }
  const transaction = find(request);
  switch (operation) {
    case 'load': {
      const { path } = http;
      const backend = frontend.cluster.backends.find(({ id }) => id === transaction.spec.coordinator);
      if (backend === undefined) throw failed(`Can't find the coordinator of label [${label}]`);
      redirect(http, backend.hostPort, `${path}?${FROM_FE}=${transaction.id}`);
      return;
    }
    case 'prepare':
      prepare(frontend.cluster, transaction);
      break;
    case 'commit':
      await commit(frontend.cluster, http, transaction);
      break;
    case 'rollback':
      frontend.cluster.transactions.abort(transaction, 'User Abort');
      break;
    default:
      throw failed(`Unknown transaction operation: ${operation}`);
  }
  const fields = { Label: label, TxnId: transaction.id, ChannelId: -1, 'Prepared Channel Num': 0 };
  answerTransaction(http.response, 'OK', '', fields);
}

function begin({ frontend, http, label, database, user }: MultiStatementRequest): void {
  const { cluster } = frontend;
  const coordinator = chooseBackend(frontend);
  if (coordinator === undefined) throw failed('No backend alive.');
  const seconds = header(http.request.headers, 'timeout');
  const timeoutMs = seconds === undefined ? cluster.limits.loadTimeoutMs : Number(seconds) * 1000;
  const loadType = 'BACKEND_STREAMING' as const;
  const spec = { label, database, table: '', timeoutMs, user, loadType, coordinator: coordinator.id };
  try {
    cluster.transactions.begin(spec, cluster.catalog.databaseId(database)).work = new MultiTableWork();
    answerTransaction(http.response, 'OK', '');
  } catch (error) {
    if (error instanceof LabelAlreadyUsedError) {
      const fields = { ExistingJobStatus: error.existingJobStatus };
      answerTransaction(http.response, 'LABEL_ALREADY_EXISTS', error.message, fields);
      return;
    }
    throw error instanceof LoadError ? failed(error.message) : error;
  }
}

function find({ frontend, database, label }: MultiStatementRequest): Transaction {
  const transaction = frontend.cluster.transactions.database(database).find(label);
  if (transaction === undefined) throw failed(`No transaction found with db[${database}] and label[${label}]`);
  return transaction;
}

function prepare({ transactions }: Cluster, transaction: Transaction): void {
  requireData(transactions, transaction);
  if (transaction.status === 'PREPARE') transactions.prepare(transaction, undefined);
}

async function commit({ transactions, stats }: Cluster, http: FeRequest, transaction: Transaction): Promise<void> {
  const { id, label, status } = transaction;
  if (status === 'ABORTED') throw failed(`Can not commit ABORTED transaction ${id}, label is ${label}`);
  if (status === 'COMMITTED' || status === 'VISIBLE') return;
  requireData(transactions, transaction);
  stats.rowsLoaded += transaction.rows;
  transactions.commit(transaction);
  const timeoutMs = Number(header(http.request.headers, 'timeout') ?? 20) * 1000;
  const { publisher } = transactions;
  if (!(await publisher.visible(transaction, publisher.timeoutMs ?? timeoutMs)))
    throw failed(`publish timeout: ${timeoutMs}`);
}

function requireData(transactions: Cluster['transactions'], transaction: Transaction): void {
  if (!(transaction.work instanceof MultiTableWork) || !transaction.work.empty) return;
  const message = `transaction with label ${transaction.label} hasn't send any data yet`;
  transactions.abort(transaction, message);
  throw failed(message);
}

function failed(message: string): JavaExceptionError {
  return new JavaExceptionError('StarRocksException', message);
}
