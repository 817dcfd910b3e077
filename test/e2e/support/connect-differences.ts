import { expect } from 'vitest';
import { comparableDefinitions, comparableValidation } from '../../support/connect-validation.ts';

/** What a worker answered; what tells the two workers and their connectors apart is left out. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly location: string | undefined;
  /** The methods of a 405 or OPTIONS. */
  readonly allow: readonly string[] | undefined;
  readonly body: unknown;
}

/** What is different here on purpose. */
export interface Difference {
  readonly why: string;
  readonly concerns: (title: string, theirs: Answer) => boolean;
  /** What is answered here instead. */
  readonly answer: (theirs: Answer) => unknown;
  /** What is looked at of both; by default everything. */
  readonly seen?: (answer: Answer) => unknown;
}

const words = expect.any(String) as unknown;
const error = (status: number, message = words): unknown => ({
  status,
  contentType: 'application/json',
  location: undefined,
  allow: undefined,
  body: { error_code: status, message },
});
const oneOf =
  (...titles: readonly string[]) =>
  (title: string): boolean =>
    titles.includes(title);
const a = '/connectors/a-{id}';
const SINK = 'com.starrocks.connector.kafka.StarRocksSinkConnector';
const ONLY_OURS = 'only the plugins and settings that can be used here are listed and described, in our own words';
const AT_ONCE = 'a connector has its tasks as soon as it is made';
const LIMITS = 'a body has 1 MiB at most, a name 2,000 characters, the head of a request 16 KiB';
const SLASH = 'a name may have a slash in it, as up to Kafka Connect 4.1';

/** How many answers there are of each kind, as docs/rest-api.md lists them. */
export const differenceCounts: Readonly<Record<string, number>> = {
  'the same': 196,
  'the version says that this is not Kafka Connect, and which endpoints there are': 2,
  'errors of unknown paths, methods and types say that they are JSON, and a 405 names the methods that there are, as HTTP asks': 29,
  'a request that is at fault is 400 and not 500, in our own words': 43,
  'a mistake that Kafka Connect tells with names of Java, or with every setting, passwords too, is told in our own words': 9,
  [AT_ONCE]: 7,
  [LIMITS]: 3,
  [SLASH]: 2,
  'there is no page in HTML about a path that cannot be right: it is not found, or cannot be read': 9,
  'a semicolon is a part of a path like any other letter': 2,
  'what contradicts itself is refused': 2,
  'the task of a stopped connector is not there, where Kafka Connect says for ever that there is a rebalance': 1,
  [ONLY_OURS]: 18,
  'a time of retries that means nothing is refused': 1,
  'loggers are those of this process, not of Java classes': 2,
};

/** The first one that concerns a request counts. */
export const differences: readonly Difference[] = [
  {
    why: 'the version says that this is not Kafka Connect, and which endpoints there are',
    concerns: oneOf('GET /', 'GET / for anything'),
    answer: (theirs) => ({
      ...theirs,
      body: expect.objectContaining({ version: '4.1.0-tributary-{version}', commit: 'unknown' }) as unknown,
    }),
  },
  {
    why: 'errors of unknown paths, methods and types say that they are JSON, and a 405 names the methods that there are, as HTTP asks',
    concerns: (_, { status, contentType, body }) => status >= 400 && contentType === undefined && body !== '',
    answer: (theirs) => ({
      ...theirs,
      contentType: 'application/json',
      allow: theirs.status === 405 ? (expect.arrayContaining(['OPTIONS']) as unknown) : undefined,
    }),
  },
  {
    why: 'a request that is at fault is 400 and not 500, in our own words',
    concerns: (_, { status }) => status === 500,
    answer: () => error(400),
  },
  {
    why: 'a mistake that Kafka Connect tells with names of Java, or with every setting, passwords too, is told in our own words',
    concerns: oneOf(
      ...['null for a value', 'no class', 'an empty class', 'an unknown class'].map(
        (what) => `POST /connectors with ${what}`,
      ),
      ...['a broken expression', 'an unknown converter', 'an unknown transformation', 'an unknown predicate'].map(
        (what) => `POST /connectors with ${what}`,
      ),
      `PATCH ${a}/config taking its class away`,
    ),
    answer: ({ status }) => error(status),
  },
  {
    why: AT_ONCE,
    concerns: (_, { status }) => status === 201,
    answer: (theirs) => ({
      ...theirs,
      body: { ...(theirs.body as object), tasks: [{ connector: words, task: 0 }] },
    }),
  },
  {
    why: AT_ONCE,
    concerns: oneOf('GET /connectors/w-{id}/status with initial state PAUSED'),
    answer: (theirs) => ({
      ...theirs,
      body: {
        ...(theirs.body as object),
        tasks: [{ id: 0, state: 'PAUSED', worker_id: 'worker', version: '{version}' }],
      },
    }),
  },
  {
    why: LIMITS,
    concerns: oneOf('POST /connectors with 2 MiB of a setting'),
    answer: () => error(413),
  },
  {
    why: LIMITS,
    concerns: oneOf(`GET /connectors/${'x'.repeat(5_000)}`),
    answer: () => error(414),
  },
  {
    why: LIMITS,
    concerns: oneOf(`GET /connectors/${'x'.repeat(20_000)}`),
    answer: () => error(431),
  },
  {
    why: SLASH,
    concerns: oneOf('PUT /connectors/x%2Fy-{id}/config with a slash in the name'),
    answer: () => expect.objectContaining({ status: 201, location: 'http://worker/connectors/x%2Fy-{id}' }) as unknown,
  },
  {
    why: SLASH,
    concerns: oneOf('DELETE /connectors/x%2Fy-{id} with a slash in the name'),
    answer: () => expect.objectContaining({ status: 204, body: '' }) as unknown,
  },
  {
    why: 'there is no page in HTML about a path that cannot be right: it is not found, or cannot be read',
    concerns: (_, { contentType }) => contentType?.startsWith('text/html') === true,
    answer: () => expect.toSatisfy(isRefusedPath) as unknown,
  },
  {
    why: 'a semicolon is a part of a path like any other letter',
    concerns: (title) => /^GET [^ ]*;/.test(title),
    answer: () => error(404),
  },
  {
    why: 'what contradicts itself is refused',
    concerns: oneOf(`PATCH ${a}/config with another name`, `PATCH ${a}/offsets twice for a partition`),
    answer: () => error(400),
  },
  {
    why: 'the task of a stopped connector is not there, where Kafka Connect says for ever that there is a rebalance',
    concerns: oneOf(`POST ${a}/tasks/0/restart while it is stopped`),
    answer: () => error(404, 'Unknown task: a-{id}-0'),
  },
  {
    why: ONLY_OURS,
    concerns: (title) => /^GET \/connector-plugins\/?(?:\?.*)?$/.test(title),
    answer: () => [SINK],
    seen: ({ body }) =>
      (body as { class: string; type: string }[]).flatMap((one) => (one.type === 'sink' ? one.class : [])),
  },
  {
    why: ONLY_OURS,
    concerns: oneOf('GET /connector-plugins/JsonConverter/config'),
    answer: ({ body }) => aboutSchemas(body),
    seen: ({ body }) => aboutSchemas(body),
  },
  {
    why: ONLY_OURS,
    concerns: oneOf(
      ...[SINK, 'StarRocksSinkConnector', 'StarRocksSink'].map((name) => `GET /connector-plugins/${name}/config`),
    ),
    answer: ({ body }) => comparableDefinitions(body),
    seen: ({ body }) => comparableDefinitions(body),
  },
  {
    why: 'a time of retries that means nothing is refused',
    concerns: (title) => title.endsWith('of numbers without a sense'),
    answer: ({ body }) =>
      withErrors(comparableValidation(body), {
        'errors.retry.timeout': 'Invalid value -2 for configuration errors.retry.timeout: Value must be at least -1',
        'errors.retry.delay.max.ms':
          'Invalid value 0 for configuration errors.retry.delay.max.ms: Value must be at least 1',
      }),
    seen: ({ body }) => comparableValidation(body),
  },
  {
    why: ONLY_OURS,
    concerns: (title, { status }) => title.includes('/config/validate') && status === 200,
    answer: ({ body }) => comparableValidation(body),
    seen: ({ body }) => comparableValidation(body),
  },
  {
    why: 'loggers are those of this process, not of Java classes',
    concerns: oneOf('GET /admin/loggers', 'GET /admin/loggers/'),
    answer: ({ body }) => rootLevel(body),
    seen: ({ body }) => rootLevel(body),
  },
];

function isRefusedPath({ status, contentType }: Answer): boolean {
  return (status === 400 || status === 404) && contentType === 'application/json';
}

function aboutSchemas(body: unknown): unknown {
  return (body as { name: string; type: string; default_value: string }[]).flatMap(({ name, type, default_value }) =>
    name === 'schemas.enable' ? [{ name, type, default_value }] : [],
  );
}

function rootLevel(body: unknown): unknown {
  return (body as { root?: unknown }).root;
}

function withErrors(
  settings: ReturnType<typeof comparableValidation>,
  errors: Readonly<Record<string, string>>,
): unknown {
  return settings.map((setting) => ({ ...setting, errors: [errors[setting.name] ?? []].flat() }));
}
