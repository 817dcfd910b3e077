import { backoffMs } from '../../core/backoff.ts';
import { type DeadLetterTopic, sourceText } from '../../core/dead-letter.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type DeadLetter } from '../../core/record-batch.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { deadLetterRecord } from './dead-letter-record.ts';
import { errorLine } from './error-line.ts';

/** What becomes of bad records. */
export interface BadRecordsOptions {
  /** `none`: the first one stops its lane. `all`: they are left out. */
  readonly tolerance: 'none' | 'all';
  /** Where they are written to; undefined for nowhere. */
  readonly topic: DeadLetterTopic | undefined;
  readonly contextHeaders: boolean;
  readonly log: { readonly enable: boolean; readonly includeMessages: boolean };
  readonly pipeline: string;
  readonly task: number;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/** A bad record that was set apart. */
interface SentLetter {
  /** Where the topic ended before that. */
  readonly ends: readonly number[];
  /** Whether it stands in the topic, and whether that was counted and logged as well. */
  readonly state: 'in doubt' | 'written' | 'reported';
}

/**
 * What becomes of the records that cannot be loaded, and which of them stand in the dead letter topic already: a load
 * that is repeated, in this process or in the next one, must not write them again.
 */
export class BadRecords {
  readonly #options: BadRecordsOptions;
  /** Those of loads that have not ended yet, by where they were read. */
  readonly #sent = new Map<string, SentLetter>();
  readonly #sending = new Set<Promise<void>>();

  constructor(options: BadRecordsOptions) {
    this.#options = options;
  }

  /** Whether bad records are left out; otherwise the first one stops its lane. */
  get areTolerated(): boolean {
    return this.#options.tolerance === 'all';
  }

  /** The bad records of one load. */
  createBatch(): BadRecordBatch {
    return new BadRecordBatch(this.#options, this.#sent, (letters) => this.#send(letters));
  }

  async #send(letters: readonly DeadLetter[]): Promise<void> {
    const { topic } = this.#options;
    if (!topic) return;
    const sending = topic.send(letters.map((letter) => deadLetterRecord(letter, this.#options)));
    this.#sending.add(sending);
    try {
      await sending;
    } finally {
      this.#sending.delete(sending);
    }
  }

  /** The partitions are handed out anew; what was written by then is recalled from what their loads left behind. */
  forget(): void {
    this.#sent.clear();
  }

  /**
   * Looks up what an interrupted load has written, from where the topic ended before it. It asks until the brokers
   * answer, or the signal is aborted.
   */
  async recall(ends: readonly number[], signal: AbortSignal): Promise<void> {
    const { topic, logger } = this.#options;
    if (!topic) return;
    // A load of this process that was given up may still be writing.
    await Promise.allSettled(this.#sending);
    for (let attempt = 1; ; attempt++) {
      try {
        for (const source of await topic.written(ends)) this.#sent.set(sourceText(source), { ends, state: 'reported' });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UnavailableError)) throw error;
        logger.warn(
          { error: describeError(error), attempt },
          'Looking up which dead letters an interrupted load has written failed; trying again',
        );
        await pause(backoffMs(attempt), signal);
      }
    }
  }
}

/** The bad records of one load, through all of its attempts. */
export class BadRecordBatch {
  readonly #options: BadRecordsOptions;
  readonly #sent: Map<string, SentLetter>;
  readonly #send: (letters: readonly DeadLetter[]) => Promise<void>;
  readonly #letters: DeadLetter[] = [];
  #pending: DeadLetter[] = [];
  #ends: readonly number[] | undefined;

  constructor(
    options: BadRecordsOptions,
    sent: Map<string, SentLetter>,
    send: (letters: readonly DeadLetter[]) => Promise<void>,
  ) {
    this.#options = options;
    this.#sent = sent;
    this.#send = send;
  }

  get size(): number {
    return this.#letters.length;
  }

  /** The first bad record. */
  get first(): DeadLetter | undefined {
    return this.#letters[0];
  }

  add(letters: readonly DeadLetter[]): void {
    this.#letters.push(...letters);
    this.#pending.push(...letters);
  }

  /**
   * Where the dead letter topic ended before the first of these records was written to it; undefined when none has to be.
   *
   * @throws UnavailableError when no broker tells.
   */
  async ends(): Promise<readonly number[] | undefined> {
    const { topic } = this.#options;
    if (!topic || this.#letters.length === 0) return undefined;
    if (this.#pending.length === 0 && this.#ends) return this.#ends;
    let ends = this.#ends ?? (await topic.ends());
    for (const { record } of this.#pending) {
      const earlier = this.#sent.get(sourceText(record));
      if (earlier) ends = ends.map((end, partition) => Math.min(end, earlier.ends[partition] ?? 0));
    }
    this.#ends = ends;
    return ends;
  }

  /**
   * Writes and logs what was not written yet; resolves when all of it is acknowledged.
   *
   * @throws RecordError for a record that is larger than the topic takes; UnavailableError when it was not acknowledged:
   * then `write` again.
   */
  async write(): Promise<void> {
    const { topic, log, logger, stats } = this.#options;
    const ends = (await this.ends()) ?? [];
    if (topic) await this.#clearDoubts(topic, ends);
    const fresh = this.#pending.filter(({ record }) => !this.#sent.has(sourceText(record)));
    if (fresh.length > 0) {
      this.#mark(fresh, { ends, state: 'in doubt' });
      await this.#send(fresh);
      this.#mark(fresh, { ends, state: 'written' });
    }
    const written = this.#pendingIn('written');
    this.#mark(written, { ends, state: 'reported' });
    this.#pending = [];
    for (const letter of written) {
      if (log.enable) logger.error({}, errorLine(letter, { ...this.#options, includeMessages: log.includeMessages }));
    }
    stats.setApart(written);
  }

  /** A send has failed, of this load or of one that was given up; some of it may have been written. */
  async #clearDoubts(topic: DeadLetterTopic, ends: readonly number[]): Promise<void> {
    const doubtful = this.#pendingIn('in doubt');
    if (doubtful.length === 0) return;
    const found = new Set((await topic.written(ends)).map(sourceText));
    for (const letter of doubtful) {
      const key = sourceText(letter.record);
      if (found.has(key)) this.#mark([letter], { ends, state: 'written' });
      else this.#sent.delete(key);
    }
  }

  #pendingIn(state: SentLetter['state']): DeadLetter[] {
    return this.#pending.filter(({ record }) => this.#sent.get(sourceText(record))?.state === state);
  }

  #mark(letters: readonly DeadLetter[], sent: SentLetter): void {
    for (const { record } of letters) this.#sent.set(sourceText(record), sent);
  }

  /** The load has ended: its records never come back. */
  settle(): void {
    for (const { record } of this.#letters) this.#sent.delete(sourceText(record));
  }
}
