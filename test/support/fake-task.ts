import { Subject } from 'rxjs';
import { type Task } from '../../src/control/task.ts';
import { Deferred } from '../../src/core/deferred.ts';
import { type TaskSnapshot } from '../../src/core/task-snapshot.ts';
import { type DoneLoad } from '../../src/core/task-stats.ts';
import { taskCounts, taskReport } from './task-report.ts';

/** A task whose course a test sets. */
export class FakeTask implements Task {
  /** Its number. */
  readonly id: number;
  readonly topics = new Set<string>();
  readonly #load = new Subject<DoneLoad>();
  readonly load$ = this.#load.asObservable();
  /** What it was told, in order. */
  readonly calls: string[] = [];
  readonly #done = new Deferred<void>();
  readonly done = this.#done.promise;
  /** What keeps the next calls of that name waiting. */
  readonly holds = new Map<string, Promise<void>>();
  reported = taskReport();
  startError: Error | undefined;

  constructor(id = 0) {
    this.id = id;
  }

  snapshot(): TaskSnapshot {
    return { report: this.reported, counts: taskCounts(), topics: [...this.topics], lastLoad: undefined };
  }

  forgetTopics(): void {
    this.topics.clear();
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

  /** A load goes through. */
  loaded(load: DoneLoad): void {
    this.#load.next(load);
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
