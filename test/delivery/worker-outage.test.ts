import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { propertiesText } from '../e2e/support/properties-text.ts';
import { type Api, apiOf } from '../e2e/support/rest-api.ts';
import { clusterSettings } from '../e2e/support/workers.ts';
import { eventually } from '../support/eventually.ts';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { Scene } from './support/scene.ts';

const ROWS = 400;
/** The sessions of workers and consumers. */
const SESSION_MS = 1_500;
/** An outage after which the broker has forgotten every member. */
const OUTAGE_MS = 3 * SESSION_MS;

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

const outages: readonly { begin: () => Promise<void>; end: () => Promise<void> }[] = [
  {
    begin: () => kafka.service.kill(),
    end: () => kafka.service.start(),
  },
  {
    begin: () => kafka.service.pause(),
    end: () => {
      kafka.service.resume();
      return Promise.resolve();
    },
  },
];

async function untilEach(apis: readonly Api[], pipeline: string, states: string): Promise<void> {
  for (const api of apis) await api.untilStates(pipeline, states);
}

/** What the API answers while there is no Kafka: what this process knows, and why it can change nothing. */
async function expectAnswers(api: Api, pipeline: string): Promise<void> {
  const failed = {
    status: 500,
    body: {
      error_code: 500,
      // Which of the client's requests found out, and how, differs.
      message: expect.stringMatching(
        new RegExp(
          `^The Kafka brokers at ${kafka.brokers} cannot be reached: .+\\. Check bootstrap\\.servers, security\\.protocol and the network\\.$`,
        ),
      ) as string,
    },
  };
  expect(await api.call('GET', '/connectors')).toEqual({ status: 200, body: [pipeline] });
  expect((await api.call('GET', `/connectors/${pipeline}/status`)).status).toBe(200);
  expect((await api.call('GET', '/health')).status).toBe(200);
  const [paused, deleted] = await Promise.all([
    api.call('PUT', `/connectors/${pipeline}/pause`),
    api.call('DELETE', `/connectors/${pipeline}`),
  ]);
  expect(paused).toEqual(failed);
  expect(deleted).toEqual(failed);
}

it('distributed workers outlast a broker that is killed and one that hangs, longer than their sessions: the REST API answers meanwhile, connectors go on by themselves, every row once', {
  timeout: 300_000,
}, async (context) => {
  const scene = await Scene.create(context, kafka, { partitions: 2 });
  const { pipeline, topic, starrocks } = scene;
  const sessions = { 'session.timeout.ms': String(SESSION_MS), 'heartbeat.interval.ms': '300' };
  const settings = clusterSettings({
    'bootstrap.servers': kafka.brokers,
    listeners: 'http://127.0.0.1:0',
    'request.timeout.ms': '3000',
    ...sessions,
    ...Object.fromEntries(Object.entries(sessions).map(([name, value]) => [`consumer.${name}`, value])),
  });
  const file = join(dirname(scene.file), 'connect-distributed.properties');
  await writeFile(file, propertiesText(settings));
  const workers = [scene.command(file), scene.command(file)];
  const apis = await Promise.all(workers.map(apiOf));
  const [one, two] = apis;
  if (!one || !two) throw new Error('there are two workers');
  for (const api of apis) await eventually(async () => expect((await api.call('GET', '/health')).status).toBe(200));
  const config = {
    'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
    topics: topic,
    'tasks.max': '2',
    'starrocks.http.url': starrocks.feHostPort,
    'starrocks.database.name': scene.database,
    'starrocks.username': 'root',
    'starrocks.password': '',
  };
  expect((await one.call('PUT', `/connectors/${pipeline}/config`, config)).status).toBe(201);
  await untilEach(apis, pipeline, 'RUNNING RUNNING RUNNING');
  await scene.produce(ROWS);
  await scene.untilLoaded();

  for (const { begin, end } of outages) {
    await begin();
    const since = Date.now();
    await expectAnswers(one, pipeline);
    await eventually(() => expect(Date.now() - since).toBeGreaterThan(OUTAGE_MS));
    await end();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await untilEach(apis, pipeline, 'RUNNING RUNNING RUNNING');
  }

  expect((await two.call('PUT', `/connectors/${pipeline}/pause`)).status).toBe(202);
  await untilEach(apis, pipeline, 'PAUSED PAUSED PAUSED');
  expect((await one.call('PUT', `/connectors/${pipeline}/resume`)).status).toBe(202);
  await scene.produce(ROWS);
  await scene.untilLoaded();
  for (const main of workers) await scene.stop(main);
  await scene.expectExactlyOnce();
});
