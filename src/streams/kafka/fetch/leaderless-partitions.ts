import { type Logger } from '../../../core/logger.ts';
import { type Leader } from './cluster-map.ts';

/** An election of a leader is over by then, milliseconds. */
const ELECTION_MS = 1_000;
/** Partitions that a message names. */
const NAMED = 3;

/** Tells people of partitions that nobody leads, and of the end of that: once each. */
export class LeaderlessPartitions {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #since = new Map<string, { readonly ms: number; isTold: boolean }>();

  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /**
   * @param asked - Partitions whose leaders Kafka was asked for.
   * @param leaders - What it answered; those without a leader are missing.
   */
  answered(asked: readonly { readonly key: string }[], leaders: ReadonlyMap<string, Leader>): void {
    const now = this.#now();
    const gone: string[] = [];
    const back: string[] = [];
    for (const { key } of asked) {
      const since = this.#since.get(key);
      if (leaders.has(key)) {
        if (since?.isTold) back.push(key);
        this.#since.delete(key);
      } else if (!since) this.#since.set(key, { ms: now, isTold: false });
      else if (!since.isTold && now - since.ms >= ELECTION_MS) {
        since.isTold = true;
        gone.push(key);
      }
    }
    if (gone.length > 0) {
      this.#logger.warn(
        { partitions: gone },
        `No broker leads ${named(gone)}, so that nothing more of that is loaded until one does; other partitions go on. Is a broker down, or a topic deleted?`,
      );
    }
    if (back.length > 0) this.#logger.info({ partitions: back }, `A broker leads ${named(back)} again`);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#since.clear();
  }
}

function named(partitions: readonly string[]): string {
  const more = partitions.length - NAMED;
  return partitions.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
