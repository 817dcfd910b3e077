import { type TableTarget } from '../../core/table-target.ts';
import { type StreamLoadLane } from './stream-load-lane.ts';

/** What the lanes of a task share. */
export interface TableLanesOptions {
  /** Bytes that may wait over all tables before the table that holds the most is flushed. */
  readonly maxBytes: number;
  readonly createLane: (target: TableTarget, onBuffered: () => void) => StreamLoadLane;
}

/** The lanes of a task, one for each table, made when the first partition needs it. */
export class TableLanes {
  readonly #options: TableLanesOptions;
  readonly #lanes = new Map<string, StreamLoadLane>();
  #checking = false;

  constructor(options: TableLanesOptions) {
    this.#options = options;
  }

  get(target: TableTarget): StreamLoadLane {
    let lane = this.#lanes.get(target.name);
    if (!lane) {
      lane = this.#options.createLane(target, () => this.#scheduleCheck());
      this.#lanes.set(target.name, lane);
    }
    return lane;
  }

  /** All of them. */
  get all(): readonly StreamLoadLane[] {
    return [...this.#lanes.values()];
  }

  /** Whether every lane has stopped for good, so that nothing will be loaded any more. */
  get allFinished(): boolean {
    return this.#lanes.size > 0 && [...this.#lanes.values()].every((lane) => lane.isFinished);
  }

  /** The lanes that have stopped, and why. */
  get stopped(): readonly { readonly table: string; readonly error: Error }[] {
    return [...this.#lanes].flatMap(([table, { stopped: error }]) => (error ? [{ table, error }] : []));
  }

  /** The first error that stopped a lane. */
  get firstError(): Error | undefined {
    return this.stopped[0]?.error;
  }

  isStopped({ name }: TableTarget): boolean {
    return this.#lanes.get(name)?.stopped !== undefined;
  }

  /** Cuts the loads under way and resolves when they have ended; the caller bounds the wait. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  /** Bytes are announced before they reach their flush operator, so the check waits until they are there. */
  #scheduleCheck(): void {
    if (this.#checking) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      this.#flushFullest();
    });
  }

  #flushFullest(): void {
    let total = 0;
    let fullest: StreamLoadLane | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.stopped) continue;
      total += lane.buffered;
      if (!fullest || lane.buffered > fullest.buffered) fullest = lane;
    }
    if (total >= this.#options.maxBytes) fullest?.flush();
  }
}
