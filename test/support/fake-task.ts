import { type Task } from '../../src/control/task.ts';
import { Deferred } from '../../src/core/deferred.ts';
import { type TaskReport } from '../../src/core/task-report.ts';
import { taskReport } from './task-report.ts';

/** A task whose course a test sets. */
export class FakeTask implements Task {
  readonly stats = { topics: new Set<string>() };
  /** What it was told, in order. */
  readonly calls: string[] = [];
  readonly #done = new Deferred<void>();
  readonly done = this.#done.promise;
  /** What keeps the next calls of that name waiting. */
  readonly holds = new Map<string, Promise<void>>();
  reported = taskReport();
  startError: Error | undefined;

  constructor() {
    this.done.catch(() => undefined);
  }

  report(): TaskReport {
    return this.reported;
  }

  async start(): Promise<void> {
    await this.#called('start');
    if (this.startError) throw this.startError;
  }

  pause(): Promise<void> {
    return this.#called('pause');
  }

  resume(): Promise<void> {
    return this.#called('resume');
  }

  async stop(): Promise<void> {
    await this.#called('stop');
    this.#done.resolve();
  }

  /** It cannot go on. */
  fail(error: Error): void {
    this.#done.reject(error);
  }

  async #called(name: string): Promise<void> {
    this.calls.push(name);
    await this.holds.get(name);
  }
}
