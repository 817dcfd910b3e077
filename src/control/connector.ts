import { type PipelineConfig } from '../config/model.ts';
import { allEnded } from '../core/all-ended.ts';
import { Deferred } from '../core/deferred.ts';
import { type Logger } from '../core/logger.ts';
import { type TaskReport } from '../core/task-report.ts';
import { type Task } from './task.ts';
import { type TargetState, TaskRunner, type TaskState } from './task-runner.ts';

/** A connector's configuration: as it was given, and as it was understood. */
export interface ConnectorConfig {
  readonly given: ReadonlyMap<string, string>;
  readonly pipeline: PipelineConfig;
}

/** What is told of one of a connector's tasks. */
export interface TaskStanding {
  readonly id: number;
  readonly state: TaskState;
  /** Why it has failed. */
  readonly failure?: unknown;
}

export interface ConnectorOptions {
  readonly config: ConnectorConfig;
  readonly target: TargetState;
  /** The numbers of its tasks that run in this process. */
  readonly tasks: readonly number[];
  readonly createTask: (config: PipelineConfig, task: number) => Task;
  /** Whether a task that ended with this is started again by itself. */
  readonly restartsAfter: (error: unknown) => boolean;
  /** What has to end before its first tasks may start. */
  readonly after: Promise<void>;
  /** The state of one of its tasks is another one. */
  readonly onChange?: () => void;
  readonly logger: Logger;
}

/** One connector: what it should do, and those of its tasks that do it in this process, each by itself. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #runners = new Map<number, TaskRunner>();
  /** Tasks that went elsewhere, and still load what they had read. One of the same number starts after that. */
  readonly #ending = new Map<number, Promise<void>>();
  /** What no task may run beside. */
  #quiet: Promise<void>;
  #config: ConnectorConfig;
  #target: TargetState;
  /** That tasks had read which went elsewhere. */
  readonly #topics = new Set<string>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#target = options.target;
    this.#quiet = options.after;
    for (const task of options.tasks) this.#add(task);
  }

  get config(): ConnectorConfig {
    return this.#config;
  }

  get target(): TargetState {
    return this.#target;
  }

  /** Its tasks in this process by their numbers; with the reason where one has failed. */
  get tasks(): readonly TaskStanding[] {
    return this.#sorted
      .filter(({ isIdle }) => !isIdle)
      .map(({ id, state, failure }) => ({ id, state, ...(failure !== undefined && { failure }) }));
  }

  /** What its tasks in this process are doing; when all have failed, what they did last. */
  get reports(): readonly TaskReport[] {
    const now = this.#sorted.flatMap(({ report }) => report ?? []);
    return now.length > 0 ? now : this.#sorted.flatMap(({ lastReport }) => lastReport ?? []);
  }

  /** Topics that brought at least one record since the last reset. */
  get topics(): readonly string[] {
    return [...new Set([...this.#topics, ...this.#sorted.flatMap(({ topics }) => topics)])].sort();
  }

  /** What its tasks could not load when they were told to end. */
  get unfinished(): readonly unknown[] {
    return this.#sorted.flatMap(({ unfinished }) => unfinished ?? []);
  }

  /** Every task has failed, and nobody but a person starts one again. */
  get hasEnded(): boolean {
    return this.#sorted.every(({ hasEnded }) => hasEnded);
  }

  resetTopics(): void {
    this.#topics.clear();
    for (const runner of this.#sorted) runner.resetTopics();
  }

  /** Starts the tasks, if there are to be some. Rejects with the first reason when one cannot be started; it is FAILED then. */
  async start(): Promise<void> {
    await allEnded(this.#sorted.map((runner) => runner.start()));
  }

  /** Resolves when all of its tasks here are what is wanted: PAUSED when nothing is loaded any more, STOPPED when they have left their group. */
  aim(target: TargetState): Promise<void> {
    this.#target = target;
    return this.#all((runner) => runner.aim(target));
  }

  /** Resolves when its tasks here have left their group, also those that went elsewhere. */
  async stop(): Promise<void> {
    await Promise.all([this.aim('STOPPED'), ...this.#ending.values()]);
  }

  /** Puts another configuration in place, with the tasks that this process runs then; each is started anew. */
  async configure(config: ConnectorConfig, tasks: readonly number[]): Promise<void> {
    this.#config = config;
    const stay = this.#sorted.filter(({ id }) => tasks.includes(id));
    const others = this.assign(tasks);
    await Promise.all([others, ...stay.map((runner) => runner.configure(config.pipeline))]);
  }

  /** Ends tasks that are not among these, and starts those that are new; the others go on. */
  async assign(tasks: readonly number[]): Promise<void> {
    for (const { id } of this.#sorted) if (!tasks.includes(id)) this.#remove(id);
    const added = tasks.filter((task) => !this.#runners.has(task)).map((task) => this.#add(task));
    // It is told by its state.
    await Promise.allSettled(added.map((runner) => runner.start()));
  }

  /** Ends tasks and starts new ones: one, those that have failed, or all. */
  restart({
    task,
    onlyFailed = false,
  }: {
    readonly task?: number | undefined;
    readonly onlyFailed?: boolean;
  } = {}): Promise<void> {
    const hit = this.#sorted.filter(
      ({ id, state }) => (task === undefined || id === task) && (!onlyFailed || state === 'FAILED'),
    );
    return Promise.all(hit.map((runner) => runner.restart())).then(() => undefined);
  }

  /** Runs something that its tasks must be away for; whatever else is wanted of them waits. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#quiet;
    const ended = new Deferred<void>();
    this.#quiet = ended.promise;
    const held = this.#sorted.map((runner) => runner.hold(ended.promise));
    try {
      await Promise.all([before, ...held, ...this.#ending.values()]);
      return await work();
    } finally {
      ended.resolve();
    }
  }

  get #sorted(): TaskRunner[] {
    return [...this.#runners.values()].sort((one, other) => one.id - other.id);
  }

  async #all(what: (runner: TaskRunner) => Promise<void>): Promise<void> {
    await Promise.all(this.#sorted.map(what));
  }

  #add(id: number): TaskRunner {
    const { createTask, restartsAfter, onChange, logger } = this.#options;
    const others = this.#sorted;
    const runner = new TaskRunner({
      id,
      config: this.#config.pipeline,
      target: this.#target,
      // A connector that is made PAUSED has no tasks; one that was paused since gets more of them that are.
      isIdle: others.length === 0 ? this.#target !== 'RUNNING' : others.every(({ isIdle }) => isIdle),
      createTask,
      restartsAfter,
      after: Promise.all([this.#quiet, this.#ending.get(id)]),
      onChange: () => onChange?.(),
      logger,
    });
    this.#runners.set(id, runner);
    return runner;
  }

  #remove(id: number): void {
    const runner = this.#runners.get(id);
    this.#runners.delete(id);
    const before = this.#ending.get(id) ?? Promise.resolve();
    const ended = Promise.all([before, runner?.aim('STOPPED')]).then(() => {
      for (const topic of runner?.topics ?? []) this.#topics.add(topic);
      if (this.#ending.get(id) === ended) this.#ending.delete(id);
    });
    this.#ending.set(id, ended);
  }
}
