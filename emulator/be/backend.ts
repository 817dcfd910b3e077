import { type BackendAddress, type Cluster } from '../cluster.ts';
import { ConnectionCutError, FaultResponse } from '../faults/fault-errors.ts';
import { answerText } from '../http/answers.ts';
import { findRoute } from '../http/find-route.ts';
import { HttpListener, type RequestContext } from '../http/listener.ts';
import { ErrorLogs } from './error-logs.ts';
import { type MergeBatch } from './merge-batch.ts';
import { OpenTransactions } from './open-transactions.ts';
import { ROUTES } from './routes.ts';

/** libevent's limit is not known [U]; this only keeps nonsense out. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** One BE process: what it holds in memory is gone when it restarts. */
export class Backend implements BackendAddress {
  readonly id: number;
  readonly cluster: Cluster;
  readonly listener: HttpListener;
  readonly errorLogs: ErrorLogs;
  openTransactions = new OpenTransactions();
  readonly mergeBatches = new Map<string, MergeBatch>();
  /** Graceful shutdown: no new loads. */
  shuttingDown = false;

  constructor(id: number, cluster: Cluster, port: number) {
    this.id = id;
    this.cluster = cluster;
    this.errorLogs = new ErrorLogs(cluster.clock);
    this.listener = new HttpListener(
      { host: cluster.settings.host, port, maxHeaderBytes: MAX_HEADER_BYTES },
      (context) => this.#serve(context),
    );
  }

  get hostPort(): string {
    const { backendHost } = this.cluster.settings;
    return backendHost === undefined ? this.listener.hostPort : `${backendHost}:${this.listener.port}`;
  }

  /** Whether FEs send loads here. A BE that hangs still sends its heartbeats. */
  get alive(): boolean {
    return this.listener.listening;
  }

  async start(): Promise<void> {
    await this.listener.start();
  }

  /** As a kill does it: connections reset, contexts gone, transactions that were not prepared aborted. */
  async stop(): Promise<void> {
    await this.listener.stop();
    this.openTransactions = new OpenTransactions();
    this.mergeBatches.clear();
    this.cluster.transactions.abortCoordinatedBy(this.id, 'coordinate BE is down');
  }

  async #serve(context: RequestContext): Promise<void> {
    const { request, response } = context;
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const route = findRoute(ROUTES, request.method ?? 'GET', path);
    if (route === undefined) {
      answerText(response, 'Not Found', { status: 404, close: true });
      return;
    }
    try {
      await route.handle(this, { ...context, query: new URLSearchParams(query), parameters: route.parameters });
    } catch (error) {
      if (error instanceof ConnectionCutError) return;
      if (!(error instanceof FaultResponse)) throw error;
      answerText(response, error.body, { status: error.status, close: true });
    }
  }
}
