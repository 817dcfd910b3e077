import { readBody } from '../http/read-body.ts';
import { LoadError } from '../load/load-error.ts';
import { createSink } from './create-sink.ts';
import { bodyTooLarge, checkBodySize, requireTable } from './load-checks.ts';
import { type OpenTransaction } from './open-transactions.ts';
import { type TransactionRequest } from './transaction-request.ts';

/** Headers that decide how rows are read: all loads of a transaction must agree on them. */
const PARAMETERS = [
  'format',
  'columns',
  'where',
  'max_filter_ratio',
  'strict_mode',
  'column_separator',
  'row_delimiter',
  'jsonpaths',
  'json_root',
  'strip_outer_array',
  'partial_update',
  'partial_update_mode',
  'merge_condition',
  'timezone',
  'compression',
  'content-encoding',
] as const;

/** `load`: takes a body. What is wrong with its rows shows in a later operation. */
export async function loadIntoTransaction(request: TransactionRequest): Promise<object> {
  const open = request.findOpen();
  request.open = open;
  return open.exclusively(() => load(request, open));
}

async function load(request: TransactionRequest, open: OpenTransaction): Promise<object> {
  const { cluster } = request.backend;
  const { spec } = open.transaction;
  requireEqual('database', request.database, spec.database);
  requireEqual('table', request.table, spec.table);
  throwFailure(open);
  checkBodySize(cluster, request.http.request, open.receivedBytes);
  const sink = await plan(request, open);
  const before = open.receivedBytes;
  await receive(request, open);
  open.transaction.lastUsedAt = cluster.clock.now();
  try {
    await sink.endBody();
  } catch (error) {
    open.failure = error instanceof Error ? error : new Error(String(error));
  }
  if (!open.transaction.running) throw new LoadError(open.transaction.reason, 'ABORTED');
  await request.fault('transaction.load', 'after');
  return {
    Status: 'OK',
    Message: '',
    Label: request.label,
    TxnId: open.transaction.id,
    LoadBytes: open.receivedBytes - before,
    StreamLoadPlanTimeMs: open.planMs,
    ReceivedDataTimeMs: open.receiveMs,
  };
}

/** The error of an earlier load, which was answered before its rows had been looked at. */
export function throwFailure({ failure }: OpenTransaction): void {
  if (failure !== undefined) throw failure;
}

async function plan(request: TransactionRequest, open: OpenTransaction): Promise<NonNullable<OpenTransaction['sink']>> {
  const { headers } = request.http.request;
  const parameters = JSON.stringify(PARAMETERS.map((name) => headers[name] ?? null));
  if (open.sink !== undefined) {
    if (open.parameters !== parameters) throw new LoadError('load request not equal last.', 'INVALID_ARGUMENT');
    return open.sink;
  }
  const { cluster } = request.backend;
  const from = performance.now();
  const { transaction } = open;
  const sink = await createSink(
    cluster,
    headers,
    requireTable(cluster, request.database, request.table),
    transaction.beganAt,
  );
  open.sink = sink;
  open.parameters = parameters;
  open.planMs = Math.round(performance.now() - from);
  transaction.work = sink;
  if (!transaction.running) {
    sink.discard();
    throw new LoadError(transaction.reason, 'ABORTED');
  }
  return sink;
}

async function receive(request: TransactionRequest, open: OpenTransaction): Promise<void> {
  const { cluster } = request.backend;
  const { http } = request;
  const before = open.receivedBytes;
  const from = performance.now();
  if (http.expectsContinue) http.response.writeContinue();
  await readBody(
    http.request,
    (chunk, received) => {
      open.receivedBytes = before + received;
      if (open.receivedBytes > cluster.limits.maxBodyBytes)
        throw bodyTooLarge(open.receivedBytes, cluster.limits.maxBodyBytes);
      open.sink?.write(chunk);
    },
    cluster.limits.cancelDelayMs,
  );
  request.bodyRead = true;
  cluster.stats.bytesReceived += open.receivedBytes - before;
  open.receiveMs += Math.round(performance.now() - from);
}

function requireEqual(what: string, asked: string, actual: string): void {
  if (asked === actual) return;
  throw new LoadError(`Request ${what} ${asked} not equal transaction ${what} ${actual}`, 'INTERNAL_ERROR', true);
}
