import { integerHeader } from '../load/header-values.ts';
import { LoadError } from '../load/load-error.ts';
import { loadedRows, type RowSink, reportOf } from '../load/row-sink.ts';
import { type OpenTransaction } from './open-transactions.ts';
import { throwFailure } from './transaction-load.ts';
import { type TransactionRequest } from './transaction-request.ts';

/** How long FE waits for publish in a commit whose `timeout` is not given. */
const PUBLISH_WAIT_MS = 20_000;

/** `prepare`: from here on the transaction outlives its coordinator, which forgets it. */
export async function prepareTransaction(request: TransactionRequest): Promise<object> {
  const { cluster, openTransactions } = request.backend;
  return finish(request, async (open) => {
    const { headers } = request.http.request;
    const seconds = cluster.version.atLeast(3, 5, 4)
      ? integerHeader(headers, 'prepared_timeout', `Invalid prepared_timeout: ${String(headers['prepared_timeout'])}`)
      : undefined;
    cluster.transactions.prepare(open.transaction, seconds === undefined ? undefined : seconds * 1000);
    openTransactions.remove(open);
    await request.fault('transaction.prepare', 'after');
    return 'OK';
  });
}

/** `commit` of a transaction that was not prepared: both phases at once. */
export async function commitTransaction(request: TransactionRequest): Promise<object> {
  const { cluster, openTransactions } = request.backend;
  return finish(request, async (open) => {
    const { transaction } = open;
    cluster.transactions.commit(transaction);
    cluster.stats.rowsLoaded += transaction.rows;
    openTransactions.remove(open);
    const { publisher } = cluster.transactions;
    const visible = await publisher.visible(transaction, publisher.timeoutMs ?? PUBLISH_WAIT_MS);
    await request.fault('transaction.commit', 'after');
    return visible ? 'OK' : 'PUBLISH_TIMEOUT';
  });
}

async function finish(request: TransactionRequest, end: (open: OpenTransaction) => Promise<string>): Promise<object> {
  const open = request.findOpen();
  request.requireSameTarget(open);
  request.open = open;
  return open.exclusively(async () => {
    const from = performance.now();
    const sink = requireData(open);
    throwFailure(open);
    await sink.finish();
    open.transaction.report = reportOf(sink, open.receivedBytes);
    if (!open.transaction.running) throw new LoadError(open.transaction.reason, 'ABORTED');
    const written = performance.now();
    const status = await end(open);
    return answer(request, open, sink, status, written - from, performance.now() - written);
  });
}

function requireData(open: OpenTransaction): RowSink {
  if (open.sink === undefined) {
    throw new LoadError(`transaction with label ${open.transaction.label} hasn't send any data yet`);
  }
  return open.sink;
}

function answer(
  request: TransactionRequest,
  open: OpenTransaction,
  { counters, log }: RowSink,
  status: string,
  writeMs: number,
  commitMs: number,
): object {
  const { hostPort, errorLogs } = request.backend;
  return {
    TxnId: open.transaction.id,
    Label: request.label,
    Status: status,
    Message: status === 'OK' ? '' : 'Publish timeout. The data will be visible after a while, please wait.',
    NumberTotalRows: counters.total,
    NumberLoadedRows: loadedRows(counters),
    NumberFilteredRows: counters.filtered,
    NumberUnselectedRows: counters.unselected,
    LoadBytes: open.receivedBytes,
    LoadTimeMs: request.elapsedMs,
    StreamLoadPlanTimeMs: open.planMs,
    ReceivedDataTimeMs: open.receiveMs,
    WriteDataTimeMs: Math.round(writeMs),
    CommitAndPublishTimeMs: Math.round(commitMs),
    // Rows that max_filter_ratio let go are logged as well.
    ErrorURL: log.empty ? undefined : `http://${hostPort}/api/_load_error_log?file=${errorLogs.write(log)}`,
  };
}
