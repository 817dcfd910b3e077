import { integerHeader } from '../load/header-values.ts';
import { LoadError } from '../load/load-error.ts';
import { requireCredentials, requireLoadTarget, timeoutHeader } from './load-checks.ts';
import { OpenTransaction } from './open-transactions.ts';
import { type TransactionRequest } from './transaction-request.ts';

/** `begin`: this BE becomes the label's coordinator. */
export async function beginTransaction(request: TransactionRequest): Promise<object> {
  const { backend, http, label, database, table } = request;
  const { cluster, openTransactions } = backend;
  requireCredentials(http.request);
  if (label === '') throw new LoadError('Must provide label when using transaction stream load', 'INVALID_ARGUMENT');
  if (openTransactions.get(label) !== undefined) throw new LabelHeldHereError();
  const timeoutMs = timeoutHeader(cluster, http.request);
  const idleSeconds = integerHeader(
    http.request.headers,
    'idle_transaction_timeout',
    'Invalid idle_transaction_timeout',
  );
  if (backend.shuttingDown) throw new LoadError('Service is shutting down, please retry later!', 'SERVICE_UNAVAILABLE');
  const user = requireLoadTarget(cluster, http.request, database, table);
  const spec = {
    label,
    database,
    table,
    timeoutMs,
    user,
    loadType: 'BACKEND_STREAMING' as const,
    coordinator: backend.id,
    idleTimeoutMs: idleSeconds === undefined || idleSeconds <= 0 ? undefined : idleSeconds * 1000,
  };
  const transaction = cluster.transactions.begin(spec, cluster.catalog.databaseId(database));
  const open = new OpenTransaction(transaction);
  openTransactions.add(open);
  transaction.onAbort = () => openTransactions.remove(open);
  request.open = open;
  await request.fault('transaction.begin', 'after');
  return { Status: 'OK', Message: '', Label: label, TxnId: transaction.id, BeginTxnTimeMs: request.elapsedMs };
}

/** The BE still holds the label's context, and asks nobody: so it knows neither the state nor what to say. */
export class LabelHeldHereError extends LoadError {
  constructor() {
    super('', 'LABEL_ALREADY_EXISTS', true);
    this.name = 'LabelHeldHereError';
  }
}
