import { Partitioners } from 'kafkajs';
import { describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ONCE } from '../support/producing.ts';
import { type MainProcess } from './support/main-process.ts';
import { type Api, apiOf } from './support/rest-api.ts';
import { createScene, type Scene } from './support/scene.ts';
import { createTopic, kafkaClient, produceRows } from './support/topic.ts';
import { clusterSettings, connectorOf, saslSslSettings, writeWorkerFile } from './support/workers.ts';

/** A file for workers of a cluster that nobody else uses. */
function workerFile(scene: Scene, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  return writeWorkerFile(scene, clusterSettings({ listeners: 'http://127.0.0.1:0', ...changes }));
}

/** Writes into a topic as Kafka Connect does. */
async function writeRecords(topic: string, records: Readonly<Record<string, unknown>>): Promise<void> {
  const producer = kafkaClient().producer({ ...ONCE, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = Object.entries(records).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

interface Worker {
  readonly main: MainProcess;
  readonly api: Api;
  /** `host:port`. */
  readonly id: string;
}

async function served(main: MainProcess): Promise<{ api: Api; id: string }> {
  const api = await apiOf(main);
  return { api, id: new URL(api.base).host };
}

async function startWorkers(scene: Scene, file: string, count: number): Promise<Worker[]> {
  const mains = Array.from({ length: count }, () => scene.run([file]));
  const workers = await Promise.all(mains.map(async (main) => ({ main, ...(await served(main)) })));
  for (const { main, api } of workers) {
    await eventually(async () => {
      expect(main.stderr).toBe('');
      expect((await api.call('GET', '/health')).status).toBe(200);
    });
  }
  return workers;
}

const untilLoaded = (scene: Scene, rows: number): Promise<void> =>
  eventually(async () => expect(await scene.counts()).toEqual({ all: rows, distinct: rows }), 90_000);

/** The workers that run the tasks of a connector, as a worker tells it. */
async function workerIds(api: Api, name: string): Promise<string[]> {
  const { body } = await api.call('GET', `/connectors/${name}/status`);
  return (body as { tasks: { worker_id: string }[] }).tasks.map(({ worker_id: id }) => id).sort();
}

describe('distributed workers', () => {
  it('share a connector that was made at one of them, also with those that come later; when one is killed, the others load its partitions, every row once; a pause holds over a restart of all', async () => {
    const scene = await createScene({ partitions: 4 });
    const { pipeline, topic } = scene;
    const config = { ...connectorOf(scene), 'tasks.max': '3' };
    const file = await workerFile(scene);
    const workers = await startWorkers(scene, file, 2);
    const [one, two] = workers;
    if (!one || !two) throw new Error('two workers were started');
    expect((await one.api.call('POST', '/connectors', { name: pipeline, config })).status).toBe(201);
    for (const { api } of workers) {
      await eventually(async () => expect((await api.call('GET', '/connectors')).body).toEqual([pipeline]));
      await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING RUNNING');
      // One of them runs two tasks.
      const running = await workerIds(api, pipeline);
      expect([...new Set(running)]).toEqual(workers.map(({ id }) => id).sort());
    }
    expect(await two.api.call('POST', '/connectors', { name: pipeline, config })).toEqual({
      status: 409,
      body: { error_code: 409, message: `Connector ${pipeline} already exists` },
    });
    await produceRows(topic, { to: 20_000, partitions: 4 });
    await untilLoaded(scene, 20_000);

    workers.push(...(await startWorkers(scene, file, 2)));
    // Now each task has a process of its own.
    await eventually(async () => expect(new Set(await workerIds(two.api, pipeline)).size).toBe(3));
    await two.api.untilStates(pipeline, 'RUNNING RUNNING RUNNING RUNNING');
    const running = await workerIds(two.api, pipeline);
    const idle = workers.find(({ id }) => !running.includes(id));
    const [killed, ...others] = workers.filter((worker) => worker !== idle);
    if (!idle || !killed) throw new Error(`${running.join()} run tasks`);
    const since = Date.now();
    killed.main.signal('SIGKILL');
    await produceRows(topic, { from: 20_000, to: 60_000, partitions: 4 });
    await untilLoaded(scene, 60_000);
    process.stdout.write(`the rows of a killed worker's partitions were loaded after ${Date.now() - since} ms\n`);
    await eventually(async () =>
      expect(await workerIds(idle.api, pipeline)).toEqual([idle, ...others].map(({ id }) => id).sort()),
    );
    await idle.api.untilStates(pipeline, 'RUNNING RUNNING RUNNING RUNNING');

    expect((await idle.api.call('PUT', `/connectors/${pipeline}/pause`)).status).toBe(202);
    for (const { api } of [idle, ...others]) await api.untilStates(pipeline, 'PAUSED PAUSED PAUSED PAUSED');
    for (const { main } of [idle, ...others]) main.signal('SIGTERM');
    for (const { main } of [idle, ...others]) expect(await main.exited).toEqual({ code: 0, signal: null });
    await produceRows(topic, { from: 60_000, to: 61_000, partitions: 4 });
    const [three, four] = await startWorkers(scene, file, 2);
    if (!three || !four) throw new Error('two workers were started');
    await four.api.untilStates(pipeline, 'PAUSED PAUSED PAUSED PAUSED');
    expect(await scene.counts()).toEqual({ all: 60_000, distinct: 60_000 });
    expect((await three.api.call('PUT', `/connectors/${pipeline}/resume`)).status).toBe(202);
    await untilLoaded(scene, 61_000);
    expect((await four.api.call('PUT', `/connectors/${pipeline}/stop`)).status).toBe(204);
    await three.api.untilStates(pipeline, 'STOPPED');
    expect((await three.api.call('DELETE', `/connectors/${pipeline}`)).status).toBe(204);
    await eventually(async () => expect((await four.api.call('GET', '/connectors')).body).toEqual([]));
    for (const { main } of [three, four]) main.signal('SIGTERM');
    for (const { main } of [three, four]) expect(await main.exited).toEqual({ code: 0, signal: null });
  }, 300_000);

  it('runs what Kafka Connect wrote into the config topic, and leaves a connector of another class alone', async () => {
    const scene = await createScene();
    const { pipeline, topic } = scene;
    const configs = `configs-${pipeline}`;
    await createTopic(configs, 1, { 'cleanup.policy': 'compact' });
    await writeRecords(configs, {
      'session-key': { key: 'c2VjcmV0', algorithm: 'HmacSHA256', 'creation-timestamp': 1_700_000_000_000 },
      'connector-files': { properties: { name: 'files', 'connector.class': 'FileStreamSink', topics: topic } },
      [`connector-${pipeline}`]: { properties: { ...connectorOf(scene), name: pipeline } },
      [`target-state-${pipeline}`]: { state: 'STARTED', 'state.v2': 'STARTED' },
      [`task-${pipeline}-0`]: { properties: { 'task.class': 'x', topics: topic } },
      [`commit-${pipeline}`]: { tasks: 1 },
    });
    const [worker] = await startWorkers(scene, await workerFile(scene, { 'config.storage.topic': configs }), 1);
    if (!worker) throw new Error('a worker was started');
    const { api, main } = worker;
    expect((await api.call('GET', '/connectors')).body).toEqual(['files', pipeline].sort());
    await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
    await produceRows(topic, { to: 1_000 });
    await untilLoaded(scene, 1_000);
    const reason = 'Connector files is left alone: it is of class FileStreamSink, and only StarRocks sinks run here.';
    expect((await api.call('GET', '/connectors/files/status')).body).toMatchObject({
      connector: { state: 'UNASSIGNED', trace: reason },
      tasks: [],
      type: 'unknown',
    });
    expect(await api.call('DELETE', '/connectors/files')).toEqual({
      status: 400,
      body: { error_code: 400, message: reason },
    });
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  });

  it('keep their connectors behind TLS and a password, with settings of their own for the consumers, and say which user the brokers refuse', async () => {
    const scene = await createScene();
    const { pipeline, topic } = scene;
    const cluster = clusterSettings({
      'bootstrap.servers': inject('kafka').saslSsl.bootstrapServers,
      listeners: 'http://127.0.0.1:0',
    });
    const refused = scene.run([await writeWorkerFile(scene, { ...cluster, ...saslSslSettings('', 'nobodys-secret') })]);
    expect(await refused.exited).toEqual({ code: 2, signal: null });
    expect(refused.stderr).toMatch(
      /^The Kafka brokers at \S+ refused the user \S+: .+ Check sasl\.mechanism and sasl\.jaas\.config\.\n$/,
    );

    const secured = { ...cluster, ...saslSslSettings(), ...saslSslSettings('consumer.') };
    const [worker] = await startWorkers(scene, await writeWorkerFile(scene, secured), 1);
    if (!worker) throw new Error('a worker was started');
    const { api, main } = worker;
    const config = { ...connectorOf(scene), 'tasks.max': '1' };
    expect((await api.call('POST', '/connectors', { name: pipeline, config })).status).toBe(201);
    await api.untilStates(pipeline, 'RUNNING RUNNING');
    await produceRows(topic, { to: 1_000 });
    await untilLoaded(scene, 1_000);
    expect((await api.call('PUT', `/connectors/${pipeline}/stop`)).status).toBe(204);
    expect((await api.call('GET', `/connectors/${pipeline}/offsets`)).body).toEqual({
      offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 1_000 } }],
    });
    const wrong = {
      ...config,
      'consumer.override.sasl.jaas.config': saslSslSettings('', 'nobodys-secret')['sasl.jaas.config'],
    };
    expect((await api.call('PUT', `/connectors/${pipeline}/config`, wrong)).status).toBe(200);
    expect((await api.call('PUT', `/connectors/${pipeline}/resume`)).status).toBe(202);
    await api.untilStates(pipeline, 'RUNNING FAILED');
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 2, signal: null });
    expect(main.stdout + main.stderr).not.toContain('nobodys-secret');
  });

  it('refuses a config topic that forgets by age or has more than one partition, and exits with 2', async () => {
    const scene = await createScene();
    const configs = `configs-${scene.pipeline}`;
    await createTopic(configs, 2);
    const main = scene.run([await workerFile(scene, { 'config.storage.topic': configs })]);
    expect(await main.exited).toEqual({ code: 2, signal: null });
    expect(main.stderr).toBe(
      `The topic ${configs} (config.storage.topic) has cleanup.policy=delete, which loses records in time. Set it to compact, or name another topic.\n` +
        `The topic ${configs} (config.storage.topic) has 2 partitions, and must have one, because the order of all its records counts. Name another topic.\n`,
    );
  });
});
