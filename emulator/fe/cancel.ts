import { answerJson } from '../http/answers.ts';
import { LoadError } from '../load/load-error.ts';
import { authenticate, requireInsert } from './access.ts';
import { type FeHandler } from './handler.ts';
import { redirectToLeader } from './redirect.ts';
import { restResult } from './rest-result.ts';

/** `POST /api/{db}/{table}/_cancel?label=L`: aborts a transaction that is not committed. */
export const handleCancel: FeHandler = (frontend, request) => {
  const { cluster } = frontend;
  const [database = '', table = ''] = request.parameters;
  const user = authenticate(cluster, request.request);
  if (redirectToLeader(frontend, request)) return;
  requireInsert(cluster, user, database, table);
  const label = request.query.get('label') ?? '';
  if (label === '') throw new LoadError('No label selected.');
  if (!cluster.catalog.hasDatabase(database)) throw new LoadError(`unknown database, database=${database}`);
  const transaction = cluster.transactions.database(database).find(label);
  if (transaction === undefined) throw new LoadError(`there is no transaction with label ${label}`);
  if (!transaction.running) throw new LoadError(`transaction ${transaction.id} is ${transaction.status}`);
  cluster.transactions.abort(transaction, 'user cancel');
  answerJson(request.response, restResult(undefined));
};
