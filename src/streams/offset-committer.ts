import { backoffMs } from '../core/backoff.ts';
import { describeError, NotTakenError, toError } from '../core/errors.ts';
import { type DecisionLog, type LoadIntent, type OffsetRange } from '../core/load-decisions.ts';
import { type Logger } from '../core/logger.ts';
import { partitionKey } from '../core/record-batch.ts';
import { type TaskStats } from '../core/task-stats.ts';
import { type LoadDecision, writeDecision } from './decision-metadata.ts';
import { type OffsetCommit, type Position, type Source } from './source.ts';

/** Times in milliseconds. */
export interface OffsetCommitterOptions {
  readonly source: Source;
  /** How long a loaded position may wait, because the next load's intent carries it as well. 0: commit at once. */
  readonly positionDelayMs: number;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/** Entries that belong together, and whoever waits for them. */
interface Write {
  readonly entries: ReadonlyMap<string, OffsetCommit>;
  readonly settle: (error?: Error) => void;
}

/**
 * Everything that is written to Kafka's offsets: loaded positions, and the intents and decisions of loads in two
 * phases. There is one commit under way at a time, so that what was asked for later is never overtaken by what was
 * asked for before; while it is under way the next ones gather, so busy lanes share a request.
 */
export class OffsetCommitter implements DecisionLog {
  readonly #options: OffsetCommitterOptions;
  /** Positions that have no load behind them, so that they stand in Kafka without metadata. */
  readonly #positions = new Map<string, Position>();
  readonly #writes: Write[] = [];
  /** Partitions in whose entry a load's intent or decision stands, or may stand. */
  readonly #inLoads = new Set<string>();
  #underway: Promise<void> | undefined;
  #suspended = true;
  /** Counts the suspensions, so that what was under way before one has no effect after it. */
  #generation = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The positions go with the next commit. */
  #due = false;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** A position moved, and no load is under way behind it; it will be committed soon. */
  update(position: Position): void {
    const key = partitionKey(position);
    this.#inLoads.delete(key);
    this.#positions.set(key, position);
    if (!this.#suspended && !this.#timer && !this.#due) this.#schedule(this.#options.positionDelayMs);
  }

  open(ranges: readonly OffsetRange[], intent: LoadIntent): Promise<void> {
    return this.#write('open', ranges, intent);
  }

  decide(ranges: readonly OffsetRange[], intent: LoadIntent): Promise<void> {
    return this.#write('decided', ranges, intent);
  }

  /** Between two generations nobody commits: the partitions may already belong to somebody else. */
  suspend(): void {
    this.#suspended = true;
    this.#generation++;
    this.#positions.clear();
    this.#inLoads.clear();
    this.#due = false;
    this.#cancelTimer();
    for (const write of this.#writes.splice(0)) write.settle(movedOn());
  }

  /** A new generation has begun. */
  resume(): void {
    this.#suspended = false;
    this.#due = false;
    this.#failures = 0;
  }

  /** Commits what is left, once. Returns whether nothing is left; a failure is logged, and costs no rows. */
  async flush(): Promise<boolean> {
    await this.#settled();
    this.#schedule(0);
    await this.#settled();
    this.#cancelTimer();
    return this.#positions.size === 0;
  }

  /** The end of a commit starts the next one when something came meanwhile. */
  async #settled(): Promise<void> {
    while (this.#underway) await this.#underway;
  }

  #write(state: LoadDecision['state'], ranges: readonly OffsetRange[], intent: LoadIntent): Promise<void> {
    if (this.#suspended) return Promise.reject(movedOn());
    const time = Date.now();
    const entries = new Map<string, OffsetCommit>();
    for (const { topic, partition, firstOffset, nextOffset } of ranges) {
      const key = partitionKey({ topic, partition });
      // A load may take several ranges of a partition; they follow each other.
      const offset = Math.min(firstOffset, entries.get(key)?.offset ?? firstOffset);
      entries.set(key, {
        topic,
        partition,
        offset,
        metadata: writeDecision({ ...intent, state, nextOffset, time }),
      });
      this.#inLoads.add(key);
      // The intent carries the position.
      this.#positions.delete(key);
    }
    return new Promise((resolve, reject) => {
      this.#writes.push({ entries, settle: (error) => (error ? reject(error) : resolve()) });
      this.#kick();
    });
  }

  #kick(): void {
    if (this.#suspended || this.#underway) return;
    const positions = this.#due ? [...this.#positions.values()] : [];
    if (this.#due) this.#positions.clear();
    // Also when intents have carried all of them: the next position has a delay of its own.
    this.#due = false;
    if (this.#writes.length === 0 && positions.length === 0) return;
    this.#underway = this.#commit(this.#takeWrites(), positions).finally(() => {
      this.#underway = undefined;
      this.#kick();
    });
  }

  async #commit(writes: readonly Write[], positions: readonly Position[]): Promise<void> {
    const { source, stats, logger } = this.#options;
    const generation = this.#generation;
    try {
      await source.commit([...writes.flatMap(({ entries }) => [...entries.values()]), ...positions]);
      this.#failures = 0;
      stats.commits++;
      for (const write of writes) write.settle();
    } catch (error) {
      stats.commitFailures++;
      for (const write of writes) write.settle(toError(error));
      if (generation !== this.#generation || positions.length === 0) return;
      this.#failures++;
      for (const position of positions) {
        const key = partitionKey(position);
        if (!this.#positions.has(key) && !this.#inLoads.has(key)) this.#positions.set(key, position);
      }
      logger.warn({ error: describeError(error), failures: this.#failures }, 'Committing offsets failed; trying again');
      this.#due = false;
      this.#schedule(backoffMs(this.#failures));
    }
  }

  /** What can go in one request: an entry must not be overtaken by a later one of its partition. */
  #takeWrites(): Write[] {
    const taken: Write[] = [];
    const keys = new Set<string>();
    for (;;) {
      const [write] = this.#writes;
      if (!write || [...write.entries.keys()].some((key) => keys.has(key))) return taken;
      for (const key of write.entries.keys()) keys.add(key);
      taken.push(write);
      this.#writes.shift();
    }
  }

  /** Commits the positions after a while, or at once. */
  #schedule(ms: number): void {
    this.#cancelTimer();
    const commit = (): void => {
      this.#timer = undefined;
      this.#due = true;
      this.#kick();
    };
    if (ms === 0) commit();
    else this.#timer = setTimeout(commit, ms);
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function movedOn(): NotTakenError {
  return new NotTakenError('The group is between two generations.');
}
