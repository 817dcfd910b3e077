import { answerJson } from '../http/answers.ts';
import { header } from '../load/header-values.ts';
import { authenticate, requireInsert } from './access.ts';
import { type FeHandler } from './handler.ts';
import { restResult } from './rest-result.ts';

/** `GET /api/{db}/{table}/_stream_load_meta`: which nodes take merge-commit loads (§2.5); those themselves are not emulated. */
export const handleStreamLoadMeta: FeHandler = ({ cluster }, { request, response, parameters }) => {
  const [database = '', table = ''] = parameters;
  requireInsert(cluster, authenticate(cluster, request), database, table);
  if (header(request.headers, 'enable_merge_commit')?.toLowerCase() === 'true') {
    answerJson(response, {
      status: 'FAILED',
      code: 'NOT_IMPLEMENTED_ERROR',
      msg: 'merge commit is not emulated',
      message: 'merge commit is not emulated',
    });
    return;
  }
  answerJson(response, restResult(undefined));
};
