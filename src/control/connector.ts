import { type PipelineConfig } from '../config/model.ts';
import { backoffMs } from '../core/backoff.ts';
import { describeError, UnavailableError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { type TaskReport } from '../core/task-report.ts';
import { type Task } from './task.ts';

/** What a person wants of a connector. */
export const targetStates = ['RUNNING', 'PAUSED', 'STOPPED'] as const;
export type TargetState = (typeof targetStates)[number];

/** What a task is doing, in Kafka Connect's words. */
export type TaskState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING';

/** A connector's configuration: as it was given, and as it was understood. */
export interface ConnectorConfig {
  readonly given: ReadonlyMap<string, string>;
  readonly pipeline: PipelineConfig;
}

export interface ConnectorOptions {
  readonly config: ConnectorConfig;
  readonly target: TargetState;
  readonly createTask: (config: PipelineConfig) => Task;
  /** What has to end before its first task may start. */
  readonly after: Promise<void>;
  /** The state of its task is another one. */
  readonly onChange?: () => void;
  readonly logger: Logger;
}

/** Longest pause before a task is started again, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * One connector: what it should do, and the task that does it. Whatever changes the task takes its turn, so that a pause, a
 * stop and a new configuration never meet; each turn brings the task to what is wanted by then.
 *
 * A task that ends because something outside does not answer is started again by itself, after growing pauses. Any other
 * failure waits for a person, as in Kafka Connect.
 */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #topics = new Set<string>();
  #config: ConnectorConfig;
  #target: TargetState;
  #task: Task | undefined;
  /** The task that is told to end: what it says then is no failure. */
  #leaving: Task | undefined;
  #taskState: TaskState = 'UNASSIGNED';
  /** Of the task that has failed. */
  #lastReport: TaskReport | undefined;
  #failure: unknown;
  #unfinished: unknown;
  /** It was made PAUSED or is STOPPED: then there is no task, as in Kafka Connect. */
  #idle: boolean;
  #isPausing = false;
  #turn: Promise<void>;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#turn = options.after;
    this.#target = options.target;
    this.#idle = options.target !== 'RUNNING';
  }

  get #state(): TaskState {
    return this.#taskState;
  }

  set #state(state: TaskState) {
    this.#taskState = state;
    this.#options.onChange?.();
  }

  get config(): ConnectorConfig {
    return this.#config;
  }

  get target(): TargetState {
    return this.#target;
  }

  /** Each task's state, by its number; with the reason where it has failed. */
  get tasks(): readonly { readonly state: TaskState; readonly failure?: unknown }[] {
    if (this.#idle) return [];
    return [{ state: this.#state, ...(this.#state === 'FAILED' && { failure: this.#failure }) }];
  }

  /** What its task is doing, or was doing when it failed; undefined where there is none. */
  get report(): TaskReport | undefined {
    return this.#task?.report() ?? (this.#state === 'FAILED' ? this.#lastReport : undefined);
  }

  /** Topics that brought at least one record since the last reset. */
  get topics(): readonly string[] {
    return [...new Set([...this.#topics, ...(this.#task?.stats.topics ?? [])])].sort();
  }

  /** What the last task could not load when it was told to end; undefined when it had loaded all. */
  get unfinished(): unknown {
    return this.#unfinished;
  }

  resetTopics(): void {
    this.#topics.clear();
    this.#task?.stats.topics.clear();
  }

  /** Starts the task, if there is to be one. Rejects with the reason when it cannot be started; it is FAILED then. */
  async start(): Promise<void> {
    await this.#takeTurn(() => this.#settle());
    if (this.#state === 'FAILED') throw this.#failure;
  }

  /** Resolves when nothing is loaded any more. */
  pause(): Promise<void> {
    return this.#aim('PAUSED');
  }

  resume(): Promise<void> {
    return this.#aim('RUNNING');
  }

  /** Resolves when the task has left its group. */
  stop(): Promise<void> {
    this.#interrupt();
    return this.#aim('STOPPED');
  }

  /** Puts another configuration in place; the task is started anew with it. */
  configure(config: ConnectorConfig): Promise<void> {
    this.#config = config;
    return this.restart();
  }

  /** Ends the task and starts a new one. */
  restart(): Promise<void> {
    if (this.#idle) return this.#turn;
    this.#interrupt();
    this.#state = 'RESTARTING';
    return this.#takeTurn(async () => {
      await this.#endTask();
      await this.#settle();
    });
  }

  /** Runs something that the task must be away for; whatever else is wanted of the connector waits. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    let result: Promise<T> | undefined;
    await this.#takeTurn(async () => {
      result = Promise.resolve().then(work);
      await Promise.allSettled([result]);
    });
    if (!result) throw new Error('The connector has ended.');
    return result;
  }

  #aim(target: TargetState): Promise<void> {
    this.#target = target;
    return this.#takeTurn(() => this.#settle());
  }

  #takeTurn(turn: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(turn).catch((error: unknown) => this.#failed(this.#task, error));
    return this.#turn;
  }

  /** A task that starts or goes on may wait for Kafka without end. A pause has its limit, and must not be cut short. */
  #interrupt(): void {
    if (!this.#task || this.#isPausing) return;
    this.#leaving = this.#task;
    void this.#task.stop();
  }

  /** Brings the task to what is wanted. */
  async #settle(): Promise<void> {
    if (this.#target === 'STOPPED') {
      await this.#endTask();
      this.#idle = true;
    } else if (this.#target === 'PAUSED') {
      await this.#settlePaused();
    } else {
      await this.#settleRunning();
    }
  }

  async #settlePaused(): Promise<void> {
    if (this.#idle || this.#state === 'FAILED') return;
    if (!this.#task) {
      await this.#startTask();
      return;
    }
    this.#isPausing = true;
    await this.#task.pause();
    this.#isPausing = false;
    if (this.#isAt('RUNNING')) this.#state = 'PAUSED';
  }

  async #settleRunning(): Promise<void> {
    this.#idle = false;
    if (!this.#task) {
      // A failed task waits for its restart.
      if (this.#state !== 'FAILED') await this.#startTask();
    } else if (this.#state === 'PAUSED') {
      await this.#task.resume();
      if (this.#isAt('PAUSED')) this.#state = 'RUNNING';
    }
  }

  /** The task may have failed, and a restart may have been asked for, while something else was waited for. */
  #isAt(state: TaskState): boolean {
    return this.#state === state;
  }

  async #startTask(): Promise<void> {
    this.#state = 'UNASSIGNED';
    let task: Task | undefined;
    try {
      task = this.#options.createTask(this.#config.pipeline);
      this.#task = task;
      this.#watch(task);
      const { target } = this;
      if (target === 'PAUSED') await task.pause();
      // A start that waits for its group must not keep a task that was told to stop.
      await Promise.race([task.start(), task.done]);
      if (this.#isAt('UNASSIGNED')) this.#state = target === 'PAUSED' ? 'PAUSED' : 'RUNNING';
      this.#failures = 0;
    } catch (error) {
      await this.#failed(task, error);
    }
  }

  #watch(task: Task): void {
    task.done.catch((error: unknown) => {
      if (task === this.#leaving) {
        this.#unfinished = error;
        this.#options.logger.warn({ error: describeError(error) }, 'The task has stopped with something left to do');
      } else {
        void this.#failed(task, error);
      }
    });
  }

  async #failed(task: Task | undefined, error: unknown): Promise<void> {
    if (task !== this.#task || (task !== undefined && task === this.#leaving)) return;
    // Whoever is told of the state asks for the reason.
    this.#failure = error;
    this.#lastReport = task?.report();
    this.#state = 'FAILED';
    this.#options.logger.error({}, `The task has failed. ${describeError(error)}`);
    this.#forgetTask();
    await task?.stop();
    if (!(error instanceof UnavailableError) || !this.#isAt('FAILED')) return;
    this.#failures++;
    const waitMs = backoffMs(this.#failures, { limit: LONGEST_PAUSE_MS });
    this.#retry = setTimeout(() => {
      void this.#takeTurn(async () => {
        if (!this.#isAt('FAILED') || this.#target === 'STOPPED') return;
        this.#state = 'UNASSIGNED';
        await this.#settle();
      });
    }, waitMs);
  }

  async #endTask(): Promise<void> {
    clearTimeout(this.#retry);
    const task = this.#task;
    this.#unfinished = task === this.#leaving ? this.#unfinished : undefined;
    this.#leaving = task;
    await task?.stop();
    await task?.done.catch(() => undefined);
    this.#forgetTask();
    this.#leaving = undefined;
    this.#state = 'UNASSIGNED';
  }

  #forgetTask(): void {
    for (const topic of this.#task?.stats.topics ?? []) this.#topics.add(topic);
    this.#task = undefined;
  }
}
