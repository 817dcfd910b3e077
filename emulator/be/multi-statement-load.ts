import { readBody } from '../http/read-body.ts';
import { LoadError } from '../load/load-error.ts';
import { reportOf } from '../load/row-sink.ts';
import { MultiTableWork } from '../transactions/multi-table-work.ts';
import { type Transaction } from '../transactions/transaction.ts';
import { createSink } from './create-sink.ts';
import { bodyTooLarge, checkBodySize, requireLoadTarget, requireTable } from './load-checks.ts';
import { type TransactionRequest } from './transaction-request.ts';

/** A load of a multi-table transaction: its rows are judged at once, and its failure is that of the whole transaction. */
export async function loadMultiStatement(request: TransactionRequest): Promise<object> {
  const { cluster } = request.backend;
  const { request: http, response, expectsContinue } = request.http;
  const transaction = cluster.transactions.database(request.database).find(request.label);
  if (transaction?.status !== 'PREPARE' || !(transaction.work instanceof MultiTableWork)) {
    throw new LoadError(`transaction with label ${request.label} not exists`, 'TXN_NOT_EXISTS');
  }
  try {
    requireLoadTarget(cluster, http, request.database, request.table);
    checkBodySize(cluster, http);
    const table = requireTable(cluster, request.database, request.table);
    const sink = await createSink(cluster, http.headers, table, transaction.beganAt);
    transaction.work.add(sink);
    if (expectsContinue) response.writeContinue();
    const bytes = await readBody(http, (chunk, received) => {
      if (received > cluster.limits.maxBodyBytes) throw bodyTooLarge(received, cluster.limits.maxBodyBytes);
      sink.write(chunk);
    });
    request.bodyRead = true;
    cluster.stats.bytesReceived += bytes;
    await sink.endBody();
    await sink.finish();
    transaction.lastUsedAt = cluster.clock.now();
    transaction.report = reportOf(sink, bytes);
    await request.fault('transaction.load', 'after');
    return answer(request, transaction, bytes);
  } catch (error) {
    cluster.transactions.abort(transaction, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function answer({ label, elapsedMs }: TransactionRequest, { id }: Transaction, bytes: number): object {
  return {
    Status: 'OK',
    Message: '',
    Label: label,
    TxnId: id,
    LoadBytes: bytes,
    StreamLoadPlanTimeMs: 0,
    ReceivedDataTimeMs: elapsedMs,
  };
}
