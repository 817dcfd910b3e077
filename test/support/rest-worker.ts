import { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { ConfigProviders } from '../../src/config/config-providers.ts';
import { ConnectorConfigs } from '../../src/config/connect/connector-configs.ts';
import { type ConnectFile, entry } from '../../src/config/connect/entries.ts';
import { type RestSettings } from '../../src/config/rest-settings.ts';
import { ConnectorOffsets } from '../../src/control/connector-offsets.ts';
import { FilePipelines, refuseToEdit } from '../../src/control/file-pipelines.ts';
import { Loggers } from '../../src/control/loggers.ts';
import { createApp } from '../../src/control/rest/app.ts';
import { workerRoutes } from '../../src/control/rest/worker-routes.ts';
import { Worker } from '../../src/control/worker.ts';
import { FakeGroupOffsets } from './fake-group-offsets.ts';
import { FakeTask } from './fake-task.ts';
import { RecordingLogger } from './recording-logger.ts';

/** A worker with its REST API; tasks and Kafka are fakes, everything between is real. */
export interface RestWorker {
  readonly app: FastifyInstance;
  readonly worker: Worker;
  /** Every task that was made, by its connector, the last one last. */
  readonly tasks: Map<string, FakeTask[]>;
  readonly group: FakeGroupOffsets;
  readonly logger: RecordingLogger;
  /** What the next tasks are like. */
  prepareTask: (task: FakeTask) => void;
}

const workerKeys = {
  'bootstrap.servers': 'localhost:9092',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
};

const silent: RestSettings = {
  origin: 'worker file',
  listeners: [],
  adminListeners: undefined,
  tls: undefined,
  users: undefined,
  advertised: {},
  allowOrigins: [],
  allowMethods: ['GET', 'POST', 'HEAD'],
  headers: [],
  topicTracking: true,
  topicTrackingReset: true,
};

/** What a worker judges configurations with. */
export function connectorConfigs(
  readText: (path: string) => Promise<string> = () => Promise.reject(new Error('there is no such file')),
): ConnectorConfigs {
  const file: ConnectFile = {
    file: 'w',
    entries: new Map(Object.entries(workerKeys).map(([key, value]) => [key, entry(key, value, 'w')])),
  };
  return new ConnectorConfigs(file, readText, new ConfigProviders(new Map()));
}

export interface RestWorkerOptions {
  readonly answerMs?: number;
  /** The connectors are pipelines of pipeline files. */
  readonly fromPipelineFiles?: boolean;
  /** Tests that share a worker say how its end is told. */
  readonly onFinished?: (end: () => Promise<void>) => void;
}

export function createRestWorker(
  settings: Partial<RestSettings> = {},
  { answerMs = 90_000, fromPipelineFiles = false, onFinished = onTestFinished }: RestWorkerOptions = {},
): RestWorker {
  const configs = fromPipelineFiles ? { judge: refuseToEdit } : connectorConfigs();
  const logger = new RecordingLogger();
  const loggers = new Loggers(pino({ level: 'info' }, { write: () => undefined }));
  const group = new FakeGroupOffsets([]);
  const tasks = new Map<string, FakeTask[]>();
  const worker = new (fromPipelineFiles ? FilePipelines : Worker)({
    id: () => 'localhost:80',
    version: '0.1.0',
    configs,
    createTask(config, id) {
      const task = new FakeTask(id);
      made.prepareTask(task);
      tasks.set(config.name, [...(tasks.get(config.name) ?? []), task]);
      return task;
    },
    offsets: new ConnectorOffsets({ openGroup: () => group }),
    loggerOf: () => logger,
  });
  const all = { ...silent, ...settings };
  const { main, admin } = workerRoutes({
    worker,
    configs,
    loggers,
    setClusterLevel: undefined,
    settings: all,
    version: '0.1.0',
    clusterId: () => Promise.resolve('cluster'),
    isStarted: () => true,
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('') },
    problems: () => [],
    dashboard: new Map([
      ['index.html', '<!doctype html><title>Tributary</title>'],
      ['page.js', 'start();'],
      ['style.css', 'body {}'],
      ['icon.svg', '<svg/>'],
    ]),
  });
  const app = createApp({ routes: [...main, ...admin], settings: all, tls: undefined, logger, answerMs });
  onFinished(async () => {
    await app.close();
    await worker.close();
  });
  const made: RestWorker = { app, worker, tasks, group, logger, prepareTask: () => undefined };
  return made;
}

/** A connector's settings that are in order. */
export const starrocksConfig = {
  'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
  topics: 'orders',
  'starrocks.http.url': 'fe:8030',
  'starrocks.database.name': 'shop',
  'starrocks.username': 'root',
  'starrocks.password': 'secret-of-starrocks',
};
