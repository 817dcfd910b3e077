import { type WorkerConfig } from '../config/load.ts';
import { type PipelineConfig } from '../config/model.ts';
import { describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { within } from '../core/within.ts';
import { readClusterId } from '../streams/kafka/cluster-id.ts';
import { KafkaGroupOffsets } from '../streams/kafka/kafka-group-offsets.ts';
import { ConnectorOffsets } from './connector-offsets.ts';
import { type Loggers } from './loggers.ts';
import { readDashboardFiles } from './rest/dashboard-routes.ts';
import { type MetricsRoutesOptions } from './rest/metrics-routes.ts';
import { RestServer } from './rest/rest-server.ts';
import { workerRoutes } from './rest/worker-routes.ts';
import { type Task } from './task.ts';
import { Worker } from './worker.ts';

export interface ConnectWorkerOptions {
  readonly config: WorkerConfig;
  /** The connectors of the command line. */
  readonly pipelines: readonly PipelineConfig[];
  readonly createTask: (config: PipelineConfig, logger: Logger) => Task;
  readonly loggers: Loggers;
  readonly version: string;
  readonly metrics: MetricsRoutesOptions['metrics'];
  /** What keeps the rows of running tasks from their tables, in sentences. */
  readonly problems: () => readonly string[];
  /** The folder with the dashboard's files. */
  readonly dashboard: URL;
}

/** Milliseconds that Kafka may take to tell who it is. */
const CLUSTER_ID_MS = 5_000;

/** A standalone worker: connectors, and the REST API to them. It owns both. */
export class ConnectWorker {
  readonly #options: ConnectWorkerOptions;
  readonly #worker: Worker;
  readonly #server: RestServer;
  readonly #logger: Logger;
  #clusterId: string | null = null;
  #started = false;

  constructor(options: ConnectWorkerOptions) {
    this.#options = options;
    const { config, createTask, loggers, version, metrics, problems, dashboard } = options;
    const logger = loggers.get('tributary.rest');
    this.#logger = logger;
    this.#worker = new Worker({
      id: () => this.#id,
      version,
      configs: config.configs,
      createTask,
      offsets: new ConnectorOffsets({ openGroup: ({ kafka }) => new KafkaGroupOffsets(kafka, logger) }),
      loggerOf: (connector) => loggers.get(`tributary.connector.${connector}`, { connector }),
    });
    const { main, admin } = workerRoutes({
      worker: this.#worker,
      configs: config.configs,
      loggers,
      settings: config.rest,
      version,
      clusterId: () => this.#readClusterId(),
      isStarted: () => this.#started,
      dashboard: readDashboardFiles(dashboard),
      metrics,
      problems: () => [
        ...(this.#started ? [] : ['The worker is still starting']),
        ...this.#worker.failures,
        ...problems(),
      ],
    });
    this.#server = new RestServer({ settings: config.rest, routes: main, adminRoutes: admin, logger });
  }

  /** Serves the REST API, and starts the connectors of the command line. Rejects when one of them cannot start. */
  async start(): Promise<void> {
    const { config, pipelines } = this.#options;
    await this.#server.listen();
    if (pipelines.length === 0) {
      this.#logger.warn({}, 'There is no connector yet. Make one with POST /connectors');
    }
    for (const pipeline of pipelines) {
      await this.#worker.startFromFile(config.given.get(pipeline.name) ?? new Map(), pipeline);
    }
    this.#started = true;
  }

  /**
   * Ends every connector, and then the REST API, which tells of it until then.
   *
   * @returns why connectors had failed or could not load what they had read.
   */
  async stop(): Promise<readonly unknown[]> {
    const failures = await this.#worker.close();
    await this.#server.close();
    return failures;
  }

  /** `host:port` that others call this worker by. */
  get #id(): string {
    const { advertised } = this.#options.config.rest;
    const { addresses } = this.#server;
    const address = addresses.find((one) => one.startsWith(`${advertised.scheme ?? ''}:`)) ?? addresses[0];
    const [, host, port] = /^\w+:\/\/(.*):(\d+)$/.exec(address ?? '') ?? ['', 'localhost', '8083'];
    return `${advertised.host ?? host}:${advertised.port ?? port}`;
  }

  /** Null while no connector says where Kafka is, and while Kafka does not answer. */
  async #readClusterId(): Promise<string | null> {
    const { kafka } = this.#worker.anyPipeline ?? {};
    if (this.#clusterId === null && kafka) {
      const asked = readClusterId(kafka, this.#logger).then(
        (id) => {
          this.#clusterId = id;
        },
        (error: unknown) =>
          this.#logger.warn({ error: describeError(error) }, 'Kafka did not tell the id of its cluster'),
      );
      await within(CLUSTER_ID_MS, asked);
    }
    return this.#clusterId;
  }
}
