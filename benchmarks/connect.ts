import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compileJava } from '../services/support/compile-java.ts';
import { fetchJars } from '../services/support/jars.ts';
import { findJava } from '../services/support/java.ts';
import { projectRoot, sourceFile } from '../services/support/paths.ts';
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
const STAND_IN_CLASS = 'tributary.benchmarks.StandInSinkConnector';
const SOURCES = join(projectRoot, 'benchmarks', 'connect');
/** As Kafka's own connect-standalone.sh has it. */
const HEAP = ['-Xms256M', '-Xmx2G'];
/** Smaller values are refused by the connector. */
const LOWEST_FLUSH_BYTES = 67_108_864;
const LOWEST_INTERVAL_MS = 1_000;

/** The connector to measure: its class, and where that is found. */
interface Connector {
  readonly className: string;
  /** The folder that the worker loads it from; undefined where it is on the class path. */
  readonly pluginPath: string | undefined;
}

/** Kafka Connect, standalone, with the StarRocks connector of a folder or with what stands for it. */
export class ConnectWorker {
  readonly #java: string;
  readonly #classPath: string;
  readonly #connector: Connector;

  private constructor(java: string, classPath: string, connector: Connector) {
    this.#java = java;
    this.#classPath = classPath;
    this.#connector = connector;
  }

  /** Finds the connector, Java and the jars of Kafka Connect. Throws a ServiceError that says what is missing. */
  static async prepare(
    lab: Lab,
    { pluginDir }: { readonly pluginDir: string | undefined },
    say: Say,
  ): Promise<ConnectWorker> {
    const dir = pluginDir === undefined ? undefined : resolve(pluginDir);
    if (dir !== undefined) await checkPlugin(dir);
    const java = await findJava();
    const jars = await fetchJars({ name: 'connect', title: 'Kafka Connect', pom: join(SOURCES, 'pom.xml') }, say);
    if (dir !== undefined) {
      return new ConnectWorker(java, join(jars, '*'), { className: CONNECTOR_CLASS, pluginPath: dir });
    }
    const classes = join(lab.dir, 'classes');
    await compileJava([join(SOURCES, 'StandInSinkConnector.java')], { jars, into: classes });
    return new ConnectWorker(java, `${join(jars, '*')}:${classes}`, {
      className: STAND_IN_CLASS,
      pluginPath: undefined,
    });
  }

  /** Starts a worker with one connector and one task. */
  async start(lab: Lab, choice: ConnectChoice): Promise<Program> {
    const { name } = choice;
    const [port = 0] = await freePorts(1);
    const worker = join(lab.dir, `${name}-worker.properties`);
    const connector = join(lab.dir, `${name}-connector.properties`);
    const offsets = join(lab.dir, `${name}.offsets`);
    const { className, pluginPath } = this.#connector;
    await writeFile(worker, workerProperties(choice, { port, offsets, pluginPath }));
    await writeFile(connector, connectorProperties(className, choice));
    const logging = `-Dlog4j2.configurationFile=${sourceFile('kafka', 'log4j2.properties')}`;
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    return lab.start(name, this.#java, [...HEAP, logging, '-cp', this.#classPath, main, worker, connector]);
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
  { brokers, fetch, value }: Pick<PipelineChoice, 'brokers' | 'fetch' | 'value'>,
  {
    port,
    offsets,
    pluginPath,
  }: { readonly port: number; readonly offsets: string; readonly pluginPath: string | undefined },
): string {
  return properties({
    'bootstrap.servers': brokers.join(','),
    listeners: `http://127.0.0.1:${port}`,
    'key.converter': JSON_CONVERTER,
    'key.converter.schemas.enable': false,
    ...valueConverter(value),
    'offset.storage.file.filename': offsets,
    'offset.flush.interval.ms': 10_000,
    ...(pluginPath !== undefined && { 'plugin.path': pluginPath }),
    'consumer.auto.offset.reset': 'earliest',
    'consumer.fetch.min.bytes': fetch.fetchMinBytes,
    'consumer.fetch.max.bytes': fetch.fetchMaxBytes,
    'consumer.fetch.max.wait.ms': fetch.fetchMaxWaitMs,
    'consumer.max.partition.fetch.bytes': fetch.maxPartitionFetchBytes,
  });
}

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

/** Confluent's converters are not on Maven Central; Apicurio's reads the same bytes, by a copy of the same code. */
function valueConverter(value: PipelineChoice['value']): Readonly<Record<string, string | boolean>> {
  if (value === undefined) return { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': false };
  const [url = ''] = value.schemaRegistry.urls;
  return {
    'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter',
    'value.converter.apicurio.registry.url': new URL('/apis/registry/v2', url).href,
    'value.converter.apicurio.registry.as-confluent': true,
    'value.converter.apicurio.registry.use-id': 'contentId',
  };
}

function connectorProperties(className: string, { name, tables, feUrl, flush, chain }: ConnectChoice): string {
  return properties({
    name,
    'connector.class': className,
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
