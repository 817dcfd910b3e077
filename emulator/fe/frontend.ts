import { type Cluster } from '../cluster.ts';
import { ConnectionCutError, FaultResponse } from '../faults/fault-errors.ts';
import { answerJson, answerText } from '../http/answers.ts';
import { findRoute } from '../http/find-route.ts';
import { HttpListener, type RequestContext } from '../http/listener.ts';
import { LoadError } from '../load/load-error.ts';
import { SqlError } from '../sql/sql-error.ts';
import { AccessDeniedError } from './access.ts';
import { type Frontend } from './handler.ts';
import { restResult } from './rest-result.ts';
import { ROUTES } from './routes.ts';
import { answerTransaction, JavaExceptionError } from './transaction-result.ts';

/** Netty's limit for all headers of one request, and for the request line. */
const MAX_HEADER_BYTES = 32_768;
const MAX_REQUEST_LINE = 4096;

/** Starts to answer on an FE's HTTP port. `leader` returns undefined for the leader itself. */
export function createFrontend(cluster: Cluster, port: number, leader: Frontend['leader']): Frontend {
  const frontend: Frontend = {
    cluster,
    leader,
    nextBackend: 0,
    coordinators: new Map(),
    listener: new HttpListener(
      { host: cluster.settings.host, port, maxHeaderBytes: MAX_HEADER_BYTES, tls: cluster.settings.feTls },
      (context) => serve(frontend, context),
    ),
  };
  return frontend;
}

async function serve(frontend: Frontend, context: RequestContext): Promise<void> {
  const { request, response } = context;
  const url = request.url ?? '/';
  if (url.length + (request.method ?? '').length > MAX_REQUEST_LINE) {
    answerText(response, 'Bad Request', { status: 400, close: true });
    return;
  }
  const [path = '/', query = ''] = url.split('?', 2);
  const route = findRoute(ROUTES, request.method ?? 'GET', path);
  if (route === undefined) {
    answerText(response, 'Not Found', { status: 404, close: true });
    return;
  }
  try {
    await route.handle(frontend, { ...context, path, query: new URLSearchParams(query), parameters: route.parameters });
  } catch (error) {
    answerError(context, error);
  }
}

function answerError({ response }: RequestContext, error: unknown): void {
  if (error instanceof ConnectionCutError) return;
  if (error instanceof FaultResponse) {
    const headers = error.location === undefined ? {} : { Location: error.location };
    answerText(response, error.body, { status: error.status, close: true, headers });
    return;
  }
  if (error instanceof AccessDeniedError) {
    const headers = { 'WWW-Authenticate': 'Basic realm=""' };
    answerJson(response, restResult(error.message), { status: 401, close: true, headers });
    return;
  }
  if (error instanceof JavaExceptionError) {
    answerTransaction(response, 'FAILED', error.message);
    return;
  }
  if (error instanceof LoadError || error instanceof SqlError) {
    answerJson(response, restResult(error.message), { close: true });
    return;
  }
  throw error;
}
