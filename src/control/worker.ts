import { type ConnectorConfigs } from '../config/connect/connector-configs.ts';
import { type PipelineConfig } from '../config/model.ts';
import { describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { type TaskReport } from '../core/task-report.ts';
import { Connector, type TargetState } from './connector.ts';
import { type ConnectorOffsets, type WantedOffset } from './connector-offsets.ts';
import { requireOwnClass } from './plugins.ts';
import { type Task } from './task.ts';
import { WorkerError } from './worker-error.ts';

/** The names below are those of Kafka Connect's JSON. */
export interface TaskId {
  readonly connector: string;
  readonly task: number;
}

export interface ConnectorInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly TaskId[];
  readonly type: 'sink';
}

export interface StateInfo {
  readonly state: string;
  readonly worker_id: string;
  readonly version: string;
  readonly trace?: string;
}

export interface TaskStatus extends StateInfo {
  readonly id: number;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly TaskStatus[];
  readonly type: 'sink';
}

/** What a connector is given: texts, or null where JSON said so, which is an error that the answer names. */
export type GivenConfig = ReadonlyMap<string, string | null>;

export interface RestartPlan {
  readonly includeTasks: boolean;
  readonly onlyFailed: boolean;
}

export interface WorkerOptions {
  /** `host:port` that others call this worker by. */
  readonly id: () => string;
  /** Version of the connector. */
  readonly version: string;
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  readonly createTask: (config: PipelineConfig, logger: Logger) => Task;
  readonly offsets: ConnectorOffsets;
  /** The logger of a connector, by its name. */
  readonly loggerOf: (connector: string) => Logger;
}

/** The connectors of this process: what Kafka Connect's standalone worker does, without its sources. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #connectors = new Map<string, Connector>();
  /** Deleted, and still loading what they had read. One of the same name starts after that. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return [...this.#connectors.keys()];
  }

  info(name: string): ConnectorInfo {
    return this.#info(name, this.#find(name));
  }

  /** As it was given: with its passwords, and with references to secrets unresolved. */
  config(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#find(name).config.given);
  }

  /** What the task of a connector is doing here, or was doing when it failed; undefined where there is none. */
  report(name: string): TaskReport | undefined {
    return this.#find(name).report;
  }

  /** Why tasks have failed, in sentences. */
  get failures(): readonly string[] {
    return this.names.flatMap((name) =>
      this.status(name).tasks.flatMap(({ state, id, trace }) =>
        state === 'FAILED' ? [`${name}: task ${id} has failed. ${trace?.split('\n')[0] ?? ''}`] : [],
      ),
    );
  }

  status(name: string): ConnectorStatus {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `No status found for connector ${name}`);
    return {
      name,
      connector: this.#state(connector.target),
      tasks: this.#taskStates(connector),
      type: 'sink',
    };
  }

  tasks(name: string): { readonly id: TaskId; readonly config: Readonly<Record<string, string>> }[] {
    const connector = this.#find(name);
    const config = { 'task.class': 'com.starrocks.connector.kafka.StarRocksSinkTask', ...this.config(name) };
    return connector.tasks.map((_, task) => ({ id: { connector: name, task }, config }));
  }

  taskStatus(name: string, task: number): TaskStatus {
    const connector = this.#connectors.get(name);
    const found = connector && this.#taskStates(connector)[task];
    if (!found) throw new WorkerError(404, `No status found for task ${name}-${task}`);
    return found;
  }

  /** Topics that brought records; none where there is no such connector. */
  topics(name: string): readonly string[] {
    return this.#connectors.get(name)?.topics ?? [];
  }

  resetTopics(name: string): void {
    this.#connectors.get(name)?.resetTopics();
  }

  /** Takes over a connector that was configured by a file; rejects when its task cannot be started. */
  async startFromFile(given: ReadonlyMap<string, string>, pipeline: PipelineConfig): Promise<void> {
    await this.#add(pipeline.name, { given, pipeline }, 'RUNNING').start();
  }

  async create(name: string, given: GivenConfig, target: TargetState): Promise<ConnectorInfo> {
    const config = named(name, given);
    if (this.#connectors.has(name)) throw new WorkerError(409, `Connector ${name} already exists`);
    const judged = await this.#accept(config);
    // Somebody else may have been quicker.
    if (this.#connectors.has(name)) throw new WorkerError(409, `Connector ${name} already exists`);
    const connector = this.#add(name, judged, target);
    // It is told by its state.
    connector.start().catch(() => undefined);
    return this.#info(name, connector);
  }

  /** Returns whether the connector is new. */
  async put(name: string, given: GivenConfig): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const config = named(name, given);
    const judged = await this.#accept(config);
    const known = this.#connectors.get(name);
    if (!known) {
      const connector = this.#add(name, judged, 'RUNNING');
      connector.start().catch(() => undefined);
      return { created: true, info: this.#info(name, connector) };
    }
    void known.configure(judged);
    return { created: false, info: this.#info(name, known) };
  }

  /** Changes some settings; null takes one away. */
  async patch(name: string, changes: GivenConfig): Promise<ConnectorInfo> {
    const merged = new Map<string, string>(this.#find(name).config.given);
    for (const [key, value] of changes) {
      if (value === null) merged.delete(key);
      else merged.set(key, value);
    }
    return (await this.put(name, merged)).info;
  }

  /** Resolves when what was read is loaded, within `shutdownTimeoutMs` and a little. */
  async remove(name: string): Promise<void> {
    const connector = this.#find(name);
    this.#connectors.delete(name);
    const before = this.#ending.get(name) ?? Promise.resolve();
    const ended = Promise.all([before, connector.stop()]).then(() => {
      if (this.#ending.get(name) === ended) this.#ending.delete(name);
    });
    this.#ending.set(name, ended);
    await ended;
  }

  /** Returns at once; the status tells when it is done. */
  pause(name: string): void {
    void this.#unknownUnlessFound(name).pause();
  }

  resume(name: string): void {
    void this.#unknownUnlessFound(name).resume();
  }

  /** Resolves when what was read is loaded and the task has left its group. */
  async stop(name: string): Promise<void> {
    await this.#unknownUnlessFound(name).stop();
  }

  /** Returns at once, with the states in which what is restarted stands as RESTARTING. */
  restart(name: string, { includeTasks, onlyFailed }: RestartPlan): ConnectorStatus {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Unknown connector: ${name}`);
    // The connector itself is only a name and a configuration here: there is nothing of it that could be started anew.
    const hits = (state: string): boolean => !onlyFailed || state === 'FAILED';
    const restarts = includeTasks && connector.tasks.some(({ state }) => hits(state));
    if (restarts) void connector.restart();
    const { connector: own, ...status } = this.status(name);
    return { ...status, connector: hits(own.state) ? { ...own, state: 'RESTARTING' } : own };
  }

  restartTask(name: string, task: number): void {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Unknown connector: ${name}`);
    if (!connector.tasks[task]) throw new WorkerError(404, `Unknown task: ${name}-${task}`);
    void connector.restart();
  }

  async offsets(name: string): Promise<readonly WantedOffset[]> {
    return this.#options.offsets.read(this.#find(name).config.pipeline);
  }

  /** Whether the connector may be changed at all is looked at before what is wanted, as in Kafka Connect. */
  async alterOffsets(name: string, read: () => readonly WantedOffset[]): Promise<void> {
    const connector = this.#stopped(name);
    const wanted = read();
    await connector.undisturbed(() => this.#options.offsets.alter(connector.config.pipeline, wanted));
  }

  async resetOffsets(name: string): Promise<void> {
    const connector = this.#stopped(name);
    await connector.undisturbed(() => this.#options.offsets.reset(connector.config.pipeline));
  }

  /** The configuration of one of the connectors; undefined when there is none. */
  get anyPipeline(): PipelineConfig | undefined {
    return [...this.#connectors.values()][0]?.config.pipeline;
  }

  /**
   * Ends every connector, all at once.
   *
   * @returns why some had failed before, or could not load what they had read.
   */
  async close(): Promise<readonly unknown[]> {
    const connectors = [...this.#connectors.values()];
    const failed = connectors.flatMap(({ tasks }) => tasks.flatMap(({ failure }) => failure ?? []));
    await Promise.all([...connectors.map((connector) => connector.stop()), ...this.#ending.values()]);
    return [...failed, ...connectors.flatMap(({ unfinished }) => unfinished ?? [])];
  }

  #find(name: string): Connector {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Connector ${name} not found`);
    return connector;
  }

  /** Kafka Connect words it like this where the target state is changed. */
  #unknownUnlessFound(name: string): Connector {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Unknown connector ${name}`);
    return connector;
  }

  #stopped(name: string): Connector {
    const connector = this.#find(name);
    if (connector.target !== 'STOPPED') {
      throw new WorkerError(
        400,
        `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    }
    return connector;
  }

  #add(
    name: string,
    config: { given: ReadonlyMap<string, string>; pipeline: PipelineConfig },
    target: TargetState,
  ): Connector {
    const logger = this.#options.loggerOf(name);
    const ending = this.#ending.get(name);
    const connector = new Connector({
      config,
      target,
      createTask: (pipeline) => this.#options.createTask(pipeline, logger),
      after: ending ?? Promise.resolve(),
      logger,
    });
    this.#connectors.set(name, connector);
    return connector;
  }

  async #accept(given: GivenConfig): Promise<{ given: ReadonlyMap<string, string>; pipeline: PipelineConfig }> {
    requireOwnClass(given);
    const { infos, pipeline, warnings } = await this.#options.configs.judge(given);
    if (!pipeline) {
      const errors = infos.configs.flatMap(({ value }) => value.errors);
      throw new WorkerError(
        400,
        `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``,
      );
    }
    const logger = this.#options.loggerOf(pipeline.name);
    for (const warning of warnings) logger.warn({}, warning);
    return { given: new Map([...given].map(([key, value]) => [key, value ?? ''])), pipeline };
  }

  #info(name: string, connector: Connector): ConnectorInfo {
    return {
      name,
      config: Object.fromEntries(connector.config.given),
      tasks: connector.tasks.map((_, task) => ({ connector: name, task })),
      type: 'sink',
    };
  }

  #taskStates(connector: Connector): TaskStatus[] {
    return connector.tasks.map(({ state, failure }, id) => ({ id, ...this.#state(state, failure) }));
  }

  #state(state: string, failure?: unknown): StateInfo {
    const { id, version } = this.#options;
    return {
      state,
      worker_id: id(),
      version,
      ...(failure !== undefined && {
        // Whoever filters for Kafka Connect's class finds it.
        trace: `org.apache.kafka.connect.errors.ConnectException: ${describeError(failure)}`,
      }),
    };
  }
}

/** The configuration with its name, which stands there only once in requests. */
function named(name: string, given: GivenConfig): GivenConfig {
  const own = given.get('name');
  if (own === undefined) return new Map([...given, ['name', name]]);
  if (own === name) return given;
  throw new WorkerError(
    400,
    `Connector name configuration (${own ?? 'null'}) doesn't match connector name in the URL (${name})`,
  );
}
