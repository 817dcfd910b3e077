import { type ConnectorConfigs } from '../config/connect/connector-configs.ts';
import { type WorkerConfig } from '../config/load.ts';
import { type PipelineConfig } from '../config/model.ts';
import { Deferred } from '../core/deferred.ts';
import { describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { within } from '../core/within.ts';
import { readClusterId } from '../streams/kafka/cluster-id.ts';
import { KafkaGroupOffsets } from '../streams/kafka/kafka-group-offsets.ts';
import { ConnectorOffsets } from './connector-offsets.ts';
import { type CreateTask } from './connector-set.ts';
import { createDistributedWorker } from './distributed/create-distributed-worker.ts';
import { DistributedWorker } from './distributed/distributed-worker.ts';
import { FilePipelines, refuseToEdit } from './file-pipelines.ts';
import { type Loggers } from './loggers.ts';
import { readDashboardFiles } from './rest/dashboard-routes.ts';
import { type MetricsRoutesOptions } from './rest/metrics-routes.ts';
import { RestServer } from './rest/rest-server.ts';
import { workerRoutes } from './rest/worker-routes.ts';
import { Worker } from './worker.ts';

export interface ConnectWorkerOptions {
  readonly config: WorkerConfig;
  /** The connectors of the command line. */
  readonly pipelines: readonly PipelineConfig[];
  readonly createTask: CreateTask;
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

/** A worker, standalone, one of several or of pipeline files: connectors, and the REST API to them. It owns both. */
export class ConnectWorker {
  readonly #options: ConnectWorkerOptions;
  readonly #worker: Worker | DistributedWorker;
  readonly #failed = new Deferred<never>();
  readonly #server: RestServer;
  readonly #logger: Logger;
  #clusterId: string | null = null;
  #started = false;

  constructor(options: ConnectWorkerOptions) {
    this.#options = options;
    const { config, createTask, loggers, version, metrics, problems, dashboard } = options;
    const logger = loggers.get('tributary.rest');
    this.#logger = logger;
    const { configs: judges } = config;
    const configs: Pick<ConnectorConfigs, 'judge'> = {
      // Only who makes a connector pays for the time and the memory that the transforms take in this thread.
      judge: async (given) =>
        judges ? judges.judge(given, (await import('../record-operators.ts')).transformProblems) : refuseToEdit(),
    };
    const workerOptions = {
      id: () => this.#id,
      version,
      configs,
      createTask,
      offsets: new ConnectorOffsets({ openGroup: ({ kafka }) => new KafkaGroupOffsets(kafka, logger) }),
      loggerOf: (connector: string) => loggers.ofConnector(connector),
    };
    this.#worker = config.distributed
      ? createDistributedWorker(
          config.distributed,
          {
            ...workerOptions,
            logger,
            onLevel: (namespace, level) => {
              // A Java worker knows levels that are none here.
              if (loggers.isLevel(level)) loggers.setLevel(namespace, level);
            },
            onFailed: (error) => this.#failed.reject(error),
          },
          logger,
        )
      : new (judges ? Worker : FilePipelines)(workerOptions);
    const { main, admin } = workerRoutes({
      worker: this.#worker,
      configs,
      loggers,
      setClusterLevel:
        this.#worker instanceof DistributedWorker ? this.#worker.setClusterLevel.bind(this.#worker) : undefined,
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

  /** Rejects when the worker cannot go on, whatever becomes of its tasks. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Serves the REST API, and starts the connectors of the command line or of the cluster. Rejects when one of the former
   * cannot start, or Kafka cannot be used for the latter.
   */
  async start(): Promise<void> {
    const { config, pipelines } = this.#options;
    await this.#server.listen();
    if (this.#worker instanceof DistributedWorker) {
      await this.#worker.start();
    } else {
      for (const pipeline of pipelines) {
        await this.#worker.startFromFile(config.given.get(pipeline.name) ?? new Map(), pipeline);
      }
    }
    if (this.#worker.names.length === 0) {
      this.#logger.warn({}, 'There is no connector yet. Make one with POST /connectors');
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
    const kafka =
      this.#worker instanceof DistributedWorker
        ? this.#options.config.distributed?.kafka
        : this.#worker.anyPipeline?.kafka;
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
