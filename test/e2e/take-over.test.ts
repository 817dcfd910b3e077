import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { type DebeziumService, startDebezium } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { Api, apiOf } from './support/rest-api.ts';
import { createScene } from './support/scene.ts';
import { committedOffsets, kafkaClient, produceRows } from './support/topic.ts';
import { clusterSettings, connectorOf, writeWorkerFile } from './support/workers.ts';

/** Everything that stands in a topic, the last value of each key. */
async function lastRecords(topic: string): Promise<Map<string, string | undefined>> {
  const kafka = kafkaClient();
  const admin = kafka.admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const records = new Map<string, string | undefined>();
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let next = 0;
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const { key, value } of batch.messages) records.set(key?.toString() ?? '', value?.toString());
      next = Number(batch.lastOffset()) + 1;
      return Promise.resolve();
    },
  });
  await eventually(() => expect(next).toBeGreaterThanOrEqual(Number(end?.high)));
  await consumer.disconnect();
  return records;
}

it('takes over the StarRocks connectors of a real Kafka Connect cluster at their offsets, started with its worker file, and gives them back', async () => {
  const scene = await createScene({ partitions: 2 });
  const { topic, pipeline } = scene;
  const settings = clusterSettings({ 'offset.flush.interval.ms': '1000' });
  const startConnect = async (): Promise<DebeziumService> => {
    const connect = await startDebezium({
      bootstrapServers: inject('kafka').bootstrapServers,
      properties: settings,
      sources: [join(import.meta.dirname, 'java-connectors/StarRocksSinkConnector.java')],
      say: () => undefined,
    });
    onTestFinished(() => connect.stop());
    return connect;
  };
  const own = connectorOf(scene);
  const other = {
    ...own,
    'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector$OtherSinkConnector',
  };

  const connect = await startConnect();
  const java = new Api(connect.url);
  for (const [name, config] of Object.entries({ [pipeline]: own, [`${pipeline}-idle`]: own, other })) {
    await eventually(async () => {
      const { status } = await java.call('PUT', `/connectors/${name}/config`, config);
      expect([200, 201]).toContain(status);
    });
  }
  await eventually(async () => expect((await java.call('PUT', `/connectors/${pipeline}-idle/stop`)).status).toBe(204));
  await java.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
  await produceRows(topic, { to: 10_000, partitions: 2 });
  await eventually(async () =>
    expect((await committedOffsets(`connect-${pipeline}`, topic)).reduce((sum, offset) => sum + offset, 0)).toBe(
      10_000,
    ),
  );
  const written = await lastRecords(settings['config.storage.topic'] ?? '');

  const file = await writeWorkerFile(scene, { ...settings, listeners: 'http://127.0.0.1:0' });
  const tooEarly = scene.run([file]);
  expect(await tooEarly.exited).toEqual({ code: 2, signal: null });
  expect(tooEarly.stderr).toBe(
    `1 worker of Kafka Connect is running in group ${settings['group.id'] ?? ''} (group.id). Stop it first: then this process takes the StarRocks connectors over where they were left.\n`,
  );

  await connect.stop();
  await produceRows(topic, { from: 10_000, to: 11_000, partitions: 2 });
  const main = scene.run([file]);
  const api = await apiOf(main);
  await eventually(async () =>
    expect((await api.call('GET', '/connectors')).body).toEqual([pipeline, `${pipeline}-idle`, 'other'].sort()),
  );
  expect((await api.call('GET', `/connectors/${pipeline}/config`)).body).toEqual({ ...own, name: pipeline });
  await api.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
  await api.untilStates(`${pipeline}-idle`, 'STOPPED');
  await api.untilStates('other', 'UNASSIGNED');
  await eventually(async () => expect(await scene.counts()).toEqual({ all: 1_000, distinct: 1_000 }));
  const [{ first } = { first: undefined }] = await scene.starrocks.query(
    `SELECT min(id) AS first FROM example_db.${topic}`,
  );
  expect(Number(first)).toBe(10_000);

  expect((await api.call('PATCH', `/connectors/${pipeline}/config`, { 'bufferflush.intervalms': '2000' })).status).toBe(
    200,
  );
  expect((await api.call('PUT', `/connectors/${pipeline}/pause`)).status).toBe(202);
  await api.untilStates(pipeline, 'PAUSED PAUSED PAUSED');
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  const afterwards = await lastRecords(settings['config.storage.topic'] ?? '');
  for (const [key, value] of written) {
    if (!key.includes(pipeline) || key.includes('-idle')) expect([key, afterwards.get(key)]).toEqual([key, value]);
  }

  const again = new Api((await startConnect()).url);
  await eventually(async () =>
    expect((await again.call('GET', `/connectors/${pipeline}/config`)).body).toEqual({
      ...own,
      name: pipeline,
      'bufferflush.intervalms': '2000',
    }),
  );
  // Its tasks of the old configuration are gone; it makes new ones when they are wanted.
  await again.untilStates(pipeline, 'PAUSED');
  expect((await again.call('PUT', `/connectors/${pipeline}/resume`)).status).toBe(202);
  await again.untilStates(pipeline, 'RUNNING RUNNING RUNNING');
  const { body: tasks } = await again.call('GET', `/connectors/${pipeline}/tasks`);
  expect(tasks).toMatchObject([0, 1].map(() => ({ config: { 'bufferflush.intervalms': '2000' } })));
}, 300_000);
