import { type Loggers } from '../loggers.ts';
import { WorkerError } from '../worker-error.ts';
import { textOf } from './bodies.ts';
import { ok, param, type RestAnswer, type RestRequest, type Route } from './route.ts';

export interface AdminRoutesOptions {
  readonly loggers: Loggers;
  /** Sets a level in every worker of the cluster; undefined where this worker is the whole of it. */
  readonly setClusterLevel: ((namespace: string, level: string) => Promise<void>) | undefined;
}

/** `/admin/loggers`. */
export function adminRoutes(options: AdminRoutesOptions): Route[] {
  const { loggers } = options;
  return [
    { method: 'GET', path: '/admin/loggers', handle: () => ok(loggers.all()) },
    {
      method: 'GET',
      path: '/admin/loggers/:logger',
      handle(request) {
        const name = param(request, 'logger');
        const level = loggers.level(name);
        if (!level) throw new WorkerError(404, `Logger ${name} not found.`);
        return ok(level);
      },
    },
    { method: 'PUT', path: '/admin/loggers/:logger', handle: (request) => setLevel(options, request) },
  ];
}

async function setLevel({ loggers, setClusterLevel }: AdminRoutesOptions, request: RestRequest): Promise<RestAnswer> {
  const { body, query } = request;
  const given: unknown = typeof body === 'object' && body !== null && 'level' in body ? body.level : undefined;
  if (given === undefined || given === null) {
    throw new WorkerError(400, "Desired 'level' parameter was not specified in request.");
  }
  const level = textOf(given).toUpperCase();
  if (!loggers.isLevel(level)) throw new WorkerError(404, `invalid log level '${textOf(given)}'.`);
  const namespace = param(request, 'logger');
  const isForCluster = query.get('scope')?.toLowerCase() === 'cluster';
  if (isForCluster && setClusterLevel) {
    await setClusterLevel(namespace, level);
    return { status: 204 };
  }
  const affected = loggers.setLevel(namespace, level);
  return isForCluster ? { status: 204 } : ok(affected);
}
