import { type Pipeline } from '../pipeline.ts';
import { problemsOf } from './readiness.ts';
import { type Progress } from './status-line.ts';

/** The tasks that run in this process now, and what they have done together with those that have ended. */
export class TaskList {
  readonly #running = new Set<Pipeline>();
  #endedRows = 0;
  #peakBytesInFlight = 0;

  add(pipeline: Pipeline): void {
    this.#running.add(pipeline);
    const leave = (): void => {
      this.#running.delete(pipeline);
      this.#endedRows += pipeline.stats.rowsLoaded;
      this.#peakBytesInFlight = Math.max(this.#peakBytesInFlight, pipeline.inFlight.peak);
    };
    pipeline.done.then(leave, leave);
  }

  /** What keeps rows from their tables now, in sentences. */
  problems(now: number): string[] {
    return [...this.#running].flatMap((pipeline) => problemsOf(pipeline, now));
  }

  get progress(): Progress {
    const all = [...this.#running];
    const sum = (read: (pipeline: Pipeline) => number): number => all.reduce((total, one) => total + read(one), 0);
    return {
      rowsLoaded: this.#endedRows + sum(({ stats }) => stats.rowsLoaded),
      lag: sum(({ stats }) => stats.lag),
      retries: sum(({ stats }) => stats.retries),
      inFlightBytes: sum(({ inFlight }) => inFlight.bytes),
      lastLoad: all.findLast(({ stats }) => stats.lastLoad)?.stats.lastLoad,
    };
  }

  /** The most bytes that one task ever had in flight. */
  get peakBytesInFlight(): number {
    return Math.max(this.#peakBytesInFlight, ...[...this.#running].map(({ inFlight }) => inFlight.peak));
  }
}
