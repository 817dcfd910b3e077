import { randomUUID } from 'node:crypto';
import { ConnectionCutError } from '../faults/fault-errors.ts';
import { type FaultTarget } from '../faults/fault-registry.ts';
import { answerJson } from '../http/answers.ts';
import { BodyAbortedError, readBody } from '../http/read-body.ts';
import { header } from '../load/header-values.ts';
import { LabelAlreadyUsedError, LoadError } from '../load/load-error.ts';
import { parseFormat } from '../load/load-format.ts';
import { type RowCounters } from '../load/row-gate.ts';
import { type RowSink, reportOf } from '../load/row-sink.ts';
import { type Transaction } from '../transactions/transaction.ts';
import { createSink } from './create-sink.ts';
import { type BackendNode, type BeHandler, type BeRequest } from './handler.ts';
import {
  bodyTooLarge,
  checkBodySize,
  requireCredentials,
  requireLoadTarget,
  requireTable,
  timeoutHeader,
  wantsMergeCommit,
} from './load-checks.ts';
import { handleMergeCommit } from './merge-commit.ts';
import { type LoadTimes, rejectedRecordPath, type StreamLoadResult, streamLoadAnswer } from './stream-load-answer.ts';

/** `PUT /api/{db}/{table}/_stream_load` on a BE: one request, one transaction, always answered with 200 (§1.3). */
export const handleStreamLoad: BeHandler = async (backend, request) => {
  const [database = '', table = ''] = request.parameters;
  if (asksForMerge(backend, request)) await handleMergeCommit(backend, request);
  else await new StreamLoad(backend, request, database, table).run();
};

/** A value that is no boolean is the ordinary load's to complain about. */
function asksForMerge({ cluster }: BackendNode, { request }: BeRequest): boolean {
  try {
    return wantsMergeCommit(cluster, request);
  } catch {
    return false;
  }
}

const NO_ROWS: RowCounters = { total: 0, filtered: 0, unselected: 0 };

class StreamLoad {
  readonly #backend: BackendNode;
  readonly #request: BeRequest;
  readonly #database: string;
  readonly #table: string;
  readonly #label: string;
  readonly #startedAt = performance.now();
  readonly #times: LoadTimes = { begin: 0, plan: 0, read: 0, write: 0, commit: 0, total: 0 };
  #transaction: Transaction | undefined;
  #sink: RowSink | undefined;
  #received = 0;
  #bodyRead = false;

  constructor(backend: BackendNode, request: BeRequest, database: string, table: string) {
    this.#backend = backend;
    this.#request = request;
    this.#database = database;
    this.#table = table;
    this.#label = header(request.request.headers, 'label') ?? '';
    if (this.#label === '') this.#label = randomUUID();
  }

  async run(): Promise<void> {
    try {
      const status = await this.#load();
      await this.#pass('stream_load.answer', 'before');
      this.#answer(status === 'VISIBLE' ? { status: 'Success', message: 'OK' } : PUBLISH_TIMEOUT);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #load(): Promise<'VISIBLE' | 'COMMITTED'> {
    const transaction = await this.#timed('begin', () => this.#begin());
    const sink = await this.#timed('plan', () => this.#plan(transaction));
    await this.#timed('read', () => this.#readBody(sink));
    await this.#pass('stream_load.execute', 'before');
    await this.#timed('write', () => sink.finish());
    await this.#pass('stream_load.execute', 'after');
    return this.#timed('commit', () => this.#commit(transaction, sink));
  }

  async #begin(): Promise<Transaction> {
    const { cluster, id, shuttingDown } = this.#backend;
    const { request } = this.#request;
    requireCredentials(request);
    wantsMergeCommit(cluster, request);
    parseFormat(request.headers);
    checkBodySize(cluster, request);
    const timeoutMs = timeoutHeader(cluster, request);
    if (shuttingDown) throw new LoadError('Service is shutting down, please retry later!');
    await this.#pass('stream_load.begin', 'before');
    const user = requireLoadTarget(cluster, request, this.#database, this.#table);
    const spec = {
      label: this.#label,
      database: this.#database,
      table: this.#table,
      timeoutMs,
      user,
      loadType: 'BACKEND_STREAMING' as const,
      coordinator: id,
    };
    this.#transaction = cluster.transactions.begin(spec, cluster.catalog.databaseId(this.#database));
    await this.#pass('stream_load.begin', 'after');
    return this.#transaction;
  }

  async #plan(transaction: Transaction): Promise<RowSink> {
    const { cluster } = this.#backend;
    const table = requireTable(cluster, this.#database, this.#table);
    const sink = await createSink(cluster, this.#request.request.headers, table, transaction.beganAt);
    this.#sink = sink;
    transaction.work = sink;
    if (!transaction.running) {
      sink.discard();
      throw new LoadError(transaction.reason);
    }
    return sink;
  }

  async #readBody(sink: RowSink): Promise<void> {
    const { request, response, expectsContinue } = this.#request;
    const { maxBodyBytes } = this.#backend.cluster.limits;
    await this.#pass('stream_load.body', 'before');
    if (expectsContinue) response.writeContinue();
    await readBody(
      request,
      (chunk, received) => {
        this.#received = received;
        if (received > maxBodyBytes) throw bodyTooLarge(received, maxBodyBytes);
        sink.write(chunk);
      },
      this.#backend.cluster.limits.cancelDelayMs,
    );
    this.#bodyRead = true;
    this.#backend.cluster.stats.bytesReceived += this.#received;
    await this.#pass('stream_load.body', 'after');
    await sink.endBody();
  }

  async #commit(transaction: Transaction, sink: RowSink): Promise<'VISIBLE' | 'COMMITTED'> {
    const { cluster } = this.#backend;
    await this.#pass('stream_load.commit', 'before');
    if (!transaction.running) throw new LoadError(transaction.reason);
    cluster.transactions.commit(transaction);
    cluster.stats.rowsLoaded += sink.rows;
    const { publisher } = cluster.transactions;
    const visible = await publisher.visible(transaction, publisher.timeoutMs ?? transaction.spec.timeoutMs);
    await this.#pass('stream_load.commit', 'after');
    return visible ? 'VISIBLE' : 'COMMITTED';
  }

  #fail(error: unknown): void {
    const { transactions } = this.#backend.cluster;
    const known =
      error instanceof LoadError || error instanceof BodyAbortedError || error instanceof ConnectionCutError;
    const message = error instanceof Error ? error.message : String(error);
    const transaction = this.#transaction;
    const aborts = transaction !== undefined && !(error instanceof LoadError && error.keepsTransaction);
    const reason = transaction?.status === 'ABORTED' && transaction.reason !== '' ? transaction.reason : message;
    if (aborts) transactions.abort(transaction, message);
    if (!known) process.emitWarning(error instanceof Error ? error : String(error));
    if (error instanceof BodyAbortedError || error instanceof ConnectionCutError) return;
    if (!(error instanceof Error) || error.name === 'FaultResponse') throw error;
    this.#answer(this.#failure(error, reason));
  }

  #failure(error: Error, message: string): Pick<StreamLoadResult, 'status' | 'message' | 'existingJobStatus'> {
    if (!(error instanceof LabelAlreadyUsedError)) return { status: 'Fail', message, existingJobStatus: undefined };
    if (this.#backend.cluster.settings.duplicateLabelRegression) {
      const wrapped = `cancel stream task for exception: ${message}`;
      return { status: 'Fail', message: wrapped, existingJobStatus: undefined };
    }
    return { status: 'Label Already Exists', message, existingJobStatus: error.existingJobStatus };
  }

  #answer(outcome: Pick<StreamLoadResult, 'status' | 'message'> & Partial<StreamLoadResult>): void {
    this.#times.total = Math.round(performance.now() - this.#startedAt);
    this.#backend.cluster.stats.answered(outcome.status);
    if (this.#transaction !== undefined && this.#sink !== undefined) {
      this.#transaction.report = reportOf(this.#sink, this.#received);
    }
    const result: StreamLoadResult = {
      txnId: this.#transaction?.id ?? -1,
      label: this.#label,
      existingJobStatus: undefined,
      counters: this.#sink?.counters ?? NO_ROWS,
      loadBytes: this.#received,
      times: this.#times,
      errorUrl: this.#errorUrl(),
      rejectedRecordPath: this.#rejectedRecordPath(),
      ...outcome,
    };
    // An unread body would be taken for the next request.
    answerJson(this.#request.response, streamLoadAnswer(result), { indent: 4, close: !this.#bodyRead });
  }

  #errorUrl(): string | undefined {
    const log = this.#sink?.log;
    if (log === undefined || log.empty) return undefined;
    const file = this.#backend.errorLogs.write(log);
    return `http://${this.#backend.hostPort}/api/_load_error_log?file=${file}`;
  }

  #rejectedRecordPath(): string | undefined {
    const sink = this.#sink;
    if (sink?.logsRejectedRecords !== true || sink.counters.filtered === 0) return undefined;
    return rejectedRecordPath(this.#backend.hostPort, this.#database, this.#label);
  }

  #pass(point: Parameters<BackendNode['cluster']['faults']['at']>[0], when: 'before' | 'after'): Promise<void> {
    const target: FaultTarget = {
      db: this.#database,
      table: this.#table,
      label: this.#label,
      socket: this.#request.request.socket,
    };
    return this.#backend.cluster.faults.at(point, when, target);
  }

  async #timed<T>(phase: Exclude<keyof LoadTimes, 'total'>, task: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await task();
    } finally {
      this.#times[phase] = Math.round(performance.now() - from);
    }
  }
}

const PUBLISH_TIMEOUT = {
  status: 'Publish Timeout',
  message: 'Publish timeout. The data will be visible after a while, please wait.',
} as const;
