import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comparableValidation } from '../../../support/connect-validation.ts';
import { createRestWorker } from '../../../support/rest-worker.ts';

const CLASS = 'com.starrocks.connector.kafka.StarRocksSinkConnector';

/** A request to a real worker of Kafka Connect 4.1.0, and its answer. They were made in this order. */
const vectors = z
  .array(
    z.object({
      note: z.string().optional(),
      method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
      path: z.string(),
      body: z.unknown().optional(),
      status: z.number(),
      contentType: z.string().nullable(),
      location: z.string().nullable(),
      allow: z.string().nullable(),
      response: z.unknown(),
    }),
  )
  .parse(translated(readFileSync(new URL('../../../vectors/connect-rest-4.1.0.json', import.meta.url), 'utf8')));

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly location: string | null;
  readonly allow: readonly string[] | null;
  readonly body: unknown;
}

/** What is different here on purpose, and what is answered instead. */
interface Difference {
  readonly why: string;
  readonly answer: (theirs: Answer) => unknown;
}

/** The recorded worker ran a connector that dumps records; ours takes its place, and its settings those of the other. */
function translated(text: string): unknown {
  const settings = { 'starrocks.http.url': 'fe:8030', 'starrocks.database.name': 'shop', 'starrocks.username': 'root' };
  const inText: [string, string][] = [
    ['oracle.DumpSinkConnector$DumpTask', 'com.starrocks.connector.kafka.StarRocksSinkTask'],
    ['oracle.DumpSinkConnector', CLASS],
    ['/DumpSinkConnector/', '/StarRocksSinkConnector/'],
    ['request type DumpSinkConnector', 'request type StarRocksSinkConnector'],
    ['127.0.0.1:18084', 'localhost:80'],
    ['1.0-oracle', '0.1.0'],
    ['dump.retry.ms: Value must be at least 0', 'connect.timeoutms: Value must be at least 100'],
    ['dump.retry.ms', 'connect.timeoutms'],
  ];
  const changed = inText.reduce((all, [theirs, ours]) => all.replaceAll(theirs, ours), text);
  return JSON.parse(changed, (key, value: unknown) => {
    // Its least value is 100 here.
    if (key === 'connect.timeoutms' && /^[57]$/.test(String(value))) return `${String(value)}00`;
    if (typeof value !== 'object' || value === null || !('dump.file' in value)) return value;
    const { 'dump.file': _file, ...others } = value;
    return { ...others, ...settings, 'starrocks.password': 'secret' };
  });
}

/** Kafka Connect answers 500 where the request is at fault. */
function refused(message: string): Difference {
  return {
    why: 'a request that is at fault is 400, and the message is our own',
    answer: (theirs) => ({ ...theirs, status: 400, body: { error_code: 400, message } }),
  };
}

const routing: Difference = {
  why: 'errors of routing are JSON too, and say so',
  answer: (theirs) => ({ ...theirs, contentType: 'application/json' }),
};

const methodNotAllowed: Difference = {
  why: 'errors of routing are JSON too, and a 405 names the methods that there are, as HTTP asks',
  answer: (theirs) => ({ ...theirs, contentType: 'application/json', allow: ['GET', 'HEAD', 'OPTIONS', 'POST'] }),
};

/** A connector that is made over REST has its tasks at once, as in a standalone worker; the recorded one was distributed. */
const taskAtOnce: Difference = {
  why: 'the tasks are there at once, as in a standalone worker',
  answer: (theirs) => ({
    ...theirs,
    body: expect.objectContaining({
      tasks: expect.arrayContaining([{ connector: expect.any(String) as string, task: 0 }]) as object,
    }) as object,
  }),
};

const otherPlugins: Difference = {
  why: 'only the plugins that can be used here are listed',
  answer: (theirs) => ({
    ...theirs,
    body: expect.arrayContaining([{ class: CLASS, type: 'sink', version: '0.1.0' }]) as object,
  }),
};

const otherSettings: Difference = {
  why: 'the connector has other settings, which stand before those of Kafka Connect',
  answer: (theirs) => ({
    ...theirs,
    body: expect.arrayContaining([
      expect.objectContaining({ name: 'starrocks.password', type: 'PASSWORD', required: true }),
      expect.objectContaining({ name: 'tasks.max', type: 'INT', default_value: '1', group: 'Common', order: 4 }),
    ]) as object,
  }),
};

function unknownPlugin(name: string): Difference {
  return {
    why: 'a plugin that cannot be used here is unknown',
    answer: (theirs) => ({ ...theirs, status: 404, body: { error_code: 404, message: `Unknown plugin ${name}.` } }),
  };
}

const otherWords: Difference = {
  why: 'descriptions are our own, there are no versions of plugins and no lists of converters, and the connector has other settings',
  answer: (theirs) => ({ ...theirs, body: comparableValidation(theirs.body) }),
};

const loggers: Difference = {
  why: 'loggers are those of this process, not of Java classes',
  answer: (theirs) => ({ ...theirs, body: expect.anything() as unknown }),
};

const differences = new Map<number, Difference>([
  [
    0,
    {
      why: 'the version says that this is not Kafka Connect',
      answer: (theirs) => ({
        ...theirs,
        body: { version: '4.1.0-tributary-0.1.0', commit: 'unknown', kafka_cluster_id: 'cluster' },
      }),
    },
  ],
  [5, routing],
  [6, methodNotAllowed],
  [8, refused("Body is not valid JSON but content-type is set to 'application/json'")],
  [9, refused('The request must be a JSON object.')],
  [10, routing],
  [11, refused('The request needs a "config".')],
  [
    14,
    refused(
      `Failed to find any class that implements Connector and which name matches com.nope.Missing, available connectors are: ${CLASS}`,
    ),
  ],
  [22, taskAtOnce],
  [25, refused('Unrecognized field "unknown_field" (3 known properties: "config", "name", "initial_state")')],
  [27, taskAtOnce],
  [41, routing],
  [50, taskAtOnce],
  [98, taskAtOnce],
  [99, refused('The initial_state must be RUNNING, PAUSED, STOPPED, and is "bogus".')],
  [103, otherPlugins],
  [104, otherPlugins],
  [105, otherSettings],
  [106, otherSettings],
  [108, unknownPlugin('org.apache.kafka.connect.transforms.Cast$Value')],
  [
    109,
    {
      why: 'only the settings that make a difference here are listed',
      answer: (theirs) => ({
        ...theirs,
        body: expect.arrayContaining([
          expect.objectContaining({ name: 'schemas.enable', type: 'BOOLEAN', default_value: 'true' }),
        ]) as object,
      }),
    },
  ],
  [110, unknownPlugin('org.apache.kafka.connect.transforms.predicates.TopicNameMatches')],
  [111, otherWords],
  [112, otherWords],
  [114, refused('Connector config {} contains no connector type')],
  [
    115,
    refused(
      `Failed to find any class that implements Connector and which name matches nope, available connectors are: ${CLASS}`,
    ),
  ],
  [116, otherWords],
  [117, loggers],
  [
    119,
    {
      why: 'loggers are those of this process, not of Java classes',
      answer: (theirs) => ({
        ...theirs,
        status: 404,
        body: {
          error_code: 404,
          message: 'Logger org.apache.kafka.connect.runtime.WorkerSinkTask not found.',
        },
      }),
    },
  ],
  [120, loggers],
  [121, loggers],
  [122, loggers],
]);

const ours: Answer[] = [];

let finish: () => Promise<void>;
afterAll(() => finish());

beforeAll(async () => {
  const { app, group } = createRestWorker({}, { onFinished: (end) => (finish = end) });
  group.topics.set('probe-a', 1).set('probe-b', 1);
  group.offsets = [
    { topic: 'probe-a', partition: 0, offset: 5, metadata: '' },
    { topic: 'probe-b', partition: 0, offset: 0, metadata: '' },
  ];
  for (const { method, path, body, note } of vectors) {
    const answer = await app.inject({
      method,
      url: path,
      ...(body !== undefined && {
        payload: typeof body === 'string' ? body : JSON.stringify(body),
        headers: note === 'wrong content type' ? {} : { 'content-type': 'application/json' },
      }),
    });
    ours.push({
      status: answer.statusCode,
      contentType: answer.headers['content-type']?.toString() ?? null,
      location: answer.headers.location ?? null,
      allow: methods(answer.headers['allow']?.toString() ?? null),
      body: parsed(answer.body),
    });
    // What was asked for is done with the next turn: the tasks are fakes.
    await setImmediate();
  }
});

function methods(allow: string | null): string[] | null {
  return allow === null ? null : allow.split(',').sort();
}

function parsed(body: string): unknown {
  return /^[[{]/.test(body) ? (JSON.parse(body) as unknown) : body;
}

function recorded(index: number): Answer {
  const vector = vectors[index];
  if (!vector) throw new Error(`There is no vector ${index}`);
  const { status, contentType, location, allow, response, method } = vector;
  // The order in which it lists the methods has no meaning.
  const body = method === 'OPTIONS' ? (expect.any(String) as unknown) : response;
  return { status, contentType, location, allow: methods(allow), body };
}

describe(`${vectors.length - differences.size} of ${vectors.length} answers are those of Kafka Connect 4.1.0, ${differences.size} differ as meant`, () => {
  it('has all of them', () => expect(vectors).toHaveLength(135));

  it.each(vectors.map(({ method, path, note = '' }, index) => ({ index, method, path, note })))(
    '$index: $method $path $note',
    ({ index }) => {
      const difference = differences.get(index);
      const theirs = recorded(index);
      const answer = ours[index];
      if (!difference) {
        expect(answer).toEqual(theirs);
        return;
      }
      // One that has come to be equal is to be taken off the list.
      expect(answer, difference.why).not.toEqual(theirs);
      const isValidation = difference === otherWords;
      const seen = isValidation && answer ? { ...answer, body: comparableValidation(answer.body) } : answer;
      expect(seen, difference.why).toEqual(difference.answer(theirs));
    },
  );
});
