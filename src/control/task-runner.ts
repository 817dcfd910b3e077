import { type PipelineConfig } from '../config/model.ts';
import { backoffMs } from '../core/backoff.ts';
import { describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { type TaskReport } from '../core/task-report.ts';
import { type Task } from './task.ts';

/** What a person wants of a connector. */
export const targetStates = ['RUNNING', 'PAUSED', 'STOPPED'] as const;
export type TargetState = (typeof targetStates)[number];

/** What a task is doing, in Kafka Connect's words. */
export type TaskState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING';

export interface TaskRunnerOptions {
  /** Its number among the tasks of the connector. */
  readonly id: number;
  readonly config: PipelineConfig;
  readonly target: TargetState;
  /** Whether there is to be no task before it is resumed. */
  readonly isIdle: boolean;
  readonly createTask: (config: PipelineConfig, id: number) => Task;
  /** Whether a task that ended with this is started again by itself, after growing pauses. Others wait for a person. */
  readonly restartsAfter: (error: unknown) => boolean;
  /** What has to end before it may start for the first time. */
  readonly after: Promise<unknown>;
  /** Its state is another one. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** Longest pause before a task is started again, in milliseconds. One that ran for longer begins with short pauses anew. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Runs one task of a connector, one after the other where it is started anew. Whatever changes the task takes its turn, so
 * that a pause, a stop and a new configuration never meet; each turn brings the task to what is wanted by then.
 */
export class TaskRunner {
  readonly id: number;
  readonly #options: TaskRunnerOptions;
  readonly #topics = new Set<string>();
  #config: PipelineConfig;
  #target: TargetState;
  #task: Task | undefined;
  /** The task that is told to end: what it says then is no failure. */
  #leaving: Task | undefined;
  #taskState: TaskState = 'UNASSIGNED';
  /** Of the task that has failed. */
  #report: TaskReport | undefined;
  #failure: unknown;
  #unfinished: unknown;
  /** It was made PAUSED or is STOPPED: then there is no task, as in Kafka Connect. */
  #idle: boolean;
  #isPausing = false;
  #turn: Promise<void>;
  /** Since it last ran for a while. */
  #failures = 0;
  #startedAt = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.id = options.id;
    this.#config = options.config;
    this.#target = options.target;
    this.#idle = options.isIdle;
    this.#turn = options.after.then(() => undefined);
  }

  get state(): TaskState {
    return this.#taskState;
  }

  set #state(state: TaskState) {
    this.#taskState = state;
    this.#options.onChange();
  }

  get isIdle(): boolean {
    return this.#idle;
  }

  /** Why it has failed; undefined while it has not. */
  get failure(): unknown {
    return this.#isAt('FAILED') ? this.#failure : undefined;
  }

  /** It has failed, and nobody but a person starts it again. */
  get hasEnded(): boolean {
    return this.#isAt('FAILED') && !this.#options.restartsAfter(this.#failure);
  }

  /** What the task is doing; undefined where there is none. */
  get report(): TaskReport | undefined {
    return this.#task?.snapshot().report;
  }

  /** What the task was doing when it failed. */
  get lastReport(): TaskReport | undefined {
    return this.#isAt('FAILED') ? this.#report : undefined;
  }

  /** Topics that brought at least one record since the last reset. */
  get topics(): readonly string[] {
    return [...this.#topics, ...(this.#task?.snapshot().topics ?? [])];
  }

  /** What the last task could not load when it was told to end; undefined when it had loaded all. */
  get unfinished(): unknown {
    return this.#unfinished;
  }

  resetTopics(): void {
    this.#topics.clear();
    this.#task?.forgetTopics();
  }

  /** Starts the task, if there is to be one. Rejects with the reason when it cannot be started; it is FAILED then. */
  async start(): Promise<void> {
    await this.#takeTurn(() => this.#settle());
    if (this.#isAt('FAILED')) throw this.#failure;
  }

  /** Resolves when the task is what is wanted now: PAUSED when nothing is loaded any more, STOPPED when it has left its group. */
  aim(target: TargetState): Promise<void> {
    if (target === 'STOPPED') this.#interrupt();
    this.#target = target;
    return this.#takeTurn(() => this.#settle());
  }

  /** Puts another configuration in place; the task is started anew with it. */
  configure(config: PipelineConfig): Promise<void> {
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

  /**
   * Whatever is wanted of the task from now on waits until something has ended.
   *
   * @returns when what was wanted before is done.
   */
  async hold(until: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      void this.#takeTurn(async () => {
        resolve();
        await until;
      });
    });
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
    if (this.#idle || this.#isAt('FAILED')) return;
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
      if (!this.#isAt('FAILED')) await this.#startTask();
    } else if (this.#isAt('PAUSED')) {
      await this.#task.resume();
      if (this.#isAt('PAUSED')) this.#state = 'RUNNING';
    }
  }

  /** The task may have failed, and a restart may have been asked for, while something else was waited for. */
  #isAt(state: TaskState): boolean {
    return this.#taskState === state;
  }

  async #startTask(): Promise<void> {
    this.#state = 'UNASSIGNED';
    this.#startedAt = performance.now();
    let task: Task | undefined;
    try {
      task = this.#options.createTask(this.#config, this.id);
      this.#task = task;
      this.#watch(task);
      const target = this.#target;
      if (target === 'PAUSED') await task.pause();
      // A start that waits for its group must not keep a task that was told to stop.
      await Promise.race([task.start(), task.done]);
      if (this.#isAt('UNASSIGNED')) this.#state = target === 'PAUSED' ? 'PAUSED' : 'RUNNING';
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
    this.#report = task?.snapshot().report;
    this.#state = 'FAILED';
    const { id, logger, restartsAfter } = this.#options;
    logger.error({ task: id }, `Task ${id} has failed. ${describeError(error)}`);
    this.#forgetTask();
    await task?.stop();
    if (!restartsAfter(error) || !this.#isAt('FAILED')) return;
    this.#failures = performance.now() - this.#startedAt > LONGEST_PAUSE_MS ? 1 : this.#failures + 1;
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
    for (const topic of this.#task?.snapshot().topics ?? []) this.#topics.add(topic);
    this.#task = undefined;
  }
}
