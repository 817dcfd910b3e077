import { type ConnectorConfigs } from '../config/connect/connector-configs.ts';
import { type PipelineConfig } from '../config/model.ts';
import { type Logger } from '../core/logger.ts';
import { type TaskReport } from '../core/task-report.ts';
import { acceptConfig, named, patched } from './accept-config.ts';
import { type Connector } from './connector.ts';
import { type ConnectorOffsets, type WantedOffset } from './connector-offsets.ts';
import { allTasks, ConnectorSet, type CreateTask } from './connector-set.ts';
import {
  type ConnectorInfo,
  type ConnectorStatus,
  type Connectors,
  type GivenConfig,
  type RestartPlan,
  type StateInfo,
  type TaskId,
  type TaskStatus,
} from './connectors.ts';
import { stateInfo } from './state-info.ts';
import { type TargetState } from './task-runner.ts';
import { notStopped, WorkerError } from './worker-error.ts';

export interface WorkerOptions {
  /** `host:port` that others call this worker by. */
  readonly id: () => string;
  /** Version of the connector. */
  readonly version: string;
  readonly configs: Pick<ConnectorConfigs, 'judge'>;
  readonly createTask: CreateTask;
  readonly offsets: ConnectorOffsets;
  /** The logger of a connector, by its name. */
  readonly loggerOf: (connector: string) => Logger;
}

/** The connectors of this process: what Kafka Connect's standalone worker does, without its sources. */
export class Worker implements Connectors {
  readonly #options: WorkerOptions;
  readonly #connectors: ConnectorSet;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#connectors = new ConnectorSet(options);
  }

  get names(): readonly string[] {
    return this.#connectors.names;
  }

  info(name: string): ConnectorInfo {
    return this.#info(name, this.#find(name));
  }

  /** As it was given: with its passwords, and with references to secrets unresolved. */
  config(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#find(name).config.given);
  }

  /** What the tasks of a connector are doing; when all have failed, what they did last. */
  reports(name: string): readonly TaskReport[] {
    return this.#find(name).reports;
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
    return connector.tasks.map(({ id: task }) => ({ id: { connector: name, task }, config }));
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

  /** Takes over a connector that was configured by a file; rejects when one of its tasks cannot be started. */
  async startFromFile(given: ReadonlyMap<string, string>, pipeline: PipelineConfig): Promise<void> {
    await this.#connectors.add(pipeline.name, { given, pipeline }, 'RUNNING', allTasks(pipeline)).start();
  }

  async create(name: string, given: GivenConfig, target: TargetState): Promise<ConnectorInfo> {
    const config = named(name, given);
    // As in Kafka Connect, mistakes come first.
    const judged = await acceptConfig(config, this.#options.configs, this.#options.loggerOf);
    if (this.#connectors.get(name)) throw new WorkerError(409, `Connector ${name} already exists`);
    const connector = this.#connectors.add(name, judged, target, allTasks(judged.pipeline));
    // It is told by its state.
    connector.start().catch(() => undefined);
    return this.#info(name, connector);
  }

  /** Returns whether the connector is new. */
  async put(name: string, given: GivenConfig): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const config = named(name, given);
    const judged = await acceptConfig(config, this.#options.configs, this.#options.loggerOf);
    const known = this.#connectors.get(name);
    if (!known) {
      const connector = this.#connectors.add(name, judged, 'RUNNING', allTasks(judged.pipeline));
      connector.start().catch(() => undefined);
      return { created: true, info: this.#info(name, connector) };
    }
    void known.configure(judged, allTasks(judged.pipeline));
    return { created: false, info: this.#info(name, known) };
  }

  /** Changes some settings; null takes one away. */
  async patch(name: string, changes: GivenConfig): Promise<ConnectorInfo> {
    return (await this.put(name, patched(this.#find(name).config.given, changes))).info;
  }

  /** Resolves when what was read is loaded, within `shutdownTimeoutMs` and a little. */
  async remove(name: string): Promise<void> {
    this.#find(name);
    await this.#connectors.remove(name);
  }

  /** Returns at once; the status tells when it is done. */
  pause(name: string): void {
    void this.#unknownUnlessFound(name).aim('PAUSED');
  }

  resume(name: string): void {
    void this.#unknownUnlessFound(name).aim('RUNNING');
  }

  /** Resolves when what was read is loaded and the tasks have left their group. */
  async stop(name: string): Promise<void> {
    await this.#unknownUnlessFound(name).stop();
  }

  /** Returns at once, with the states in which what is restarted stands as RESTARTING. */
  restart(name: string, { includeTasks, onlyFailed }: RestartPlan): ConnectorStatus {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Unknown connector: ${name}`);
    // The connector itself is only a name and a configuration here: there is nothing of it that could be started anew.
    const hits = (state: string): boolean => !onlyFailed || state === 'FAILED';
    if (includeTasks) void connector.restart({ onlyFailed });
    const { connector: own, ...status } = this.status(name);
    return { ...status, connector: hits(own.state) ? { ...own, state: 'RESTARTING' } : own };
  }

  restartTask(name: string, task: number): void {
    const connector = this.#connectors.get(name);
    if (!connector) throw new WorkerError(404, `Unknown connector: ${name}`);
    if (!connector.tasks[task]) throw new WorkerError(404, `Unknown task: ${name}-${task}`);
    void connector.restart({ task });
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
    return this.#connectors.get(this.names[0] ?? '')?.config.pipeline;
  }

  /**
   * Ends every connector, all at once.
   *
   * @returns why some had failed before, or could not load what they had read.
   */
  async close(): Promise<readonly unknown[]> {
    return this.#connectors.close();
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
      throw notStopped(name);
    }
    return connector;
  }

  #info(name: string, connector: Connector): ConnectorInfo {
    return {
      name,
      config: Object.fromEntries(connector.config.given),
      tasks: connector.tasks.map(({ id: task }) => ({ connector: name, task })),
      type: 'sink',
    };
  }

  #taskStates(connector: Connector): TaskStatus[] {
    return connector.tasks.map(({ id, state, failure }) => ({ id, ...this.#state(state, failure) }));
  }

  #state(state: string, failure?: unknown): StateInfo {
    const { id, version } = this.#options;
    return stateInfo(state, { workerId: id(), version, failure });
  }
}
