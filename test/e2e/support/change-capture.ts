import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../../emulator/index.ts';
import { type DebeziumService, type PostgresService } from '../../../services/index.ts';
import { eventually } from '../../support/eventually.ts';
import { MainProcess } from './main-process.ts';
import { createTopic } from './topic.ts';

/** A database of PostgreSQL whose changes go through Debezium and Kafka into a StarRocks. */
export interface Capture {
  readonly postgres: Client;
  readonly starrocks: Emulator;
  /** What the topics' names begin with. */
  readonly prefix: string;
  /** What the pipeline is called. */
  readonly name: string;
  readonly dir: string;
  /** Starts Debezium's connector: the product doc's, and more of its settings. */
  connect(more?: Readonly<Record<string, string>>): Promise<void>;
  /** Starts the product with a worker's properties and a connector's settings, over those that say where things are. */
  run(worker: Readonly<Record<string, string>>, connector: Readonly<Record<string, string>>): Promise<MainProcess>;
  /** The product doc's `pg-source.properties`, which holds JSON. */
  readonly source: { readonly name: string; readonly config: Readonly<Record<string, string>> };
}

export interface CaptureOptions {
  readonly postgres: PostgresService;
  readonly debezium: DebeziumService;
  /** The tables, for each of which there is a topic, and the topic's partitions. */
  readonly tables: Readonly<Record<string, number>>;
  readonly prefix?: string;
}

export async function captureChanges({ postgres, debezium, tables, prefix: given }: CaptureOptions): Promise<Capture> {
  const unique = randomUUID().slice(0, 8);
  const prefix = given ?? `cdc_${unique}`;
  const name = `cdc-${unique}`;
  const admin = await postgres.connect();
  await admin.query(`CREATE DATABASE ${JSON.stringify(name)}`);
  await admin.end();
  const client = await postgres.connect(name);
  onTestFinished(() => client.end());
  const starrocks = await startEmulator();
  onTestFinished(() => starrocks.close());
  await starrocks.query('CREATE DATABASE test');
  const dir = await mkdtemp(join(tmpdir(), 'tributary-cdc-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [table, partitions] of Object.entries(tables)) await createTopic(`${prefix}.public.${table}`, partitions);
  const { host, port, user } = postgres.endpoints;
  const source = {
    name: `inventory-${unique}`,
    config: {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'plugin.name': 'pgoutput',
      'database.hostname': host,
      'database.port': String(port),
      'database.user': user,
      'database.password': '',
      'database.dbname': name,
      'topic.prefix': prefix,
    },
  };
  return {
    postgres: client,
    starrocks,
    prefix,
    name,
    dir,
    source,
    async connect(more = {}) {
      // A server has one slot of a name, for all of its databases.
      const config = { ...source.config, 'slot.name': `slot_${unique}`, ...more };
      await debezium.createConnector({ name: source.name, config });
      onTestFinished(() => debezium.deleteConnector(source.name));
    },
    async run(worker, connector) {
      const files = [join(dir, 'connect-standalone.properties'), join(dir, 'sr-sink.properties')];
      const workerFile = {
        'bootstrap.servers': inject('kafka').bootstrapServers,
        'offset.storage.file.filename': join(dir, 'connect.offsets'),
        'offset.flush.interval.ms': '10000',
        // Tests run side by side, and the usual port is one.
        listeners: '',
        // A process that is killed keeps its partitions this long.
        'consumer.session.timeout.ms': '6000',
        'consumer.heartbeat.interval.ms': '1000',
        ...worker,
      };
      const config = {
        'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
        'tasks.max': '1',
        'starrocks.http.url': starrocks.feHostPort,
        'starrocks.database.name': 'test',
        'starrocks.username': 'root',
        'starrocks.password': '',
        'sink.properties.strip_outer_array': 'true',
        'connect.timeoutms': '3000',
        ...connector,
      };
      const text = Object.entries(workerFile).map(([key, value]) => `${key}=${value}\n`);
      await writeFile(files[0] as string, text.join(''));
      await writeFile(files[1] as string, JSON.stringify({ name, config }));
      return new MainProcess(files);
    },
  };
}

/** Waits until a query of StarRocks gives the same rows as one of PostgreSQL; both as text. */
export async function untilSame(
  { postgres, starrocks }: Pick<Capture, 'postgres' | 'starrocks'>,
  { ours, theirs, limitMs = 60_000 }: { readonly ours: string; readonly theirs: string; readonly limitMs?: number },
): Promise<Record<string, unknown>[]> {
  const { rows } = await postgres.query<Record<string, unknown>>(theirs);
  const wanted = asText(rows);
  await eventually(async () => {
    const found = asText(await starrocks.query(ours));
    if (found.length !== wanted.length) throw new Error(`${found.length} rows of ${wanted.length}`);
    const wrong = found.findIndex((row, index) => row !== wanted[index]);
    if (wrong !== -1) throw new Error(`row ${wrong} is ${found[wrong]}, but should be ${wanted[wrong]}`);
  }, limitMs);
  return rows;
}

function asText(rows: readonly object[]): string[] {
  return rows.map((row) =>
    JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]))),
  );
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return String(Number(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
}
