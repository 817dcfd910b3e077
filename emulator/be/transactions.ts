import { type FaultPoint } from '../faults/fault.ts';
import { ConnectionCutError, FaultResponse } from '../faults/fault-errors.ts';
import { answerJson } from '../http/answers.ts';
import { BodyAbortedError } from '../http/read-body.ts';
import { LabelAlreadyUsedError, LoadError } from '../load/load-error.ts';
import { reportOf } from '../load/row-sink.ts';
import { FROM_FE } from '../transactions/multi-statement-marker.ts';
import { type BeHandler } from './handler.ts';
import { requireCredentials } from './load-checks.ts';
import { loadMultiStatement } from './multi-statement-load.ts';
import { rejectedRecordPath } from './stream-load-answer.ts';
import { beginTransaction, LabelHeldHereError } from './transaction-begin.ts';
import { commitTransaction, prepareTransaction } from './transaction-finish.ts';
import { loadIntoTransaction } from './transaction-load.ts';
import { TransactionRequest } from './transaction-request.ts';

type Operation = (request: TransactionRequest) => Promise<object>;

const OPERATIONS: Partial<Record<string, readonly [Operation, FaultPoint]>> = {
  begin: [beginTransaction, 'transaction.begin'],
  load: [loadIntoTransaction, 'transaction.load'],
  prepare: [prepareTransaction, 'transaction.prepare'],
  commit: [commitTransaction, 'transaction.commit'],
  rollback: [rollbackTransaction, 'transaction.rollback'],
};

/** `/api/transaction/{operation}` on a BE (§7.1). */
export const handleTransaction: BeHandler = async (backend, http) => {
  const [name = ''] = http.parameters;
  const request = new TransactionRequest(backend, http);
  if (name === 'list') {
    answerJson(http.response, list(request), { indent: 4 });
    return;
  }
  try {
    const [operation, point] = OPERATIONS[name] ?? [];
    if (operation === undefined || point === undefined) {
      throw new LoadError(`Unknown transaction operation: ${name}`, 'INVALID_ARGUMENT');
    }
    requireCredentials(http.request);
    refuseMultiStatement(request);
    // A failed load, prepare or commit rolls back.
    if (name !== 'begin' && name !== 'rollback') request.open = backend.openTransactions.get(request.label);
    await request.fault(point, 'before');
    const answer = await (isMultiStatement(request) ? loadMultiStatement(request) : operation(request));
    if (name !== 'begin' && name !== 'rollback') backend.cluster.stats.answered(`transaction ${name} OK`);
    answerJson(http.response, answer, { indent: 4, close: name === 'load' && !request.bodyRead });
  } catch (error) {
    fail(request, error);
  }
};

async function rollbackTransaction(request: TransactionRequest): Promise<object> {
  const open = request.findOpen();
  request.requireSameTarget(open);
  return open.exclusively(async () => {
    request.backend.cluster.transactions.abort(open.transaction, 'User Abort');
    request.backend.openTransactions.remove(open);
    await request.fault('transaction.rollback', 'after');
    return { Status: 'OK', Message: '', Label: request.label };
  });
}

/** A load that an FE sent here for a multi-table transaction. */
function isMultiStatement({ http, backend }: TransactionRequest): boolean {
  return http.request.headers['transaction_type'] === 'multi' && backend.cluster.version.atLeast(4);
}

function refuseMultiStatement(request: TransactionRequest): void {
  if (!isMultiStatement(request) || request.http.query.has(FROM_FE)) return;
  const message = 'Multi-statement transaction requests can only be sent to FE nodes, not BE nodes';
  throw new LoadError(message, 'INVALID_ARGUMENT');
}

/** A failed operation rolls its transaction back, unless the failure is that of the request alone. */
function fail(request: TransactionRequest, error: unknown): void {
  if (error instanceof FaultResponse) throw error;
  const { cluster, openTransactions, errorLogs, hostPort } = request.backend;
  // Only the connection is gone: what was done stays done.
  if (error instanceof ConnectionCutError) return;
  const { open } = request;
  const message = error instanceof Error ? error.message : String(error);
  const keeps = error instanceof LoadError && error.keepsTransaction;
  if (open !== undefined && !keeps) {
    if (open.sink !== undefined) open.transaction.report = reportOf(open.sink, open.receivedBytes);
    cluster.transactions.abort(open.transaction, message);
    openTransactions.remove(open);
  }
  if (error instanceof BodyAbortedError) return;
  if (!(error instanceof LoadError)) process.emitWarning(error instanceof Error ? error : message);
  const log = open?.sink?.log;
  const file = log === undefined || log.empty || keeps ? undefined : errorLogs.write(log);
  const rejected = file !== undefined && open?.sink?.logsRejectedRecords === true;
  const status = error instanceof LoadError ? error.status : 'INTERNAL_ERROR';
  cluster.stats.answered(`transaction ${status}`);
  answerJson(
    request.http.response,
    {
      Status: status,
      Message: message,
      Label: status === 'TXN_IN_PROCESSING' ? request.label : undefined,
      ExistingJobStatus: existingJobStatus(error),
      RejectedRecordPath: rejected ? rejectedRecordPath(hostPort, request.database, request.label) : undefined,
      ErrorURL: file === undefined ? undefined : `http://${hostPort}/api/_load_error_log?file=${file}`,
    },
    { indent: 4, close: !request.bodyRead },
  );
}

function existingJobStatus(error: unknown): string | undefined {
  if (error instanceof LabelAlreadyUsedError) return error.existingJobStatus;
  return error instanceof LabelHeldHereError ? '' : undefined;
}

function list({ backend }: TransactionRequest): object {
  const transactions = backend.openTransactions.all().map(({ transaction, receivedBytes }) => ({
    TxnId: transaction.id,
    Label: transaction.label,
    Database: transaction.spec.database,
    Table: transaction.spec.table,
    LoadBytes: receivedBytes,
  }));
  return { Status: 'OK', Message: '', Transactions: transactions };
}
