import { type Connectors } from '../connectors.ts';
import { WorkerError } from '../worker-error.ts';
import { readConfig, readCreateRequest, readOffsets } from './bodies.ts';
import { flag, ok, param, type RestAnswer, type RestRequest, type Route } from './route.ts';

export interface ConnectorRoutesOptions {
  readonly worker: Connectors;
  /** Whether the topics of a connector are told, and may be reset. */
  readonly topicTracking: boolean;
  readonly topicTrackingReset: boolean;
}

const OFFSETS_ALTERED =
  'The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector manages offsets externally, they will need to be manually altered in the system that the connector uses.';
const OFFSETS_RESET =
  'The Connect framework-managed offsets for this connector have been reset successfully. However, if this connector manages offsets externally, they will need to be manually reset in the system that the connector uses.';

const accepted: RestAnswer = { status: 202 };
const noContent: RestAnswer = { status: 204 };

/** `/connectors` and everything below it. */
export function connectorRoutes({ worker, topicTracking, topicTrackingReset }: ConnectorRoutesOptions): Route[] {
  return [
    { method: 'GET', path: '/connectors', handle: ({ query }) => ok(listConnectors(worker, query)) },
    {
      method: 'POST',
      path: '/connectors',
      async handle({ body, base }) {
        const { name, config, target } = readCreateRequest(body);
        return created(base, await worker.create(name, config, target));
      },
    },
    { method: 'GET', path: '/connectors/:name', handle: (request) => ok(worker.info(nameOf(request))) },
    {
      method: 'DELETE',
      path: '/connectors/:name',
      async handle(request) {
        await worker.remove(nameOf(request));
        return noContent;
      },
    },
    { method: 'GET', path: '/connectors/:name/config', handle: (request) => ok(worker.config(nameOf(request))) },
    {
      method: 'PUT',
      path: '/connectors/:name/config',
      async handle(request) {
        const put = await worker.put(nameOf(request), readConfig(request.body));
        return put.created ? created(request.base, put.info) : ok(put.info);
      },
    },
    {
      method: 'PATCH',
      path: '/connectors/:name/config',
      handle: async (request) => ok(await worker.patch(nameOf(request), readConfig(request.body))),
    },
    { method: 'GET', path: '/connectors/:name/status', handle: (request) => ok(worker.status(nameOf(request))) },
    { method: 'POST', path: '/connectors/:name/restart', handle: (request) => restart(worker, request) },
    ...targetRoutes(worker),
    ...taskRoutes(worker),
    ...topicRoutes(worker, topicTracking, topicTrackingReset),
    ...offsetRoutes(worker),
  ];
}

function targetRoutes(worker: Connectors): Route[] {
  return [
    {
      method: 'PUT',
      path: '/connectors/:name/pause',
      async handle(request) {
        await worker.pause(nameOf(request));
        return accepted;
      },
    },
    {
      method: 'PUT',
      path: '/connectors/:name/resume',
      async handle(request) {
        await worker.resume(nameOf(request));
        return accepted;
      },
    },
    {
      method: 'PUT',
      path: '/connectors/:name/stop',
      async handle(request) {
        await worker.stop(nameOf(request));
        return noContent;
      },
    },
  ];
}

function taskRoutes(worker: Connectors): Route[] {
  return [
    { method: 'GET', path: '/connectors/:name/tasks', handle: (request) => ok(worker.tasks(nameOf(request))) },
    {
      method: 'GET',
      path: '/connectors/:name/tasks/:task/status',
      handle: (request) => ok(worker.taskStatus(nameOf(request), taskOf(request))),
    },
    {
      method: 'POST',
      path: '/connectors/:name/tasks/:task/restart',
      async handle(request) {
        await worker.restartTask(nameOf(request), taskOf(request));
        return noContent;
      },
    },
  ];
}

function topicRoutes(worker: Connectors, tracking: boolean, reset: boolean): Route[] {
  return [
    {
      method: 'GET',
      path: '/connectors/:name/topics',
      handle(request) {
        if (!tracking) throw new WorkerError(403, 'Topic tracking is disabled.');
        const name = nameOf(request);
        return ok({ [name]: { topics: worker.topics(name) } });
      },
    },
    {
      method: 'PUT',
      path: '/connectors/:name/topics/reset',
      handle(request) {
        if (!tracking) throw new WorkerError(403, 'Topic tracking is disabled.');
        if (!reset) throw new WorkerError(403, 'Topic tracking reset is disabled.');
        worker.resetTopics(nameOf(request));
        return accepted;
      },
    },
  ];
}

function offsetRoutes(worker: Connectors): Route[] {
  return [
    {
      method: 'GET',
      path: '/connectors/:name/offsets',
      async handle(request) {
        const offsets = await worker.offsets(nameOf(request));
        return ok({
          offsets: offsets.map(({ topic, partition, offset }) => ({
            partition: { kafka_partition: partition, kafka_topic: topic },
            offset: { kafka_offset: offset },
          })),
        });
      },
    },
    {
      method: 'PATCH',
      path: '/connectors/:name/offsets',
      async handle(request) {
        await worker.alterOffsets(nameOf(request), () => readOffsets(request.body));
        return ok({ message: OFFSETS_ALTERED });
      },
    },
    {
      method: 'DELETE',
      path: '/connectors/:name/offsets',
      async handle(request) {
        await worker.resetOffsets(nameOf(request));
        return ok({ message: OFFSETS_RESET });
      },
    },
  ];
}

function listConnectors(worker: Connectors, query: URLSearchParams): unknown {
  const expand = query.getAll('expand');
  if (expand.length === 0) return worker.names;
  return Object.fromEntries(
    worker.names.map((name) => [
      name,
      {
        ...(expand.includes('status') && { status: worker.status(name) }),
        ...(expand.includes('info') && { info: worker.info(name) }),
      },
    ]),
  );
}

async function restart(worker: Connectors, request: RestRequest): Promise<RestAnswer> {
  const plan = { includeTasks: flag(request.query, 'includeTasks'), onlyFailed: flag(request.query, 'onlyFailed') };
  const status = await worker.restart(nameOf(request), plan);
  return plan.includeTasks || plan.onlyFailed ? { status: 202, body: status } : noContent;
}

function created(base: string, info: { readonly name: string }): RestAnswer {
  return { status: 201, body: info, location: `${base}/connectors/${encodeURIComponent(info.name)}` };
}

function nameOf(request: RestRequest): string {
  return param(request, 'name');
}

/** In Kafka Connect a path whose number is none is a path that does not exist. */
function taskOf(request: RestRequest): number {
  const task = param(request, 'task');
  const number = Number(task);
  const isInteger = /^[+-]?\d+$/.test(task) && number >= -(2 ** 31) && number < 2 ** 31;
  if (!isInteger) throw new WorkerError(404, 'HTTP 404 Not Found');
  return number;
}
