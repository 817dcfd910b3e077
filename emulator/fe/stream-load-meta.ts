import { answerJson } from '../http/answers.ts';
import { header } from '../load/header-values.ts';
import { authenticate, requireInsert } from './access.ts';
import { type FeHandler } from './handler.ts';
import { restResult } from './rest-result.ts';

/** `GET /api/{db}/{table}/_stream_load_meta`: which nodes take merge-commit loads (§2.5). */
export const handleStreamLoadMeta: FeHandler = ({ cluster }, { request, response, parameters }) => {
  const [database = '', table = ''] = parameters;
  requireInsert(cluster, authenticate(cluster, request), database, table);
  if (header(request.headers, 'enable_merge_commit')?.toLowerCase() !== 'true') {
    answerJson(response, restResult(undefined));
    return;
  }
  const node = cluster.backends.find(({ alive }) => alive);
  answerJson(response, { nodes: { http: node?.hostPort ?? '' }, status: 'OK', code: 'OK', msg: '', message: '' });
};
