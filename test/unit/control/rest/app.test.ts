import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../../../src/core/errors.ts';
import { transformProblems } from '../../../../src/record-operators.ts';
import { writeDecision } from '../../../../src/streams/decision-metadata.ts';
import { eventually } from '../../../support/eventually.ts';
import { connectorConfigs, createRestWorker, type RestWorker, starrocksConfig } from '../../../support/rest-worker.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(
  { app }: RestWorker,
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await app.inject({
    method,
    url,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? '' : (JSON.parse(answer.body) as unknown) };
}

const error = (status: number, message: string): Answer => ({ status, body: { error_code: status, message } });

describe('the REST API', () => {
  it.each([
    ['malformed JSON', '{bad', 400],
    ['a list', '[1]', 400],
    ['a text', '"x"', 400],
    ['a number as the name', '{"name":5,"config":{}}', 400],
    ['an object as a value', '{"name":"a","config":{"topics":{"a":1}}}', 400],
    ['a prototype', '{"name":"a","config":{"__proto__":{"x":1}}}', 400],
    ['a body of 2 MiB', `{"name":"a","config":{"topics":"${'x'.repeat(2 * 1024 ** 2)}"}}`, 413],
  ])('refuses %s, in the shape of every error', async (_, body, status) => {
    const answer = await call(createRestWorker(), 'POST', '/connectors', body);
    expect(answer).toEqual({ status, body: { error_code: status, message: expect.any(String) as string } });
  });

  it.each([
    '/connectors/..%5c..%5cadmin',
    '/connectors/..%2f..%2fetc%2fpasswd',
    '/connectors/%2e%2e/config',
    '/%00',
    '/connectors/__proto__',
    '/connectors/constructor/status',
    '/static/../package.json',
  ])('finds nothing at %s', async (path) => {
    const { status, body } = await call(createRestWorker(), 'GET', path);
    expect([status, body]).toEqual([404, { error_code: 404, message: expect.any(String) as string }]);
  });

  it.each([
    ['cannot be decoded', '/connectors/%zz', 400],
    ['is longer than any name', `/connectors/${'x'.repeat(5_000)}`, 414],
  ])('refuses a path that %s', async (_, path, status) => {
    expect(await call(createRestWorker(), 'GET', path)).toMatchObject({ status, body: { error_code: status } });
  });

  it('tells a request that cannot be read so, in the shape of every error', async () => {
    const { app } = createRestWorker();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const answered = (bytes: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
        socket.on('error', reject).on('close', () => resolve(answer));
      });
    expect(await answered(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 .*\r\n\r\n\{"error_code":431,"message":"HTTP 431 Request Header Fields Too Large"\}$/s,
    );
    expect(await answered('nonsense\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 .*\r\n\r\n\{"error_code":400,"message":"HTTP 400 Bad Request"\}$/s,
    );
    expect(await answered('TRACE /connectors HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 405 /,
    );
  });

  it('says what is wrong with a connector before it says that the name is taken', async () => {
    const rest = createRestWorker();
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig });
    const again = (changes: object): Promise<Answer> =>
      call(rest, 'POST', '/connectors', { name: 'a', config: { ...starrocksConfig, ...changes } });
    expect((await again({ 'tasks.max': '0' })).status).toBe(400);
    expect(await again({})).toEqual(error(409, 'Connector a already exists'));
  });

  it('takes a number for a name, and the number of a task below 0 for one that there is not', async () => {
    const rest = createRestWorker();
    const { status } = await call(rest, 'POST', '/connectors', { name: 5, config: starrocksConfig });
    expect([status, rest.worker.names]).toEqual([201, ['5']]);
    expect(await call(rest, 'GET', '/connectors/5/tasks/-1/status')).toEqual(
      error(404, 'No status found for task 5--1'),
    );
    expect(await call(rest, 'GET', '/connectors/5/tasks/2147483648/status')).toEqual(error(404, 'HTTP 404 Not Found'));
  });

  it('takes names with spaces, slashes and letters of every language', async () => {
    const rest = createRestWorker();
    const name = 'a b/cé 東京';
    const path = `/connectors/${encodeURIComponent(name)}`;
    const answer = await rest.app.inject({
      method: 'POST',
      url: '/connectors/',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      payload: JSON.stringify({ name, config: starrocksConfig }),
    });
    expect(answer.headers.location).toBe(`http://localhost:80${path}`);
    expect((await call(rest, 'GET', `${path}/config`)).body).toEqual({ ...starrocksConfig, name });
    expect((await call(rest, 'DELETE', path)).status).toBe(204);
  });

  it('takes a content type where there is no body, as scripts send it', async () => {
    const rest = createRestWorker();
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig });
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const answer = await rest.app.inject({
        method: 'PUT',
        url: '/connectors/a/pause',
        headers: { 'content-type': type },
        payload: '',
      });
      expect(answer.statusCode).toBe(202);
    }
  });

  it.each([
    ['text/html', 406],
    ['text/html, application/json;q=0.9', 200],
    ['*/*', 200],
    ['application/*', 200],
  ])('answers a client that accepts %s with %i', async (accept, status) => {
    expect((await call(createRestWorker(), 'GET', '/connectors', undefined, { accept })).status).toBe(status);
  });

  it('answers HEAD wherever it answers GET', async () => {
    expect(await call(createRestWorker(), 'HEAD', '/connectors')).toEqual({ status: 200, body: '' });
  });

  it('says that something takes too long, and goes on with it', async () => {
    const rest = createRestWorker({}, { answerMs: 20 });
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig });
    await eventually(() => expect(rest.worker.status('a').tasks[0]?.state).toBe('RUNNING'));
    let end: () => void = () => undefined;
    rest.tasks.get('a')?.[0]?.holds.set('stop', new Promise((resolve) => (end = resolve)));
    expect(await call(rest, 'PUT', '/connectors/a/stop')).toEqual(
      error(500, 'Request timed out. What was asked for goes on.'),
    );
    end();
    await eventually(() => expect(rest.worker.status('a').connector.state).toBe('STOPPED'));
  });

  it('answers 1,000 requests at once, most of them wrong, and goes on', async () => {
    const rest = createRestWorker();
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig });
    await rest.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = rest.app.server.address() as AddressInfo;
    const large = JSON.stringify({ name: 'b', config: { topics: 'x'.repeat(2 * 1024 ** 2) } });
    const kinds: readonly (readonly [method: string, path: string, body: string | undefined, status: number])[] = [
      ['GET', '/connectors?expand=status&expand=info', undefined, 200],
      ['POST', '/connectors', '{bad', 400],
      ['POST', '/connectors', JSON.stringify({ name: 'a', config: starrocksConfig }), 409],
      ['PUT', '/connectors/none/config', '{"connector.class":"nope"}', 400],
      ['GET', '/connectors/..%2f..%2fetc%2fpasswd', undefined, 404],
      ['DELETE', '/connectors/none', undefined, 404],
      ['PATCH', '/connectors', '{}', 405],
      ['GET', '/connectors/%zz', undefined, 400],
    ];
    const sent = Array.from({ length: 1_000 }, (_, index) =>
      // Some bodies are large: a client that goes on sending may see the connection end instead of the answer.
      index % 100 === 0 ? (['POST', '/connectors', large, 413] as const) : kinds[index % kinds.length],
    ).filter((kind) => kind !== undefined);
    const statuses = await Promise.all(
      sent.map(
        ([method, path, body, expected]) =>
          new Promise<string>((resolve) => {
            const headers = body === undefined ? {} : { 'content-type': 'application/json' };
            request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
              response.resume();
              resolve(`${expected} ${response.statusCode}`);
            })
              .on('error', () => resolve(`${expected} ${body === large ? expected : 'cut'}`))
              .end(body);
          }),
      ),
    );
    expect(statuses.filter((text) => !/^(\d+) \1$/.test(text))).toEqual([]);
    expect(await call(rest, 'GET', '/connectors')).toEqual({ status: 200, body: ['a'] });
    expect(rest.worker.status('a').connector.state).toBe('RUNNING');
  });

  it('tells why a task failed, and leaves the other connectors alone', async () => {
    const rest = createRestWorker();
    for (const name of ['a', 'b']) await call(rest, 'POST', '/connectors', { name, config: starrocksConfig });
    await eventually(() => expect(rest.worker.status('b').tasks[0]?.state).toBe('RUNNING'));
    rest.tasks.get('a')?.[0]?.fail(new Error('Nothing is right.'));
    await eventually(() => expect(rest.worker.status('a').tasks[0]?.state).toBe('FAILED'));
    expect((await call(rest, 'GET', '/connectors/a/status')).body).toMatchObject({
      connector: { state: 'RUNNING' },
      tasks: [{ id: 0, state: 'FAILED', trace: 'org.apache.kafka.connect.errors.ConnectException: Nothing is right.' }],
    });
    expect((await call(rest, 'GET', '/connectors/b/status')).body).toMatchObject({ tasks: [{ state: 'RUNNING' }] });
    expect((await call(rest, 'POST', '/connectors/a/restart?includeTasks=true&onlyFailed=true')).body).toMatchObject({
      connector: { state: 'RUNNING' },
      tasks: [{ state: 'RESTARTING' }],
    });
    await eventually(() => expect(rest.worker.status('a').tasks[0]?.state).toBe('RUNNING'));
    expect(rest.tasks.get('b')).toHaveLength(1);
  });

  it('starts a connector of a deleted name only when the deleted one has ended', async () => {
    const rest = createRestWorker();
    const config = { name: 'a', config: starrocksConfig };
    await call(rest, 'POST', '/connectors', config);
    await eventually(() => expect(rest.worker.status('a').tasks[0]?.state).toBe('RUNNING'));
    let end: () => void = () => undefined;
    rest.tasks.get('a')?.[0]?.holds.set('stop', new Promise((resolve) => (end = resolve)));
    const deleted = call(rest, 'DELETE', '/connectors/a');
    await eventually(() => expect(rest.worker.names).toEqual([]));
    expect((await call(rest, 'POST', '/connectors', config)).status).toBe(201);
    expect(rest.tasks.get('a')).toHaveLength(1);
    end();
    expect((await deleted).status).toBe(204);
    await eventually(() => expect(rest.tasks.get('a')).toHaveLength(2));
  });

  it('shows passwords nowhere but in the configuration itself', async () => {
    const rest = createRestWorker();
    const secret = starrocksConfig['starrocks.password'];
    const config = { ...starrocksConfig, 'tasks.max': 'x', bufferflushmaxbytes: '1', 'starrocks.pasword': secret };
    const { 'connector.class': _class, ...classless } = config;
    const answers = [
      await call(rest, 'POST', '/connectors', { name: 'a', config }),
      await call(rest, 'POST', '/connectors', { name: 'a', config: classless }),
      await call(rest, 'PUT', '/connector-plugins/StarRocksSink/config/validate', config),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200]);
    expect(JSON.stringify(answers)).not.toContain(secret);
    rest.prepareTask = (task) => (task.startError = new UnavailableError('StarRocks cannot be reached.'));
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig });
    await eventually(() => expect(rest.worker.status('a').tasks[0]?.state).toBe('FAILED'));
    expect(JSON.stringify((await call(rest, 'GET', '/connectors/a/status')).body)).not.toContain(secret);
    expect(JSON.stringify(rest.logger.entries)).not.toContain(secret);
    expect((await call(rest, 'GET', '/connectors/a/config')).body).toMatchObject({ 'starrocks.password': secret });
  });
});

describe('a validation', () => {
  it("says our own checks' problems at their settings, each once", async () => {
    const { body } = await call(createRestWorker(), 'PUT', '/connector-plugins/StarRocksSink/config/validate', {
      ...starrocksConfig,
      name: 'a',
      'starrocks.http.url': 'http://',
      'starrocks.topic2table.map': 'a=b',
      'tpoics.regex': 'x',
      'consumer.override.group.protocol': 'consumer',
    });
    const infos = body as {
      error_count: number;
      configs: { definition: object | null; value: { name: string; value: string; errors: string[] } }[];
    };
    const wrong = infos.configs.filter(({ value }) => value.errors.length > 0);
    expect(infos.error_count).toBe(4);
    expect(wrong.map(({ definition, value }) => [value.name, definition !== null])).toEqual([
      ['starrocks.http.url', true],
      ['starrocks.topic2table.map', true],
      ['tpoics.regex', false],
      ['consumer.override.group.protocol', false],
    ]);
    expect(wrong.at(2)?.value.errors).toEqual([
      '`tpoics.regex` (the configuration of a) is not a setting; did you mean `topics.regex`?',
    ]);
  });

  it("says in Kafka's words which transform or predicate there is not, and at which setting", async () => {
    const given = new Map(
      Object.entries({
        ...starrocksConfig,
        name: 'a',
        transforms: 't,u',
        'transforms.t.type': 'com.example.Missing',
        'transforms.u.type': 'org.apache.kafka.connect.transforms.InsertHeader',
        'transforms.u.header': 'h',
        predicates: 'p',
        'predicates.p.type': 'Missing',
      }),
    );
    const { infos, pipeline } = await connectorConfigs().judge(given, transformProblems);
    expect(pipeline).toBeUndefined();
    const wrong = infos.configs.filter(({ value }) => value.errors.length > 0).map(({ value }) => value);
    expect(wrong.map(({ name, errors }) => [name, errors.map((text) => text.slice(0, 99))])).toEqual([
      [
        'transforms.t.type',
        ['Invalid value com.example.Missing for configuration transforms.t.type: Class com.example.Missing co'],
      ],
      [
        'predicates.p.type',
        ['Invalid value Missing for configuration predicates.p.type: Class Missing could not be found. There '],
      ],
      [
        'transforms.u.value.literal',
        ['Missing required configuration "transforms.u.value.literal" which has no default value.'],
      ],
    ]);
  });

  it('takes what no number of its type can hold for none', async () => {
    const { infos } = await connectorConfigs().judge(
      new Map(Object.entries({ ...starrocksConfig, name: 'a', 'tasks.max': '99999999999' })),
    );
    expect(infos.configs.find(({ value }) => value.name === 'tasks.max')?.value).toMatchObject({
      value: null,
      errors: [
        'Invalid value 99999999999 for configuration tasks.max: Not a number of type INT',
        'Invalid value null for configuration tasks.max: Value must be non-null',
      ],
    });
  });

  it('hides a password, and what stands at a setting that nobody knows', async () => {
    const { body } = await call(createRestWorker(), 'PUT', '/connector-plugins/StarRocksSink/config/validate', {
      ...starrocksConfig,
      name: 'a',
    });
    const { configs } = body as { configs: { value: { name: string; value: string | null } }[] };
    expect(configs.find(({ value }) => value.name === 'starrocks.password')?.value.value).toBe('[hidden]');
  });
});

describe('offsets over the REST API', () => {
  it('are left alone where a load was interrupted: only they say how it ends', async () => {
    const rest = createRestWorker();
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig, initial_state: 'stopped' });
    rest.group.topics.set('orders', 1);
    const offsets = [{ partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: { kafka_offset: 3 } }];
    rest.group.offsets = [
      {
        topic: 'orders',
        partition: 0,
        offset: 5,
        metadata: writeDecision({
          state: 'decided',
          label: 'l',
          database: 'shop',
          table: 'orders',
          nextOffset: 9,
          time: 0,
        }),
      },
    ];
    const refusal = error(
      400,
      'A load of topic orders, partition 0 was interrupted, and its offset says how it ends. Resume the connector, which ends the load, stop it, and try again; or settle the load with `node dist/main.js resolve`.',
    );
    expect(await call(rest, 'PATCH', '/connectors/a/offsets', { offsets })).toEqual(refusal);
    expect(await call(rest, 'DELETE', '/connectors/a/offsets')).toEqual(refusal);
    expect(rest.group.offsets[0]?.offset).toBe(5);
  });

  it.each([
    ['a partition twice', [offsetOf(0, 1), offsetOf(0, 2)], 400],
    ['a partition that the topic has not', [offsetOf(7, 1)], 500],
    ['an offset that is no number', [{ ...offsetOf(0, 1), offset: { kafka_offset: 'x' } }], 400],
    ['an offset beyond 2^53', [{ ...offsetOf(0, 1), offset: { kafka_offset: 1e300 } }], 400],
    ['null for a partition', [{ ...offsetOf(0, 1), partition: { kafka_topic: 'orders', kafka_partition: null } }], 400],
    ['a list of texts', ['x'], 400],
  ])('are refused: %s', async (_, offsets, status) => {
    const rest = createRestWorker();
    await call(rest, 'POST', '/connectors', { name: 'a', config: starrocksConfig, initial_state: 'stopped' });
    rest.group.topics.set('orders', 1);
    expect((await call(rest, 'PATCH', '/connectors/a/offsets', { offsets })).status).toBe(status);
    expect(rest.group.offsets).toEqual([]);
  });
});

function offsetOf(partition: number, offset: number): object {
  return { partition: { kafka_topic: 'orders', kafka_partition: partition }, offset: { kafka_offset: offset } };
}

describe('access to the REST API', () => {
  const users = new Map([['anna', 'pa:ss']]);
  const basic = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });

  it.each([
    ['the right password', basic('anna:pa:ss'), 200],
    ['a wrong password', basic('anna:pass'), 401],
    ['an unknown user', basic('otto:pa:ss'), 401],
    ['an unknown user without a password', basic('otto:'), 401],
    ['no password', basic('anna'), 401],
    ['nothing', {}, 401],
    ['something else', { authorization: 'Bearer x' }, 401],
  ])('with %s is answered so', async (_, headers, status) => {
    expect((await call(createRestWorker({ users }), 'GET', '/connectors', undefined, headers)).status).toBe(status);
  });

  it('asks for a password before it says which paths there are', async () => {
    expect(await call(createRestWorker({ users }), 'GET', '/nope')).toEqual(
      error(401, 'User cannot access the resource.'),
    );
  });

  it('from a page is granted to the origins that are named, and to no other', async () => {
    const { app } = createRestWorker({ users, allowOrigins: ['https://ui.test'], allowMethods: ['GET', 'PUT'] });
    const preflight = { 'access-control-request-method': 'PUT' };
    const granted = await app.inject({
      method: 'OPTIONS',
      url: '/connectors',
      headers: { origin: 'https://ui.test', ...preflight },
    });
    expect(granted.statusCode).toBe(200);
    expect(granted.headers).toMatchObject({
      'access-control-allow-origin': 'https://ui.test',
      'access-control-allow-methods': 'GET,PUT',
    });
    const refused = await app.inject({
      method: 'OPTIONS',
      url: '/connectors',
      headers: { origin: 'https://evil.test', ...preflight },
    });
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, undefined]);
  });

  it('gives every answer the headers that are wanted, also errors', async () => {
    const { app } = createRestWorker({
      headers: [
        { action: 'add', name: 'X-XSS-Protection', value: '1; mode=block' },
        { action: 'setDate', name: 'Expires', value: '0' },
      ],
    });
    for (const url of ['/connectors', '/nope']) {
      const { headers } = await app.inject({ method: 'GET', url });
      expect(headers['x-xss-protection']).toBe('1; mode=block');
      expect(Date.parse(String(headers['expires']))).toBeGreaterThan(Date.now() - 60_000);
    }
  });

  it('to topics can be switched off', async () => {
    const off = createRestWorker({ topicTracking: false });
    expect(await call(off, 'GET', '/connectors/a/topics')).toEqual(error(403, 'Topic tracking is disabled.'));
    const kept = createRestWorker({ topicTrackingReset: false });
    expect(await call(kept, 'PUT', '/connectors/a/topics/reset')).toEqual(
      error(403, 'Topic tracking reset is disabled.'),
    );
  });
});
