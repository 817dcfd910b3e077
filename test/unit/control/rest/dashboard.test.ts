import { describe, expect, it } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { createRestWorker, type RestWorker, starrocksConfig } from '../../../support/rest-worker.ts';
import { taskReport } from '../../../support/task-report.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

async function get({ app }: RestWorker, url: string, headers: Record<string, string> = {}) {
  const { statusCode, headers: answered, body } = await app.inject({ method: 'GET', url, headers });
  return { status: statusCode, headers: answered, body };
}

async function getJson(rest: RestWorker, url: string): Promise<unknown> {
  return JSON.parse((await get(rest, url)).body) as unknown;
}

/** Makes a connector whose task runs. */
async function make(rest: RestWorker, name: string, more: Record<string, string> = {}): Promise<void> {
  const payload = JSON.stringify({ name, config: { ...starrocksConfig, ...more } });
  const headers = { 'content-type': 'application/json' };
  expect((await rest.app.inject({ method: 'POST', url: '/connectors', headers, payload })).statusCode).toBe(201);
  await eventually(() => expect(rest.worker.status(name).tasks[0]?.state).toBe('RUNNING'));
}

describe('the page', () => {
  it.each([BROWSER, 'text/html', 'application/xhtml+xml, text/html;q=0.5'])(
    'is shown to a browser, which accepts %s',
    async (accept) => {
      const { status, headers, body } = await get(createRestWorker(), '/', { accept });
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body).toContain('<title>Tributary</title>');
    },
  );

  it.each([undefined, '*/*', 'application/json', 'application/json, text/plain, */*'])(
    'gives way to the version for a program, which accepts %s',
    async (accept) => {
      const { status, headers, body } = await get(createRestWorker(), '/', accept === undefined ? {} : { accept });
      expect([status, headers['content-type']]).toEqual([200, 'application/json']);
      expect(JSON.parse(body)).toMatchObject({ kafka_cluster_id: 'cluster' });
    },
  );

  it.each([
    ['page.js', 'text/javascript; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('finds its %s, whatever the browser accepts for it', async (file, type) => {
    const { status, headers } = await get(createRestWorker(), `/tributary/dashboard/${file}`, { accept: 'image/*' });
    expect([status, headers['content-type']]).toEqual([200, type]);
  });

  it.each(['main.ts', '..%2fmain.js', '%2e%2e/index.html', '__proto__', ''])('has no file %s', async (file) => {
    expect((await get(createRestWorker(), `/tributary/dashboard/${file}`)).status).toBe(404);
  });

  it('runs its own scripts only, and is framed by nobody', async () => {
    const { headers } = await get(createRestWorker(), '/', { accept: BROWSER });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('leaves headers as a user wants them', async () => {
    const value = "default-src 'self'";
    const rest = createRestWorker({ headers: [{ action: 'set', name: 'Content-Security-Policy', value }] });
    expect((await get(rest, '/', { accept: BROWSER })).headers['content-security-policy']).toBe(value);
  });

  it.each(['/', '/tributary/dashboard/page.js', '/tributary/overview', '/tributary/connectors/a'])(
    'asks for a password at %s like the rest of the API',
    async (path) => {
      const rest = createRestWorker({ users: new Map([['anna', 'secret']]) });
      const { status, headers } = await get(rest, path, { accept: BROWSER });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="kafka-connect"']);
      const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
      expect((await get(rest, path, { accept: BROWSER, authorization })).status).not.toBe(401);
    },
  );
});

describe('the overview', () => {
  it('has the worst connector first, and what its rows and its lag are', async () => {
    const rest = createRestWorker();
    for (const name of ['b', 'a', 'bad']) await make(rest, name);
    const partition = { topic: 'orders', partition: 0, table: 't', position: 5, end: 12, inFlightBytes: 0, pauses: [] };
    const [task] = rest.tasks.get('a') ?? [];
    if (task) task.reported = taskReport({ rows: 5, lastProgress: Date.now(), partitions: [partition] });
    rest.tasks.get('bad')?.[0]?.fail(new Error('Nothing is right.'));
    await eventually(() => expect(rest.worker.status('bad').tasks[0]?.state).toBe('FAILED'));
    expect(await getJson(rest, '/tributary/overview')).toMatchObject({
      version: '0.1.0',
      connectors: [
        { name: 'bad', health: 'failed', reasons: ['Nothing is right.'] },
        { name: 'a', health: 'running', reasons: [], rows: 5, lag: 7 },
        { name: 'b', health: 'running', rows: 0, lag: 0 },
      ],
    });
  });

  it('is empty while there is no connector', async () => {
    expect(await getJson(createRestWorker(), '/tributary/overview')).toMatchObject({ connectors: [] });
  });
});

describe('what is told of one connector', () => {
  it('is what its task does, and goes on being told when that has failed', async () => {
    const rest = createRestWorker();
    await make(rest, 'a b/c');
    const reported = taskReport({ steps: ['bytes as they are'] });
    const [task] = rest.tasks.get('a b/c') ?? [];
    if (task) task.reported = reported;
    const path = `/tributary/connectors/${encodeURIComponent('a b/c')}`;
    expect(await getJson(rest, path)).toMatchObject({
      name: 'a b/c',
      target: 'RUNNING',
      tasks: [{ id: 0, state: 'RUNNING', worker: 'localhost:80' }],
      report: reported,
    });
    task?.fail(new Error('Nothing is right.'));
    await eventually(async () =>
      expect(await getJson(rest, path)).toMatchObject({
        health: 'failed',
        tasks: [{ id: 0, state: 'FAILED', failure: 'Nothing is right.' }],
        report: reported,
      }),
    );
  });

  it('is nothing of a task, once it is stopped', async () => {
    const rest = createRestWorker();
    await make(rest, 'a');
    await rest.worker.stop('a');
    const view = await getJson(rest, '/tributary/connectors/a');
    expect(view).toMatchObject({ health: 'stopped', tasks: [] });
    expect(view).not.toHaveProperty('report');
  });

  it('is that there is none, for a name that nobody knows', async () => {
    const { status, body } = await get(createRestWorker(), '/tributary/connectors/x');
    expect([status, JSON.parse(body)]).toEqual([404, { error_code: 404, message: 'Connector x not found' }]);
  });
});

describe('the check of a configuration', () => {
  it('tells each setting, hides passwords and what may be one, and changes nothing', async () => {
    const rest = createRestWorker();
    const secret = starrocksConfig['starrocks.password'];
    await make(rest, 'a', { 'consumer.override.sasl.jaas.config': `x password="${secret}";` });
    const { body } = await get(rest, '/tributary/connectors/a/check');
    expect(body).not.toContain(secret);
    const { settings } = JSON.parse(body) as { settings: { name: string; value: string; errors: string[] }[] };
    expect(settings).toContainEqual({ name: 'starrocks.password', value: '[hidden]', errors: [] });
    expect(settings).toContainEqual({ name: 'consumer.override.sasl.jaas.config', value: '[hidden]', errors: [] });
    expect(settings).toContainEqual({ name: 'topics', value: 'orders', errors: [] });
    expect(settings.flatMap(({ errors }) => errors)).toEqual([]);
    expect(rest.tasks.get('a')).toHaveLength(1);
  });
});
