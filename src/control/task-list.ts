import { lagOf, type TaskSnapshot } from '../core/task-snapshot.ts';
import { problemsOf } from './readiness.ts';
import { type Progress } from './status-line.ts';
import { type Task, type TaskName } from './task.ts';

/** The tasks that run in this process now, and what they have done together with those that have ended. */
export class TaskList {
  readonly #running = new Map<Task, TaskName>();
  #endedRows = 0;
  #peakBytesInFlight = 0;

  add(name: TaskName, task: Task): void {
    this.#running.set(task, name);
    const leave = (): void => {
      this.#running.delete(task);
      const { report, counts } = task.snapshot();
      this.#endedRows += report.rows;
      this.#peakBytesInFlight = Math.max(this.#peakBytesInFlight, counts.peakBytesInFlight);
    };
    task.done.then(leave, leave);
  }

  /** What keeps rows from their tables now, in sentences. */
  problems(now: number): string[] {
    return [...this.#running].flatMap(([task, name]) =>
      problemsOf(name, { report: task.snapshot().report, lagMs: task.lagMs }, now),
    );
  }

  get progress(): Progress {
    const all = this.#snapshots;
    const sum = (read: (one: TaskSnapshot) => number): number => all.reduce((total, one) => total + read(one), 0);
    return {
      rowsLoaded: this.#endedRows + sum(({ report }) => report.rows),
      lag: sum(({ report }) => lagOf(report)),
      retries: sum(({ counts }) => counts.retries.reduce((total, { count }) => total + count, 0)),
      inFlightBytes: sum(({ report }) => report.inFlight.bytes),
      lastLoad: all.findLast(({ lastLoad }) => lastLoad)?.lastLoad,
    };
  }

  /** The most bytes that one task ever had in flight. */
  get peakBytesInFlight(): number {
    return Math.max(this.#peakBytesInFlight, ...this.#snapshots.map(({ counts }) => counts.peakBytesInFlight));
  }

  get #snapshots(): TaskSnapshot[] {
    return Array.from(this.#running.keys(), (task) => task.snapshot());
  }
}
