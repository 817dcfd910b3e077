import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fetchJars } from '../services/support/jars.ts';
import { findJava } from '../services/support/java.ts';
import { projectRoot } from '../services/support/paths.ts';
import { freePorts } from '../services/support/ports.ts';
import { type Say } from '../services/support/say.ts';
import { ServiceError } from '../services/support/service-error.ts';
import { type Lab, type Program } from './lab.ts';
import { DATABASE } from './null-server.ts';
import { type PipelineChoice } from './pipeline-file.ts';

/** Kafka Connect has no operators, and its connector no choice of deliveries. */
type ConnectChoice = Omit<PipelineChoice, 'transform' | 'delivery'>;

const CONNECTOR_CLASS = 'com.starrocks.connector.kafka.StarRocksSinkConnector';
const CONNECTOR_FILE = Buffer.from(`${CONNECTOR_CLASS.replaceAll('.', '/')}.class`);
/** As Kafka's own connect-standalone.sh has it. */
const HEAP = ['-Xms256M', '-Xmx2G'];
/** Smaller values are refused by the connector. */
const LOWEST_FLUSH_BYTES = 67_108_864;
const LOWEST_INTERVAL_MS = 1_000;

/** Kafka Connect, standalone, with the StarRocks connector that was found in a folder. */
export class ConnectWorker {
  readonly #java: string;
  readonly #jars: string;
  readonly #pluginDir: string;

  private constructor(java: string, jars: string, pluginDir: string) {
    this.#java = java;
    this.#jars = jars;
    this.#pluginDir = pluginDir;
  }

  /** Finds the connector, Java and the jars of Kafka Connect. Throws a ServiceError that says what is missing. */
  static async prepare(dir: string, say: Say): Promise<ConnectWorker> {
    const pluginDir = resolve(dir);
    await checkPlugin(pluginDir);
    const java = await findJava();
    const pom = join(projectRoot, 'benchmarks', 'connect', 'pom.xml');
    return new ConnectWorker(java, await fetchJars({ name: 'connect', title: 'Kafka Connect', pom }, say), pluginDir);
  }

  /** Starts a worker with one connector and one task. */
  async start(lab: Lab, choice: ConnectChoice): Promise<Program> {
    const { name } = choice;
    const [port = 0] = await freePorts(1);
    const worker = join(lab.dir, `${name}-worker.properties`);
    const connector = join(lab.dir, `${name}-connector.properties`);
    const offsets = join(lab.dir, `${name}.offsets`);
    await writeFile(worker, workerProperties(choice, { port, offsets, pluginDir: this.#pluginDir }));
    await writeFile(connector, connectorProperties(choice));
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    return lab.start(name, this.#java, [...HEAP, '-cp', join(this.#jars, '*'), main, worker, connector]);
  }
}

/** Says in one sentence what is wrong with the folder; nothing when the connector is in it. */
export async function checkPlugin(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new ServiceError(
      `--connect-plugin names ${dir}, which is not a folder: unpack the StarRocks connector there.`,
    );
  }
  const files = await readdir(dir, { recursive: true });
  const jars = files.filter((file) => file.endsWith('.jar'));
  if (jars.length === 0) {
    throw new ServiceError(
      `--connect-plugin names ${dir}, which holds no .jar file: unpack the StarRocks connector there.`,
    );
  }
  for (const jar of jars) {
    // A jar's table of contents holds the names of its files as they are.
    if ((await readFile(join(dir, jar))).includes(CONNECTOR_FILE)) return;
  }
  throw new ServiceError(
    `--connect-plugin names ${dir}, but none of its ${jars.length} jars holds ${CONNECTOR_CLASS}.`,
  );
}

function workerProperties(
  { brokers, fetch }: Pick<PipelineChoice, 'brokers' | 'fetch'>,
  { port, offsets, pluginDir }: { readonly port: number; readonly offsets: string; readonly pluginDir: string },
): string {
  const converter = 'org.apache.kafka.connect.json.JsonConverter';
  return properties({
    'bootstrap.servers': brokers.join(','),
    listeners: `http://127.0.0.1:${port}`,
    'key.converter': converter,
    'value.converter': converter,
    'key.converter.schemas.enable': false,
    'value.converter.schemas.enable': false,
    'offset.storage.file.filename': offsets,
    'offset.flush.interval.ms': 10_000,
    'plugin.path': pluginDir,
    'consumer.auto.offset.reset': 'earliest',
    'consumer.fetch.min.bytes': fetch.fetchMinBytes,
    'consumer.fetch.max.bytes': fetch.fetchMaxBytes,
    'consumer.fetch.max.wait.ms': fetch.fetchMaxWaitMs,
    'consumer.max.partition.fetch.bytes': fetch.maxPartitionFetchBytes,
  });
}

function connectorProperties({ name, tables, feUrl, flush, chain }: ConnectChoice): string {
  return properties({
    name,
    'connector.class': CONNECTOR_CLASS,
    'tasks.max': 1,
    topics: Object.keys(tables).join(','),
    'starrocks.http.url': new URL(feUrl).host,
    'starrocks.topic2table.map': Object.entries(tables)
      .map(([topic, table]) => `${topic}:${table}`)
      .join(','),
    'starrocks.username': 'root',
    'starrocks.password': '',
    'starrocks.database.name': DATABASE,
    'bufferflush.maxbytes': Math.max(LOWEST_FLUSH_BYTES, flush.maxBytes),
    'bufferflush.intervalms': Math.max(LOWEST_INTERVAL_MS, flush.intervalMs),
    'connect.timeoutms': 1000,
    'sink.properties.strip_outer_array': true,
    'sink.properties.ignore_json_size': true,
    ...chain,
  });
}

function properties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
