import { backoffMs } from '../core/backoff.ts';
import { describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { partitionKey } from '../core/record-batch.ts';
import { type TaskStats } from '../core/task-stats.ts';
import { type Position, type Source } from './source.ts';

/** Times in milliseconds. */
export interface OffsetCommitterOptions {
  readonly source: Source;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/**
 * Makes acknowledged positions durable in Kafka: one commit at a time, for all partitions that moved since the last.
 * While one is under way the next ones gather, so busy lanes share a request.
 */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  readonly #moved = new Map<string, Position>();
  #underway: Promise<void> | undefined;
  #suspended = true;
  /** Counts the suspensions, so that what was under way before one has no effect after it. */
  #generation = 0;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** A position moved; it will be committed soon. */
  update(position: Position): void {
    this.#moved.set(partitionKey(position), position);
    this.#kick();
  }

  /** Between two generations nobody commits: the partitions may already belong to somebody else. */
  suspend(): void {
    this.#suspended = true;
    this.#generation++;
    this.#moved.clear();
    this.#cancelRetry();
  }

  /** A new generation has begun. */
  resume(): void {
    this.#suspended = false;
    this.#failures = 0;
  }

  /** Commits what is left, once; a failure is logged and costs duplicates after the next start, never records. */
  async flush(): Promise<void> {
    this.#cancelRetry();
    // The end of a commit starts the next one when positions came meanwhile.
    while (this.#underway) await this.#underway;
    this.#cancelRetry();
    if (!this.#suspended && this.#moved.size > 0) await this.#start();
  }

  #kick(): void {
    if (this.#suspended || this.#underway || this.#retry || this.#moved.size === 0) return;
    void this.#start();
  }

  #start(): Promise<void> {
    this.#underway = this.#commit().finally(() => {
      this.#underway = undefined;
      this.#kick();
    });
    return this.#underway;
  }

  async #commit(): Promise<void> {
    const { source, stats, logger } = this.#options;
    const generation = this.#generation;
    const positions = [...this.#moved.values()];
    this.#moved.clear();
    try {
      await source.commit(positions);
      this.#failures = 0;
      stats.commits++;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#failures++;
      for (const position of positions) {
        const key = partitionKey(position);
        if (!this.#moved.has(key)) this.#moved.set(key, position);
      }
      logger.warn({ error: describeError(error), failures: this.#failures }, 'Committing offsets failed; trying again');
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#kick();
      }, backoffMs(this.#failures));
    }
  }

  #cancelRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}
