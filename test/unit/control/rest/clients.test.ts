import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRestWorker, type RestWorker, starrocksConfig } from '../../../support/rest-worker.ts';

/** One request of a client: the method, the path, what the client reads in the answer, and the body if it sends one. */
type Call = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  status: number,
  shape?: z.ZodType,
  body?: unknown,
];

const connector = { name: 'orders', config: starrocksConfig };
const plugin = 'com.starrocks.connector.kafka.StarRocksSinkConnector';
const changed = { ...starrocksConfig, 'starrocks.username': 'loader' };
const offsets = {
  offsets: [{ partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: { kafka_offset: 7 } }],
};
const reset = { offsets: [{ partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: null }] };

const version = z.object({ version: z.string(), commit: z.string(), kafka_cluster_id: z.string() });
const taskId = z.object({ connector: z.string(), task: z.int() });
const info = z.object({
  name: z.literal('orders'),
  config: z.record(z.string(), z.string()),
  tasks: z.array(taskId),
  type: z.enum(['source', 'sink', 'unknown']),
});
const config = z.record(z.string(), z.string());
/** The enums are kafka-ui's, which fails on any other word: a task is never STOPPED. */
const status = z.object({
  name: z.literal('orders'),
  connector: z.object({
    state: z.enum(['RUNNING', 'FAILED', 'PAUSED', 'UNASSIGNED', 'RESTARTING', 'STOPPED']),
    worker_id: z.string(),
    trace: z.string().optional(),
  }),
  tasks: z.array(
    z.object({
      id: z.int(),
      state: z.enum(['RUNNING', 'FAILED', 'PAUSED', 'UNASSIGNED', 'RESTARTING']),
      worker_id: z.string(),
      trace: z.string().optional(),
    }),
  ),
  type: z.literal('sink'),
});
const expanded = z.object({ orders: z.object({ info, status }) });
const plugins = z.array(z.object({ class: z.string(), type: z.string(), version: z.string().optional() })).min(1);
const definition = z.object({
  name: z.string(),
  type: z.enum(['BOOLEAN', 'CLASS', 'DOUBLE', 'INT', 'LIST', 'LONG', 'PASSWORD', 'SHORT', 'STRING']),
  required: z.boolean(),
  default_value: z.string().nullable(),
  importance: z.enum(['LOW', 'MEDIUM', 'HIGH']),
  documentation: z.string(),
  group: z.string().nullable(),
  width: z.enum(['NONE', 'SHORT', 'MEDIUM', 'LONG']),
  display_name: z.string(),
  dependents: z.array(z.string()),
  order: z.int(),
});
const validation = z.object({
  name: z.string(),
  error_count: z.int(),
  groups: z.array(z.string()),
  configs: z.array(
    z.object({
      definition: definition.nullable(),
      value: z.object({
        name: z.string(),
        value: z.string().nullable(),
        recommended_values: z.array(z.string()),
        errors: z.array(z.string()),
        visible: z.boolean(),
      }),
    }),
  ),
});
const tasks = z.array(z.object({ id: taskId, config })).length(1);
const task = z.object({ id: z.int(), state: z.string(), worker_id: z.string() });
const topics = z.object({ orders: z.object({ topics: z.array(z.string()) }) });
const offsetList = z.object({ offsets: z.array(z.unknown()) });
const names = z.array(z.string());

async function call({ app }: RestWorker, [method, url, expected, shape, body]: Call): Promise<unknown> {
  const answer = await app.inject({
    method,
    url,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBe(expected);
  if (shape === undefined) return undefined;
  expect(answer.headers['content-type'], url).toMatch(/^application\/json/);
  const { error, data } = shape.safeParse(answer.json());
  expect(error?.message, `${method} ${url}`).toBeUndefined();
  return data;
}

/** Kafka Connect's clients as their source has it, each with the requests that it makes, in an order that a person would. */
const CLIENTS: Readonly<Record<string, readonly Call[]>> = {
  kcctl: [
    ['GET', '/', 200, version],
    ['GET', '/connector-plugins?connectorsOnly=false', 200, plugins],
    ['GET', `/connector-plugins/${plugin}/config`, 200, z.array(definition).min(30)],
    ['PUT', `/connector-plugins/${plugin}/config/validate`, 200, validation, starrocksConfig],
    ['GET', '/connectors/', 200, names],
    ['POST', '/connectors/', 201, info, connector],
    ['GET', '/connectors?expand=status&expand=info', 200, expanded],
    ['GET', '/connectors?expand=status', 200, z.object({ orders: z.object({ status }) })],
    ['GET', '/connectors/orders', 200, info],
    ['GET', '/connectors/orders/config', 200, config],
    ['PUT', '/connectors/orders/config', 200, info, changed],
    ['GET', '/connectors/orders/status', 200, status],
    ['GET', '/connectors/orders/topics', 200, topics],
    ['GET', '/connectors/orders/tasks', 200, tasks],
    ['PUT', '/connectors/orders/pause', 202],
    ['PUT', '/connectors/orders/resume', 202],
    ['POST', '/connectors/orders/restart', 204],
    ['POST', '/connectors/orders/restart?includeTasks=true&onlyFailed=false', 202, status],
    ['POST', '/connectors/orders/tasks/0/restart', 204],
    ['PUT', '/connectors/orders/stop', 204],
    ['GET', '/connectors/orders/offsets', 200, offsetList],
    ['PATCH', '/connectors/orders/offsets', 200, z.object({ message: z.string() }), offsets],
    ['PATCH', '/connectors/orders/offsets', 200, z.object({ message: z.string() }), reset],
    ['DELETE', '/connectors/orders/offsets', 200, z.object({ message: z.string() })],
    ['GET', '/admin/loggers', 200, z.record(z.string(), z.object({ level: z.string() }))],
    ['GET', '/admin/loggers/root', 200, z.object({ level: z.string() })],
    ['PUT', '/admin/loggers/root', 200, names, { level: 'DEBUG' }],
    ['DELETE', '/connectors/orders', 204],
  ],
  'kafka-ui (kafbat)': [
    ['GET', '/', 200, version],
    ['GET', '/connector-plugins', 200, plugins],
    ['PUT', `/connector-plugins/${plugin}/config/validate`, 200, validation, starrocksConfig],
    ['POST', '/connectors', 201, info, connector],
    ['GET', '/connectors?expand=info&expand=status', 200, expanded],
    ['GET', '/connectors/orders', 200, info],
    ['GET', '/connectors/orders/config', 200, config],
    ['GET', '/connectors/orders/status', 200, status],
    ['GET', '/connectors/orders/topics', 200, topics],
    ['GET', '/connectors/orders/tasks', 200, tasks],
    ['GET', '/connectors/orders/tasks/0/status', 200, task],
    ['GET', '/connectors/orders/offsets', 200, offsetList],
    ['PUT', '/connectors/orders/config', 200, info, changed],
    ['PUT', '/connectors/orders/pause', 202],
    ['PUT', '/connectors/orders/resume', 202],
    ['POST', '/connectors/orders/restart?includeTasks=false&onlyFailed=false', 204],
    ['POST', '/connectors/orders/tasks/0/restart', 204],
    ['PUT', '/connectors/orders/stop', 204],
    ['DELETE', '/connectors/orders/offsets', 200, z.object({ message: z.string() })],
    ['DELETE', '/connectors/orders', 204],
    ['GET', '/connectors/orders/status', 404, z.object({ error_code: z.literal(404), message: z.string() })],
  ],
  'kafka-ui (provectus)': [
    ['POST', '/connectors', 201, info, connector],
    ['GET', '/connectors', 200, names],
    ['GET', '/connectors/orders', 200, info],
    ['GET', '/connectors/orders/status', 200, status],
    // It reads `topic` or `topics` there, and fails without both.
    ['GET', '/connectors/orders/config', 200, z.looseObject({ topics: z.literal('orders') })],
    ['GET', '/connectors/orders/tasks', 200, tasks],
    ['GET', '/connectors/orders/tasks/0/status', 200, task],
    ['POST', '/connectors/orders/restart', 204],
    ['PUT', '/connectors/orders/pause', 202],
    ['PUT', '/connectors/orders/resume', 202],
    ['GET', '/connector-plugins', 200, plugins],
    ['PUT', `/connector-plugins/${plugin}/config/validate`, 200, validation, starrocksConfig],
    ['DELETE', '/connectors/orders', 204],
  ],
  'Redpanda Console': [
    ['GET', '/', 200, version],
    ['GET', '/connector-plugins', 200, plugins],
    ['PUT', `/connector-plugins/${plugin}/config/validate`, 200, validation, starrocksConfig],
    ['POST', '/connectors', 201, info, connector],
    ['GET', '/connectors?expand=info&expand=status', 200, expanded],
    ['GET', '/connectors/orders', 200, info],
    ['GET', '/connectors/orders/status', 200, status],
    ['GET', '/connectors/orders/config', 200, config],
    ['GET', '/connectors/orders/topics', 200, topics],
    ['PUT', '/connectors/orders/config', 200, info, changed],
    ['PUT', '/connectors/orders/pause', 202],
    ['PUT', '/connectors/orders/resume', 202],
    ['PUT', '/connectors/orders/topics/reset', 202],
    ['POST', '/connectors/orders/restart?includeTasks=true&onlyFailed=true', 202, status],
    ['POST', '/connectors/orders/tasks/0/restart', 204],
    ['PUT', '/connectors/orders/stop', 204],
    ['DELETE', '/connectors/orders', 204],
  ],
  'an exporter over REST': [
    ['POST', '/connectors', 201, info, connector],
    ['GET', '/connectors', 200, names],
    ['GET', '/connectors/orders/status', 200, status],
  ],
};

describe('requests of Kafka Connect’s clients', () => {
  it.each(Object.entries(CLIENTS))('%s is answered as it expects', async (_, calls) => {
    const rest = createRestWorker();
    rest.group.topics.set('orders', 1);
    for (const each of calls) await call(rest, each);
  });

  it('Terraform finds the configuration that it sent, key for key, and a deleted connector gone', async () => {
    const rest = createRestWorker();
    const sent = { ...starrocksConfig, 'starrocks.password': '${file:/run/secrets:pw}', 'tasks.max': '01' };
    const given = { ...sent, name: 'orders' };
    await call(rest, ['POST', '/connectors', 201, info, { name: 'orders', config: sent }]);
    await call(rest, ['GET', '/connectors/orders', 200, info]);
    // It waits until both are the same, for ever if they never are.
    expect(await call(rest, ['GET', '/connectors/orders/config', 200, config])).toEqual(given);
    const update = { ...given, 'bufferflush.intervalms': '2000' };
    await call(rest, ['PUT', '/connectors/orders/config', 200, info, update]);
    expect(await call(rest, ['GET', '/connectors/orders/config', 200, config])).toEqual(update);
    await call(rest, ['DELETE', '/connectors/orders', 204]);
    await call(rest, ['GET', '/connectors/orders', 404]);
  });
});
