import { answerJson, answerText } from '../http/answers.ts';
import { type Route } from '../http/find-route.ts';
import { type BeHandler } from './handler.ts';
import { handleStreamLoad } from './stream-load.ts';
import { handleTransaction } from './transactions.ts';

const handleErrorLog: BeHandler = ({ errorLogs }, { response, query }) => {
  const text = errorLogs.read(query.get('file') ?? '');
  if (text === undefined) {
    answerText(response, 'Not Found', { status: 404 });
    return;
  }
  answerText(response, text, { contentType: 'text/plain' });
};

const handleHealth: BeHandler = (_backend, { response }) => answerJson(response, { status: 'OK', msg: 'To Be Added' });

const handleMetrics: BeHandler = ({ cluster }, { response }) => {
  const text = `# TYPE starrocks_be_streaming_load_bytes counter\nstarrocks_be_streaming_load_bytes ${cluster.stats.bytesReceived}\n`;
  answerText(response, text, { contentType: 'text/plain; version=0.0.4' });
};

/** What a backend answers. */
export const ROUTES: readonly Route<BeHandler>[] = [
  { methods: ['PUT'], pattern: /^\/api\/([^/]*)\/([^/]*)\/_stream_load$/, handle: handleStreamLoad },
  { methods: ['POST', 'PUT'], pattern: /^\/api\/transaction\/([^/]+)$/, handle: handleTransaction },
  { methods: ['GET', 'HEAD'], pattern: /^\/api\/_load_error_log$/, handle: handleErrorLog },
  { methods: ['GET'], pattern: /^\/api\/health$/, handle: handleHealth },
  { methods: ['GET'], pattern: /^\/metrics$/, handle: handleMetrics },
];
