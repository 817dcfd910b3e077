import { randomUUID } from 'node:crypto';
import { answerJson } from '../http/answers.ts';
import { BodyAbortedError, readBody } from '../http/read-body.ts';
import { booleanHeader, header, integerHeader } from '../load/header-values.ts';
import { LoadError } from '../load/load-error.ts';
import { createSink } from './create-sink.ts';
import { type BackendNode, type BeRequest } from './handler.ts';
import {
  bodyTooLarge,
  checkBodySize,
  requireCredentials,
  requireLoadTarget,
  requireTable,
  timeoutHeader,
} from './load-checks.ts';
import { MergeBatch } from './merge-batch.ts';

interface Progress {
  batch: MergeBatch | undefined;
  received: number;
  readMs: number;
  writeMs: number;
  waitMs: number;
}

/** A load that the server merges with others: the client's label is no more than the request's name. */
export async function handleMergeCommit(backend: BackendNode, http: BeRequest): Promise<void> {
  const startedAt = performance.now();
  const progress: Progress = { batch: undefined, received: 0, readMs: 0, writeMs: 0, waitMs: 0 };
  let message = 'OK';
  try {
    await merge(backend, http, progress);
  } catch (error) {
    if (error instanceof BodyAbortedError) return;
    message = error instanceof Error ? error.message : String(error);
  }
  const status = message === 'OK' ? 'Success' : 'Fail';
  backend.cluster.stats.answered(status);
  answerJson(
    http.response,
    {
      TxnId: progress.batch?.transaction.id ?? -1,
      Label: progress.batch?.transaction.label ?? '',
      Status: status,
      Message: message,
      RequestId: header(http.request.headers, 'label') ?? randomUUID(),
      LoadBytes: progress.received,
      LoadTimeMs: Math.round(performance.now() - startedAt),
      ReadDataTimeMs: Math.round(progress.readMs),
      PendingTimeMs: 0,
      WaitPlanTimeMs: 0,
      WriteDataTimeMs: Math.round(progress.writeMs),
      WaitFinishTimeMs: Math.round(progress.waitMs),
      LeftMergeTimeMs: progress.batch?.leftMs ?? -1,
    },
    { indent: 4, close: progress.readMs === 0 },
  );
}

async function merge(backend: BackendNode, http: BeRequest, progress: Progress): Promise<void> {
  const { headers } = http.request;
  requireCredentials(http.request);
  const intervalMs = positive(http, 'merge_commit_interval_ms');
  positive(http, 'merge_commit_parallel');
  const asynchronous = booleanHeader(headers, 'merge_commit_async', 'Invalid parameter merge_commit_async');
  if (headers['skip_header'] !== undefined) throw new LoadError('merge commit does not support skip_header');
  checkBodySize(backend.cluster, http.request);
  const open = openBatch(backend, http, intervalMs);
  const body = await timed(progress, 'readMs', () => readAll(backend, http, progress));
  // The batch that was open may have closed while the body came in.
  const batch = open();
  progress.batch = batch;
  await timed(progress, 'writeMs', () => batch.add(body));
  if (!asynchronous) await timed(progress, 'waitMs', () => batch.finished);
}

function openBatch(backend: BackendNode, http: BeRequest, intervalMs: number): () => MergeBatch {
  const { cluster } = backend;
  const { headers } = http.request;
  const [database = '', table = ''] = http.parameters;
  const user = requireLoadTarget(cluster, http.request, database, table);
  const timeoutMs = timeoutHeader(cluster, http.request);
  const key = JSON.stringify([database, table, ...parameters(http)]);
  return () => {
    const current = backend.mergeBatches.get(key);
    if (current !== undefined && current.leftMs > 0 && current.transaction.running) return current;
    const target = requireTable(cluster, database, table);
    const spec = { database, table, user, coordinator: backend.id, timeoutMs, intervalMs };
    const batch = new MergeBatch(cluster, spec, ({ beganAt }) => createSink(cluster, headers, target, beganAt));
    backend.mergeBatches.set(key, batch);
    return batch;
  };
}

/** Headers that differ between requests without making them different loads. */
const NOT_PARAMETERS: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'transfer-encoding',
  'expect',
  'host',
  'label',
  'user-agent',
  'connection',
  'accept',
  'content-type',
]);

function parameters({ request: { headers } }: BeRequest): string[] {
  const names = Object.keys(headers).filter((name) => !NOT_PARAMETERS.has(name));
  return names.sort().map((name) => `${name}=${String(headers[name])}`);
}

async function readAll(
  backend: BackendNode,
  { request, response, expectsContinue }: BeRequest,
  progress: Progress,
): Promise<Buffer> {
  const { cluster } = backend;
  const chunks: Buffer[] = [];
  if (expectsContinue) response.writeContinue();
  await readBody(request, (chunk, received) => {
    progress.received = received;
    if (received > cluster.limits.maxBodyBytes) throw bodyTooLarge(received, cluster.limits.maxBodyBytes);
    chunks.push(chunk);
  });
  cluster.stats.bytesReceived += progress.received;
  return Buffer.concat(chunks);
}

function positive({ request: { headers } }: BeRequest, name: string): number {
  const value = integerHeader(headers, name, `Invalid ${name} format`) ?? 0;
  if (value <= 0) throw new LoadError(`${name} must be set positive, but is ${value}`);
  return value;
}

async function timed<T>(
  progress: Progress,
  phase: 'readMs' | 'writeMs' | 'waitMs',
  task: () => Promise<T>,
): Promise<T> {
  const from = performance.now();
  try {
    return await task();
  } finally {
    progress[phase] += performance.now() - from;
  }
}
