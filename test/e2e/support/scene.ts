import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/index.ts';
import { MainProcess } from './main-process.ts';
import { propertiesText } from './properties-text.ts';
import { TEST_TABLE_COLUMNS } from './rows.ts';
import { createTopic } from './topic.ts';

/** A pipeline's surroundings: a StarRocks with one table, a topic of the same name, a folder for its files. */
export interface Scene {
  readonly starrocks: Emulator;
  readonly topic: string;
  readonly table: string;
  readonly pipeline: string;
  readonly dir: string;
  /** Writes Kafka Connect's two files, with further settings for each, and returns their paths. */
  connectFiles(extra?: { worker?: Record<string, string>; connector?: Record<string, string> }): Promise<string[]>;
  run(files: readonly string[]): MainProcess;
  /** Rows in the table, all and distinct. */
  counts(): Promise<{ all: number; distinct: number }>;
}

export interface SceneOptions {
  readonly partitions?: number;
  readonly columns?: string;
  readonly emulator?: EmulatorOptions;
}

export async function createScene({
  partitions = 1,
  columns = TEST_TABLE_COLUMNS,
  emulator = {},
}: SceneOptions = {}): Promise<Scene> {
  const unique = randomUUID().slice(0, 8);
  const topic = `orders_${unique}`;
  const pipeline = `load-${unique}`;
  const starrocks = await startEmulator(emulator);
  onTestFinished(() => starrocks.close());
  const dir = await mkdtemp(join(tmpdir(), 'tributary-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await starrocks.query('CREATE DATABASE example_db');
  await starrocks.query(`CREATE TABLE example_db.${topic} (${columns}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
  await createTopic(topic, partitions);

  return {
    starrocks,
    topic,
    table: topic,
    pipeline,
    dir,
    async connectFiles({ worker = {}, connector = {} } = {}) {
      const files = [join(dir, 'connect-standalone.properties'), join(dir, 'connect-StarRocks-sink.properties')];
      const settings: Record<string, string>[] = [
        {
          'bootstrap.servers': inject('kafka').bootstrapServers,
          'offset.storage.file.filename': join(dir, 'connect.offsets'),
          'offset.flush.interval.ms': '10000',
          'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'key.converter.schemas.enable': 'true',
          'value.converter.schemas.enable': 'false',
          // A process that is killed keeps its partitions this long.
          'consumer.session.timeout.ms': '6000',
          'consumer.heartbeat.interval.ms': '1000',
          // Processes of tests run side by side, and end with their pipelines.
          listeners: '',
          ...worker,
        },
        {
          name: pipeline,
          'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
          topics: topic,
          'starrocks.http.url': starrocks.feHostPort,
          'starrocks.username': 'root',
          'starrocks.password': '',
          'starrocks.database.name': 'example_db',
          'sink.properties.strip_outer_array': 'true',
          'bufferflush.maxbytes': '67108864',
          ...connector,
        },
      ];
      for (const [index, file] of files.entries()) await writeFile(file, propertiesText(settings[index] ?? {}));
      return files;
    },
    run: (files) => new MainProcess(files),
    async counts() {
      const [row] = await starrocks.query(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM example_db.${topic}`);
      return { all: Number(row?.n), distinct: Number(row?.d) };
    },
  };
}
