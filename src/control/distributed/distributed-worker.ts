import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type TaskReport } from '../../core/task-report.ts';
import { acceptConfig, named, patched } from '../accept-config.ts';
import { type ConnectorConfig } from '../connector.ts';
import { type WantedOffset } from '../connector-offsets.ts';
import { ConnectorSet } from '../connector-set.ts';
import {
  type ConnectorInfo,
  type ConnectorStatus,
  type Connectors,
  type GivenConfig,
  type RestartPlan,
  type StateInfo,
  type TaskId,
  type TaskStatus,
} from '../connectors.ts';
import { stateInfo } from '../state-info.ts';
import { type TargetState } from '../task-runner.ts';
import { type WorkerOptions } from '../worker.ts';
import { notStopped, WorkerError } from '../worker-error.ts';
import { ClusterConfig } from './cluster-config.ts';
import {
  type ProcessGroup,
  type ProcessGroupListener,
  type SharedTopic,
  type SharedTopicListener,
} from './cluster-ports.ts';
import {
  configRecord,
  levelRecord,
  readConfigRecord,
  restartRecord,
  targetRecord,
  tasksRecord,
  type Written,
} from './config-records.ts';
import { ConnectorListing, type Listed } from './connector-listing.ts';
import { TaskBoard } from './task-board.ts';
import { planWork, type WorkerProcess } from './work-plan.ts';

export interface DistributedWorkerOptions extends WorkerOptions {
  readonly logger: Logger;
  readonly configTopic: (listener: SharedTopicListener) => SharedTopic;
  readonly statusTopic: (listener: SharedTopicListener) => SharedTopic;
  /** Made once the worker is known by its id. */
  readonly group: (listener: ProcessGroupListener) => ProcessGroup;
  /** A logger's level is to be another one in the whole cluster. */
  readonly onLevel: (namespace: string, level: string) => void;
  /** The worker cannot go on. */
  readonly onFailed: (error: Error) => void;
}

/**
 * One of several workers that share connectors: what is wanted stands in Kafka's config topic, and each process brings its
 * own tasks to what it reads there. So any process may be asked to change something, and there is no leader: the topic's
 * order decides between two changes at once, and the later one holds.
 */
export class DistributedWorker implements Connectors {
  readonly #options: DistributedWorkerOptions;
  readonly #cluster = new ClusterConfig();
  readonly #configTopic: SharedTopic;
  readonly #board: TaskBoard;
  readonly #local: ConnectorSet;
  readonly #listed: ConnectorListing;
  readonly #changed = new Set<string>();
  #group: ProcessGroup | undefined;
  #processes: readonly WorkerProcess[] = [];
  #plan: ReadonlyMap<string, readonly WorkerProcess[]> = new Map();
  #turn: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isClosing = false;

  constructor(options: DistributedWorkerOptions) {
    this.#options = options;
    this.#listed = new ConnectorListing({ accept: (given) => this.#accept(given), logger: options.logger });
    this.#local = new ConnectorSet({ ...options, onChange: (name) => this.#publish(name) });
    this.#configTopic = options.configTopic({
      record: (record) => this.#read(record),
      failed: options.onFailed,
    });
    this.#board = new TaskBoard({
      ...options,
      topic: options.statusTopic,
      tellAll: () => {
        for (const name of this.#listed.names) this.#publish(name);
      },
    });
  }

  /**
   * Reads what is wanted, and joins the workers' group; tasks start when Kafka has told who is in it.
   *
   * @throws ConfigError or UnavailableError when Kafka cannot be used for this.
   */
  async start(): Promise<void> {
    await Promise.all([this.#configTopic.open(), this.#board.open()]);
    await this.#reconcile();
    this.#isStarted = true;
    this.#group = this.#options.group({
      workers: (all) => this.#regroup(all),
      failed: this.#options.onFailed,
    });
    await this.#group.join();
  }

  /**
   * Ends the tasks of this process, and leaves the others to go on.
   *
   * @returns why some had failed before, or could not load what they had read.
   */
  async close(): Promise<readonly unknown[]> {
    this.#isClosing = true;
    this.#board.silence();
    await this.#turn;
    const failures = await this.#local.close();
    await this.#group?.leave();
    await Promise.all([this.#configTopic.close(), this.#board.close()]);
    return failures;
  }

  get names(): readonly string[] {
    this.#requireStarted();
    return this.#listed.names;
  }

  get failures(): readonly string[] {
    return this.#local.names.flatMap((name) =>
      (this.#local.get(name)?.tasks ?? []).flatMap(({ id, state, failure }) =>
        state === 'FAILED' ? [`${name}: task ${id} has failed. ${describeError(failure).split('\n')[0] ?? ''}`] : [],
      ),
    );
  }

  info(name: string): ConnectorInfo {
    const { given, isForeign } = this.#find(name);
    return {
      name,
      config: Object.fromEntries(given),
      tasks: this.#tasksOf(name).map((_, task) => ({ connector: name, task })),
      type: isForeign ? 'unknown' : 'sink',
    };
  }

  config(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#find(name).given);
  }

  status(name: string): ConnectorStatus {
    const listed = this.#lookUp(name);
    if (!listed) throw new WorkerError(404, `No status found for connector ${name}`);
    return {
      name,
      connector: this.#connectorState(name, listed),
      tasks: this.#tasksOf(name).map((_, task) => this.#taskState(name, task)),
      type: listed.isForeign ? 'unknown' : 'sink',
    };
  }

  reports(name: string): readonly TaskReport[] {
    return this.#local.get(name)?.reports ?? [];
  }

  tasks(name: string): { readonly id: TaskId; readonly config: Readonly<Record<string, string>> }[] {
    const config = { 'task.class': 'com.starrocks.connector.kafka.StarRocksSinkTask', ...this.config(name) };
    return this.#tasksOf(name).map((_, task) => ({ id: { connector: name, task }, config }));
  }

  taskStatus(name: string, task: number): TaskStatus {
    this.#requireStarted();
    if (!this.#tasksOf(name)[task]) throw new WorkerError(404, `No status found for task ${name}-${task}`);
    return this.#taskState(name, task);
  }

  topics(name: string): readonly string[] {
    return this.#local.get(name)?.topics ?? [];
  }

  resetTopics(name: string): void {
    this.#local.get(name)?.resetTopics();
  }

  async create(name: string, given: GivenConfig, target: TargetState): Promise<ConnectorInfo> {
    const config = named(name, given);
    this.#requireStarted();
    // As in Kafka Connect, mistakes come first.
    const accepted = await this.#accept(config);
    await this.#readAll();
    if (this.#lookUp(name)) throw new WorkerError(409, `Connector ${name} already exists`);
    if (this.#cluster.target(name) !== target) await this.#write(targetRecord(name, target));
    await this.#writeConfig(name, accepted.given);
    return this.info(name);
  }

  async put(name: string, given: GivenConfig): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const config = named(name, given);
    await this.#readAll();
    const created = !this.#lookUp(name);
    if (!created) this.#refuseForeign(name);
    const accepted = await this.#accept(config);
    await this.#writeConfig(name, accepted.given);
    return { created, info: this.info(name) };
  }

  async patch(name: string, changes: GivenConfig): Promise<ConnectorInfo> {
    await this.#readAll();
    return (await this.put(name, patched(this.#find(name).given, changes))).info;
  }

  /** Resolves when the tasks of this process have ended; those of others end as soon as they have read of it. */
  async remove(name: string): Promise<void> {
    await this.#readAll();
    this.#find(name);
    this.#refuseForeign(name);
    const local = this.#local.get(name);
    await this.#write(configRecord(name, undefined));
    await this.#write(targetRecord(name, undefined));
    await local?.stop();
    this.#board.takeBack(name);
  }

  pause(name: string): Promise<void> {
    return this.#aim(name, 'PAUSED');
  }

  resume(name: string): Promise<void> {
    return this.#aim(name, 'RUNNING');
  }

  /** Resolves when the tasks of this process have left their group; those of others leave as soon as they have read of it. */
  async stop(name: string): Promise<void> {
    await this.#aim(name, 'STOPPED');
    await this.#local.get(name)?.stop();
  }

  async restart(name: string, plan: RestartPlan): Promise<ConnectorStatus> {
    await this.#readAll();
    if (!this.#lookUp(name)) throw new WorkerError(404, `Unknown connector: ${name}`);
    this.#refuseForeign(name);
    const { connector, tasks, ...status } = this.status(name);
    if (plan.includeTasks || connector.state === 'FAILED') await this.#write(restartRecord(name, plan));
    const restarting = <S extends StateInfo>(info: S): S =>
      !plan.onlyFailed || info.state === 'FAILED' ? { ...info, state: 'RESTARTING' } : info;
    return { ...status, connector: restarting(connector), tasks: plan.includeTasks ? tasks.map(restarting) : tasks };
  }

  async restartTask(name: string, task: number): Promise<void> {
    await this.#readAll();
    if (!this.#lookUp(name)) throw new WorkerError(404, `Unknown connector: ${name}`);
    if (!this.#tasksOf(name)[task]) throw new WorkerError(404, `Unknown task: ${name}-${task}`);
    await this.#write(restartRecord(name, { includeTasks: true, onlyFailed: false }, task));
  }

  async offsets(name: string): Promise<readonly WantedOffset[]> {
    return this.#options.offsets.read(this.#runnable(name).pipeline);
  }

  async alterOffsets(name: string, read: () => readonly WantedOffset[]): Promise<void> {
    const config = await this.#stopped(name);
    const wanted = read();
    await this.#undisturbed(name, () => this.#options.offsets.alter(config.pipeline, wanted));
  }

  async resetOffsets(name: string): Promise<void> {
    const config = await this.#stopped(name);
    await this.#undisturbed(name, () => this.#options.offsets.reset(config.pipeline));
  }

  /** Sets the level of a logger in every worker that runs now. */
  async setClusterLevel(namespace: string, level: string): Promise<void> {
    this.#requireStarted();
    await this.#write(levelRecord(namespace, level));
  }

  /** A record of the config topic. */
  #read(record: Written): void {
    const read = readConfigRecord(record);
    if (read.kind === 'unreadable') {
      this.#options.logger.warn(
        { key: record.key, reason: read.reason },
        `Record ${record.key} of the config topic cannot be read, and is left alone`,
      );
      return;
    }
    const changed = this.#cluster.apply(read);
    if (changed !== undefined) this.#changed.add(changed);
    // What was asked before this process came is done, or was asked of others.
    if (!this.#isStarted) return;
    if (changed !== undefined) void this.#reconcile();
    if (read.kind === 'level') this.#options.onLevel(read.namespace, read.level);
    if (read.kind === 'restart') this.#restart(read.name, read.plan, read.task);
  }

  #restart(name: string, { includeTasks, onlyFailed }: RestartPlan, task: number | undefined): void {
    const listed = this.#listed.get(name);
    if (listed && !listed.config && !listed.isForeign) {
      // A file that it names may be there by now.
      this.#listed.doubt(name);
      this.#changed.add(name);
      void this.#reconcile();
      return;
    }
    if (includeTasks) void this.#local.get(name)?.restart({ task, onlyFailed });
  }

  #regroup(processes: readonly WorkerProcess[]): void {
    this.#processes = processes;
    const ids = processes.map(({ workerId }) => workerId).sort();
    this.#options.logger.info({ workers: ids }, `The workers of the cluster are ${ids.join(', ')}`);
    const twice = ids.find((id, index) => ids[index + 1] === id);
    if (twice !== undefined) {
      this.#options.logger.warn(
        {},
        `Two workers of the cluster call themselves ${twice}, so that their tasks cannot be told apart: set \`rest.advertised.host.name\` in their files`,
      );
    }
    void this.#reconcile();
  }

  /** Brings this process to what is wanted now. One after the other; resolves when what had been read by now is judged. */
  #reconcile(): Promise<void> {
    this.#turn = this.#turn
      .then(async () => {
        for (const name of this.#changed) {
          this.#changed.delete(name);
          await this.#listed.judge(name, this.#cluster.config(name));
        }
        if (!this.#isClosing) this.#settle();
      })
      .catch((error: unknown) =>
        this.#options.logger.error({ error: describeError(error) }, 'The connectors could not be brought up to date'),
      );
    return this.#turn;
  }

  /** Shares the work out, and starts, changes and ends what this process has of it. Waits for no task. */
  #settle(): void {
    const runnable = this.#listed.names.flatMap((name) => {
      const config = this.#listed.get(name)?.config;
      return config ? [{ name, tasksMax: config.pipeline.tasksMax }] : [];
    });
    this.#plan = planWork(runnable, this.#processes);
    for (const name of new Set([...this.#local.names, ...this.#listed.names])) this.#bring(name);
  }

  #bring(name: string): void {
    const tasks = this.#ownTasks(name);
    const config = tasks.length === 0 ? undefined : this.#listed.get(name)?.config;
    const target = this.#cluster.target(name);
    const local = this.#local.get(name);
    if (!config) {
      if (local) void this.#local.remove(name);
    } else if (!local) {
      // It is told by its state.
      this.#local
        .add(name, config, target, tasks)
        .start()
        .catch(() => undefined);
    } else {
      void (local.config === config ? local.assign(tasks) : local.configure(config, tasks));
      if (local.target !== target) void local.aim(target);
    }
    this.#publish(name);
  }

  /** The numbers of the tasks that this process runs of a connector. */
  #ownTasks(name: string): number[] {
    const key = this.#group?.self.key;
    return (this.#plan.get(name) ?? []).flatMap((process, task) => (process.key === key ? [task] : []));
  }

  /** The processes of its tasks; while it is stopped there are none, as in Kafka Connect. */
  #tasksOf(name: string): readonly WorkerProcess[] {
    return this.#cluster.target(name) === 'STOPPED' ? [] : (this.#plan.get(name) ?? []);
  }

  #connectorState(name: string, { config, reason, isForeign }: Listed): StateInfo {
    const { version } = this.#options;
    const [first] = this.#plan.get(name) ?? [];
    const workerId = first?.workerId ?? this.#options.id();
    if (!config) return { ...stateInfo(isForeign ? 'UNASSIGNED' : 'FAILED', { workerId, version }), trace: reason };
    return stateInfo(first ? this.#cluster.target(name) : 'UNASSIGNED', { workerId, version });
  }

  #taskState(name: string, task: number): TaskStatus {
    const { version } = this.#options;
    const workerId = this.#tasksOf(name)[task]?.workerId ?? this.#options.id();
    const info =
      this.#tasksOf(name)[task]?.key === this.#group?.self.key
        ? this.#localState(name, task)
        : (this.#board.find(name, task, workerId) ?? stateInfo('UNASSIGNED', { workerId, version }));
    return { id: task, ...info };
  }

  #localState(name: string, task: number): StateInfo {
    const { id, version } = this.#options;
    const found = this.#local.get(name)?.tasks.find((one) => one.id === task);
    // A connector that was paused before this process came has not been started.
    const idle = this.#cluster.target(name) === 'PAUSED' ? 'PAUSED' : 'UNASSIGNED';
    return stateInfo(found?.state ?? idle, { workerId: id(), version, failure: found?.failure });
  }

  /** Tells the others how the tasks of this process are. */
  #publish(name: string): void {
    if (this.#cluster.target(name) === 'STOPPED') return;
    for (const task of this.#ownTasks(name)) this.#board.tell(name, task, this.#localState(name, task));
  }

  async #aim(name: string, target: TargetState): Promise<void> {
    await this.#readAll();
    if (!this.#lookUp(name)) throw new WorkerError(404, `Unknown connector ${name}`);
    this.#refuseForeign(name);
    await this.#write(targetRecord(name, target));
  }

  async #writeConfig(name: string, config: ReadonlyMap<string, string>): Promise<void> {
    // Java workers that come back would otherwise begin with the tasks of the old configuration.
    if (this.#cluster.hasJavaTasks(name)) await this.#write(tasksRecord(name, 0));
    await this.#write(configRecord(name, config));
  }

  /** What was written counts once it was read back, and what was read is judged before it is shown. */
  async #write({ key, value }: Written): Promise<void> {
    await this.#configTopic.write(key, value);
    await this.#reconcile();
  }

  /** Another process may have written a moment ago. */
  async #readAll(): Promise<void> {
    this.#requireStarted();
    await this.#configTopic.readToEnd();
    await this.#reconcile();
  }

  #accept(given: GivenConfig): Promise<ConnectorConfig> {
    return acceptConfig(given, this.#options.configs, this.#options.loggerOf);
  }

  #requireStarted(): void {
    if (!this.#isStarted) {
      throw new WorkerError(503, 'The worker is still starting: it reads the config topic. Try again in a moment.');
    }
  }

  #lookUp(name: string): Listed | undefined {
    this.#requireStarted();
    return this.#listed.get(name);
  }

  #find(name: string): Listed {
    const listed = this.#lookUp(name);
    if (!listed) throw new WorkerError(404, `Connector ${name} not found`);
    return listed;
  }

  #refuseForeign(name: string): void {
    const { isForeign, reason } = this.#find(name);
    if (isForeign) throw new WorkerError(400, reason);
  }

  #runnable(name: string): ConnectorConfig {
    const { config, reason } = this.#find(name);
    if (!config) throw new WorkerError(400, reason);
    return config;
  }

  async #stopped(name: string): Promise<ConnectorConfig> {
    await this.#readAll();
    const config = this.#runnable(name);
    if (this.#cluster.target(name) !== 'STOPPED') throw notStopped(name);
    return config;
  }

  /** Whatever else is wanted of the connector in this process waits; a task of another process keeps Kafka from changing anything. */
  async #undisturbed(name: string, work: () => Promise<void>): Promise<void> {
    const local = this.#local.get(name);
    await (local ? local.undisturbed(work) : work());
  }
}
