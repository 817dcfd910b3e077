import { type BackendAddress } from '../cluster.ts';
import { answerJson } from '../http/answers.ts';
import { header } from '../load/header-values.ts';
import { authenticate, requireInsert } from './access.ts';
import { type FinishOperation, finishTransaction } from './finish-transaction.ts';
import { type FeHandler, type FeRequest, type Frontend } from './handler.ts';
import { handleMultiStatement } from './multi-statement.ts';
import { chooseBackend, redirect, redirectToLeader } from './redirect.ts';
import { JavaExceptionError } from './transaction-result.ts';

export interface FeTransactionRequest {
  readonly frontend: Frontend;
  readonly http: FeRequest;
  readonly label: string;
  readonly database: string;
  readonly table: string;
}

/** `/api/transaction/{operation}` on an FE: to the leader, then to the label's coordinator BE, or done right here (§7.1). */
export const handleTransaction: FeHandler = async (frontend, http) => {
  const { cluster } = frontend;
  const [operation = ''] = http.parameters;
  if (!cluster.version.atLeast(2, 4)) {
    answerJson(http.response, { status: 'FAILED', msg: 'Not implemented' }, { close: true });
    return;
  }
  const user = authenticate(cluster, http.request);
  if (redirectToLeader(frontend, http)) return;
  const request = readRequest(frontend, http);
  const { label, database, table } = request;
  await cluster.faults.at('fe.transaction', 'before', { db: database, table, label, socket: http.request.socket });
  if (database === '') throw failure('No database selected.');
  if (label === '') throw failure('Empty label.');
  checkTimeout(http, 'timeout');
  checkTimeout(http, 'idle_transaction_timeout');
  if (!cluster.catalog.hasDatabase(database)) throw failure(`Database[${database}] does not exist.`);
  if (http.request.headers['channel_num'] !== undefined) throw failure('channel_num is not emulated');
  if (table !== '') requireInsert(cluster, user, database, table);
  if (http.request.headers['transaction_type'] === 'multi' && cluster.version.atLeast(4)) {
    await handleMultiStatement({ frontend, http, label, database, user }, operation);
    return;
  }
  switch (operation) {
    case 'begin': {
      redirect(http, chooseCoordinator(request).hostPort);
      return;
    }
    case 'load':
    case 'prepare': {
      redirect(http, requireCoordinator(request).hostPort);
      return;
    }
    case 'commit':
    case 'rollback':
      return finishOrRedirect(request, operation);
    default:
      throw failure(`Unknown transaction operation: ${operation}`);
  }
};

function readRequest(frontend: Frontend, http: FeRequest): FeTransactionRequest {
  const { headers } = http.request;
  return {
    frontend,
    http,
    label: header(headers, 'label') ?? '',
    database: header(headers, 'db') ?? '',
    table: header(headers, 'table') ?? '',
  };
}

export function failure(message: string): JavaExceptionError {
  return new JavaExceptionError('StarRocksException', message);
}

/** Java's Long.parseLong. */
function checkTimeout({ request: { headers } }: FeRequest, name: string): void {
  const text = header(headers, name);
  if (text !== undefined && !/^[+-]?\d+$/.test(text)) {
    throw new JavaExceptionError('java.lang.NumberFormatException', `For input string: "${text}"`);
  }
}

/** Newer releases send a repeated begin to the BE that has the label; older ones choose anew, and lose the first BE's context [U]. */
function chooseCoordinator({ frontend, label }: FeTransactionRequest): BackendAddress {
  const { cluster, coordinators } = frontend;
  const known = cluster.version.atLeast(3, 5, 3) ? coordinatorOf(frontend, coordinators.get(label)) : undefined;
  const backend = known?.alive === true ? known : chooseBackend(frontend);
  if (backend === undefined) throw failure('No backend alive.');
  coordinators.set(label, backend.id);
  return backend;
}

function requireCoordinator({ frontend, database, label }: FeTransactionRequest): BackendAddress {
  const recorded = frontend.cluster.transactions.database(database).find(label)?.spec.coordinator;
  const backend = coordinatorOf(frontend, frontend.coordinators.get(label) ?? recorded);
  if (backend === undefined) throw failure(`Can't find the transaction with db [${database}] and label [${label}]`);
  return backend;
}

function coordinatorOf({ cluster }: Frontend, id: number | undefined): BackendAddress | undefined {
  return cluster.backends.find((backend) => backend.id === id);
}

/** While a transaction is in PREPARE its rows are on the coordinator, and only that can end it. */
async function finishOrRedirect(request: FeTransactionRequest, operation: FinishOperation): Promise<void> {
  const { frontend, http, database, label } = request;
  const transaction = frontend.cluster.transactions.database(database).find(label);
  if (transaction?.status === 'PREPARE') {
    redirect(http, requireCoordinator(request).hostPort);
    return;
  }
  await finishTransaction(request, operation, transaction);
}
