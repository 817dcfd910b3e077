import { type Observable } from 'rxjs';
import { type TaskSnapshot } from '../core/task-snapshot.ts';
import { type DoneLoad } from '../core/task-stats.ts';

/** Which task of which connector. */
export interface TaskName {
  readonly connector: string;
  /** From 0 on. */
  readonly task: number;
}

/** What a task can be told to do. */
export interface TaskCalls {
  /** Rejects when it cannot start. */
  start(): Promise<void>;
  /** Loads what was read, and then nothing more; before `start`, it makes the task start without loading anything. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Loads what was read and closes everything, within a limit. Never rejects; safe to call again. */
  stop(): Promise<void>;
}

/**
 * One task of a connector, wherever it runs. A `Pipeline` is one in this thread, a `TaskThread` one in a thread of its own.
 * Its calls come one after the other, except `stop`, which may come at any time.
 */
export interface Task extends TaskCalls {
  /** Settles when the task has ended: rejects with the reason when it could not go on. */
  readonly done: Promise<void>;
  /** Each load that goes through. */
  readonly load$: Observable<DoneLoad>;
  /** What it is doing and has done, as far as is known here. */
  snapshot(): TaskSnapshot;
  /** How late its thread is with what it has to do, in milliseconds; undefined for a task without a thread of its own. */
  readonly lagMs?: number;
  /** Forgets which topics have brought records. */
  forgetTopics(): void;
}
