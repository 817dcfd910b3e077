import { header } from '../load/header-values.ts';
import { authenticate, requireInsert } from './access.ts';
import { ddlException, transactionResult } from './fe-answers.ts';
import { type FeHandler } from './handler.ts';
import { chooseBackend, redirect } from './redirect.ts';

/** `PUT /api/{db}/{table}/_stream_load` on an FE: checks, then 307 to a BE, without ever reading the body (§1.2). */
export const handleStreamLoad: FeHandler = async (frontend, request) => {
  const { cluster } = frontend;
  const [database = '', table = ''] = request.parameters;
  const label = header(request.request.headers, 'label') ?? '';
  const target = { db: database, table, label, socket: request.request.socket };
  const user = authenticate(cluster, request.request);
  await cluster.faults.at('fe.stream_load', 'before', target);
  const old = request.request.httpVersion === '1.0' && cluster.version.atLeast(3);
  if (!request.expectsContinue && !old) {
    transactionResult(request.response, 'FAILED', ddlException('There is no 100-continue header'));
    return;
  }
  if (database === '') {
    transactionResult(request.response, 'FAILED', ddlException('No database selected.'));
    return;
  }
  if (table === '') {
    transactionResult(request.response, 'FAILED', ddlException('No table selected.'));
    return;
  }
  requireInsert(cluster, user, database, table);
  const backend = chooseBackend(frontend);
  if (backend === undefined) {
    transactionResult(request.response, 'FAILED', ddlException('No backend alive.'));
    return;
  }
  await cluster.faults.at('fe.stream_load', 'after', target);
  redirect(request, backend.hostPort);
};
