import { type Cluster } from '../cluster.ts';
import { answerJson } from '../http/answers.ts';
import { LoadError } from '../load/load-error.ts';
import { authenticate } from './access.ts';
import { type FeHandler } from './handler.ts';
import { redirectToLeader } from './redirect.ts';
import { restResult } from './rest-result.ts';

/** `GET /api/{db}/get_load_state?label=L` (§1.7). */
export const handleLoadState: FeHandler = async (frontend, request) => {
  const { cluster } = frontend;
  authenticate(cluster, request.request);
  if (redirectToLeader(frontend, request)) return;
  const [database = ''] = request.parameters;
  const label = request.query.get('label') ?? '';
  const target = { db: database, table: '', label, socket: request.request.socket };
  await cluster.faults.at('fe.load_state', 'before', target);
  if (label === '') throw new LoadError('No label selected.');
  if (!cluster.catalog.hasDatabase(database)) throw new LoadError(`unknown database, database=${database}`);
  const state = loadState(cluster, database, label);
  await cluster.faults.at('fe.load_state', 'after', target);
  answerJson(request.response, restResult(undefined, state));
};

function loadState(cluster: Cluster, database: string, label: string): { state: string; reason: string } {
  const transaction = cluster.transactions.database(database).find(label);
  return { state: transaction?.status ?? 'UNKNOWN', reason: transaction?.reason ?? '' };
}
