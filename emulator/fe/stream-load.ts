import { header } from '../load/header-values.ts';
import { authenticate, requireInsert } from './access.ts';
import { type FeHandler } from './handler.ts';
import { chooseBackend, redirect, redirectToLeader } from './redirect.ts';
import { JavaExceptionError } from './transaction-result.ts';

/** `PUT /api/{db}/{table}/_stream_load` on an FE: checks, then 307 to a BE, without ever reading the body (§1.2). */
export const handleStreamLoad: FeHandler = async (frontend, request) => {
  const { cluster } = frontend;
  const [database = '', table = ''] = request.parameters;
  const label = header(request.request.headers, 'label') ?? '';
  const target = { db: database, table, label, socket: request.request.socket };
  const user = authenticate(cluster, request.request);
  await cluster.faults.at('fe.stream_load', 'before', target);
  // HTTP/1.0 has no Expect; newer builds know that.
  const exempt = request.request.httpVersion === '1.0' && cluster.version.atLeast(3);
  if (!request.expectsContinue && !exempt)
    throw new JavaExceptionError('DdlException', 'There is no 100-continue header');
  const merge =
    cluster.version.atLeast(3, 4) && header(request.request.headers, 'enable_merge_commit')?.toLowerCase() === 'true';
  if (merge && redirectToLeader(frontend, request)) return;
  if (database === '') throw new JavaExceptionError('DdlException', 'No database selected.');
  if (table === '') throw new JavaExceptionError('DdlException', 'No table selected.');
  requireInsert(cluster, user, database, table);
  // Requests that are to be merged have to meet on one BE.
  const backend = merge ? cluster.backends.find(({ alive }) => alive) : chooseBackend(frontend);
  if (backend === undefined) throw new JavaExceptionError('DdlException', 'No backend alive.');
  await cluster.faults.at('fe.stream_load', 'after', target);
  redirect(request, backend.hostPort);
};
