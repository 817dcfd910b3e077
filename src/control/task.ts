import { type TaskReport } from '../core/task-report.ts';

/** What the worker sees of a task's work. */
export interface TaskView {
  /** Topics that brought at least one record. */
  readonly topics: Set<string>;
}

/**
 * One task of a connector, wherever it runs. A `Pipeline` is one in this process.
 * Its calls come one after the other, except `stop`, which may come at any time.
 */
export interface Task {
  readonly stats: TaskView;
  /** Settles when the task has ended: rejects with the reason when it could not go on. */
  readonly done: Promise<void>;
  /** What it is doing, as far as is known here. */
  report(): TaskReport;
  /** Rejects when it cannot start. */
  start(): Promise<void>;
  /** Loads what was read, and then nothing more; before `start`, it makes the task start without loading anything. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Loads what was read and closes everything, within a limit. Never rejects; safe to call again. */
  stop(): Promise<void>;
}
