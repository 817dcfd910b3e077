import { type Loggers } from '../loggers.ts';
import { WorkerError } from '../worker-error.ts';
import { textOf } from './bodies.ts';
import { ok, param, type RestAnswer, type RestRequest, type Route } from './route.ts';

/** `/admin/loggers`. */
export function adminRoutes(loggers: Loggers): Route[] {
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
    { method: 'PUT', path: '/admin/loggers/:logger', handle: (request) => setLevel(loggers, request) },
  ];
}

function setLevel(loggers: Loggers, request: RestRequest): RestAnswer {
  const { body, query } = request;
  const given: unknown = typeof body === 'object' && body !== null && 'level' in body ? body.level : undefined;
  if (given === undefined || given === null) {
    throw new WorkerError(400, "Desired 'level' parameter was not specified in request.");
  }
  const level = textOf(given).toUpperCase();
  if (!loggers.isLevel(level)) throw new WorkerError(404, `invalid log level '${textOf(given)}'.`);
  const affected = loggers.setLevel(param(request, 'logger'), level);
  // This worker is the whole cluster.
  return query.get('scope')?.toLowerCase() === 'cluster' ? { status: 204 } : ok(affected);
}
