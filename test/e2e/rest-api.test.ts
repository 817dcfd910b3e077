import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { MainProcess } from './support/main-process.ts';
import { type Api, apiOf } from './support/rest-api.ts';
import { createScene, type Scene, type SceneOptions } from './support/scene.ts';
import { kafkaClient, produceRows, produceValues } from './support/topic.ts';

/** A worker with its one connector, and its REST API at a free port. */
async function startWorker(options?: SceneOptions): Promise<{ scene: Scene; main: MainProcess; api: Api }> {
  const scene = await createScene(options);
  const main = scene.run(await scene.connectFiles({ worker: { listeners: 'http://127.0.0.1:0' } }));
  const api = await apiOf(main);
  await api.untilStates(scene.pipeline, 'RUNNING RUNNING');
  return { scene, main, api };
}

async function untilLoaded(scene: Scene, rows: number): Promise<void> {
  await eventually(async () => expect(await scene.counts()).toEqual({ all: rows, distinct: rows }), 60_000);
}

/** Members of the pipeline's group. */
async function memberCount(scene: Scene): Promise<number> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([`connect-${scene.pipeline}`]);
    return groups[0]?.members.length ?? 0;
  } finally {
    await admin.disconnect();
  }
}

const offsetsOf = (topic: string, offset: number | null): unknown => ({
  offsets: [
    {
      partition: { kafka_topic: topic, kafka_partition: 0 },
      offset: offset === null ? null : { kafka_offset: offset },
    },
  ],
});

describe('the REST API of pipeline files', () => {
  it('is served where a file asks for it: health, readiness, metrics and dashboard of its pipeline, and none of its passwords', async () => {
    const scene = await createScene({ columns: 'id BIGINT NOT NULL, city VARCHAR(5)' });
    const { pipeline, topic, starrocks } = scene;
    const file = join(scene.dir, 'pipeline.json');
    await writeFile(
      file,
      JSON.stringify({
        name: pipeline,
        kafka: { brokers: [inject('kafka').bootstrapServers], topics: [topic] },
        starrocks: { urls: [starrocks.feHostPort], database: 'example_db', username: 'root', password: '' },
        flush: { intervalMs: 50 },
        rest: { listeners: ['http://127.0.0.1:0'] },
      }),
    );
    const main = scene.run([file]);
    const api = await apiOf(main);
    await produceValues(topic, ['{"id":1,"city":"a"}', '{"id":2,"city":"b"}']);
    await untilLoaded(scene, 2);
    await eventually(async () => {
      expect((await api.call('GET', '/health')).status).toBe(200);
      expect(await api.call('GET', '/ready')).toEqual({ status: 200, body: { status: 'ready', problems: [] } });
      const rows = `tributary_rows_loaded_total{connector="${pipeline}",task="0",table="${topic}"}`;
      expect((await api.metrics()).get(rows)).toBe(2);
    });
    const page = await fetch(api.base, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(10_000) });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Tributary</title>')]);
    expect((await api.call('GET', `/connectors/${pipeline}/config`)).body).toMatchObject({
      'kafka.topics': topic,
      'starrocks.password': '[hidden]',
    });
    expect((await api.call('DELETE', `/connectors/${pipeline}`)).status).toBe(403);

    await produceValues(topic, ['{"id":3,"city":"much too long"}']);
    await eventually(async () => {
      const { status, body } = await api.call('GET', '/ready');
      expect([status, JSON.stringify(body)]).toEqual([503, expect.stringMatching(/too long/)]);
    });
    expect((await api.call('GET', '/health')).status).toBe(200);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 1, signal: null });
  });
});

describe('the REST API of a worker', () => {
  it('counts for Prometheus what is loaded, and is not ready while a table has stopped', async () => {
    const { scene, main, api } = await startWorker({ columns: 'id BIGINT NOT NULL, city VARCHAR(5)' });
    const { pipeline, topic } = scene;
    const task = `connector="${pipeline}",task="0"`;
    await produceValues(topic, ['{"id":1,"city":"a"}', '{"id":2,"city":"b"}']);
    await untilLoaded(scene, 2);
    await eventually(async () =>
      expect(await api.call('GET', '/ready')).toEqual({ status: 200, body: { status: 'ready', problems: [] } }),
    );
    const partition = `topic="${topic}",partition="0",${task}`;
    // The task tells of itself a few times a second.
    await eventually(async () => {
      const well = await api.metrics();
      expect(well.get(`tributary_rows_loaded_total{${task},table="${topic}"}`)).toBe(2);
      expect(well.get(`tributary_transactions_total{outcome="committed",${task}}`)).toBeGreaterThan(0);
      expect(well.get(`tributary_partition_offset{${partition}}`)).toBe(2);
      expect(well.get(`tributary_partition_lag_records{${partition}}`)).toBe(0);
      expect(well.get(`tributary_task_event_loop_lag_seconds{${task}}`)).toBeGreaterThanOrEqual(0);
      expect(well.has(`tributary_table_stopped{table="${topic}",${task}}`)).toBe(false);
    });

    await produceValues(topic, ['{"id":3,"city":"much too long"}']);
    await eventually(async () => {
      const { status, body } = await api.call('GET', '/ready');
      expect([status, JSON.stringify(body)]).toEqual([503, expect.stringMatching(/has stopped\. .*too long/)]);
    });
    const stopped = await api.metrics();
    expect(stopped.get(`tributary_table_stopped{table="${topic}",${task}}`)).toBe(1);
    expect(stopped.get(`tributary_partition_lag_records{${partition}}`)).toBe(1);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 1, signal: null });
  });

  it('pauses a connector, which stays in its group and loads nothing, and resumes it: every row once', async () => {
    const { scene, main, api } = await startWorker();
    const { pipeline, topic } = scene;
    await produceRows(topic, { to: 1_000 });
    await untilLoaded(scene, 1_000);
    expect(await api.call('PUT', `/connectors/${pipeline}/pause`)).toEqual({ status: 202, body: undefined });
    await api.untilStates(pipeline, 'PAUSED PAUSED');
    await produceRows(topic, { from: 1_000, to: 2_000 });
    // Longer than the session would last without a sign of life: 6 s.
    const since = Date.now();
    await eventually(() => expect(Date.now() - since).toBeGreaterThan(8_000));
    expect(await scene.counts()).toEqual({ all: 1_000, distinct: 1_000 });
    expect(await memberCount(scene)).toBe(1);
    expect(main.logged('Assigned')).toHaveLength(1);
    expect(await api.call('PUT', `/connectors/${pipeline}/resume`)).toEqual({ status: 202, body: undefined });
    await untilLoaded(scene, 2_000);
    expect(await api.states(pipeline)).toBe('RUNNING RUNNING');
    expect(await api.call('GET', `/connectors/${pipeline}/topics`)).toEqual({
      status: 200,
      body: { [pipeline]: { topics: [topic] } },
    });
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  });

  it('stops a connector, which leaves its group; moves its offsets, and loads from there', async () => {
    const { scene, api } = await startWorker();
    const { pipeline, topic } = scene;
    await produceRows(topic, { to: 1_000 });
    await untilLoaded(scene, 1_000);
    expect((await api.call('PATCH', `/connectors/${pipeline}/offsets`, offsetsOf(topic, 0))).status).toBe(400);
    expect(await api.call('PUT', `/connectors/${pipeline}/stop`)).toEqual({ status: 204, body: undefined });
    expect(await api.states(pipeline)).toBe('STOPPED');
    expect(await memberCount(scene)).toBe(0);
    expect((await api.call('GET', `/connectors/${pipeline}/offsets`)).body).toEqual(offsetsOf(topic, 1_000));
    expect((await api.call('PATCH', `/connectors/${pipeline}/offsets`, offsetsOf(topic, 900))).status).toBe(200);
    expect((await api.call('GET', `/connectors/${pipeline}/offsets`)).body).toEqual(offsetsOf(topic, 900));
    await api.call('PUT', `/connectors/${pipeline}/resume`);
    await eventually(async () => expect(await scene.counts()).toEqual({ all: 1_100, distinct: 1_000 }), 60_000);
    await api.call('PUT', `/connectors/${pipeline}/stop`);
    expect((await api.call('PATCH', `/connectors/${pipeline}/offsets`, offsetsOf(topic, null))).status).toBe(200);
    expect((await api.call('GET', `/connectors/${pipeline}/offsets`)).body).toEqual({ offsets: [] });
    expect((await api.call('PATCH', `/connectors/${pipeline}/offsets`, offsetsOf(topic, 5))).status).toBe(200);
    expect((await api.call('DELETE', `/connectors/${pipeline}/offsets`)).status).toBe(200);
    expect((await api.call('GET', `/connectors/${pipeline}/offsets`)).body).toEqual({ offsets: [] });
  });

  it('makes connectors, changes, restarts and deletes them; one that fails leaves the others alone', async () => {
    const { scene, main, api } = await startWorker();
    const { pipeline, topic } = scene;
    const { body: config } = await api.call('GET', `/connectors/${pipeline}/config`);
    const more = { ...(config as Record<string, string>), name: `${pipeline}-2` };
    const missing = { ...more, 'starrocks.topic2table.map': `${topic}:missing` };
    expect((await api.call('POST', '/connectors', { name: `${pipeline}-2`, config: missing })).status).toBe(201);
    await api.untilStates(`${pipeline}-2`, 'RUNNING FAILED');
    const { body: status } = await api.call('GET', `/connectors/${pipeline}-2/tasks/0/status`);
    expect((status as { trace: string }).trace).toContain('missing');
    await produceRows(topic, { to: 1_000 });
    await untilLoaded(scene, 1_000);
    expect(await api.states(pipeline)).toBe('RUNNING RUNNING');
    expect((await api.call('PUT', `/connectors/${pipeline}-2/config`, more)).status).toBe(200);
    await api.untilStates(`${pipeline}-2`, 'RUNNING RUNNING');
    await eventually(async () => expect(await scene.counts()).toEqual({ all: 2_000, distinct: 1_000 }), 60_000);
    expect((await api.call('DELETE', `/connectors/${pipeline}-2`)).status).toBe(204);
    expect((await api.call('POST', `/connectors/${pipeline}/restart?includeTasks=true`)).status).toBe(202);
    await api.untilStates(pipeline, 'RUNNING RUNNING');
    await produceRows(topic, { from: 1_000, to: 1_500 });
    await eventually(async () => expect(await scene.counts()).toEqual({ all: 2_500, distinct: 1_500 }), 60_000);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(main.stdout).not.toContain('"trace"');
  });

  it('runs two tasks of a connector, each in its thread; when one crashes, the other goes on, and it is started anew: every row once', async () => {
    const scene = await createScene({ partitions: 4 });
    const { pipeline, topic, dir } = scene;
    const preload = pathToFileURL(join(import.meta.dirname, 'operators/crash-on-demand.js'));
    const demand = join(dir, 'crash');
    preload.searchParams.set('file', demand);
    const files = await scene.connectFiles({
      worker: { listeners: 'http://127.0.0.1:0' },
      connector: { 'tasks.max': '2', 'bufferflush.intervalms': '1000' },
    });
    const main = new MainProcess(files, undefined, ['--import', preload.href]);
    const api = await apiOf(main);
    await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
    await produceRows(topic, { to: 20_000, partitions: 4 });
    await untilLoaded(scene, 20_000);
    // Each has two of the four partitions.
    await eventually(async () => {
      const offsets = [...(await api.metrics()).keys()].filter((name) => name.includes('partition_offset'));
      expect(offsets.map((name) => /task="(\d)"/.exec(name)?.[1]).sort()).toEqual(['0', '0', '1', '1']);
    });

    await writeFile(demand, '1');
    await eventually(() => expect(main.logged('Task 1 has failed')).toHaveLength(1));
    expect(main.logged('Task 1 has failed')[0]?.msg).toBe(
      'Task 1 has failed. The thread of task 1 has ended by an error that nothing caught: nobody has thought of this',
    );
    await produceRows(topic, { from: 20_000, to: 40_000, partitions: 4 });
    await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
    await untilLoaded(scene, 40_000);
    expect(main.logged('Task 0 has failed')).toEqual([]);

    expect((await api.call('POST', `/connectors/${pipeline}/tasks/0/restart`)).status).toBe(204);
    await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
    await produceRows(topic, { from: 40_000, to: 50_000, partitions: 4 });
    await untilLoaded(scene, 50_000);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  });

  it('says in a sentence that its port is taken, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await eventually(() => expect(other.listening).toBe(true));
    const { port } = other.address() as AddressInfo;
    const scene = await createScene();
    const main = scene.run(await scene.connectFiles({ worker: { listeners: `http://127.0.0.1:${port}` } }));
    expect(await main.exited).toEqual({ code: 1, signal: null });
    expect(main.stderr).toBe(
      `The REST API cannot be served at http://127.0.0.1:${port}: another program uses that port. Name another address in \`listeners\` of the worker's file; empty, there is no REST API.\n`,
    );
  });
});
