import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../../core/backoff.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { LostAnswerError } from './http-put.ts';
import { newLoadLabel } from './load-label.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type StreamLoadClient } from './stream-load-client.ts';
import { type LoadAnswer } from './stream-load-response.ts';

/** What a table loader works with. */
export interface TableLoaderOptions {
  readonly pipeline: string;
  readonly table: string;
  readonly client: StreamLoadClient;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/** How a load ended: its rows are durable, or StarRocks will never take these bytes. */
export type LoadResult = LoadAnswer & { readonly verdict: 'loaded' | 'rejected' };

/** Milliseconds between two looks at a label whose load is still under way. */
const LABEL_POLL_MS = [100, 250, 500, 1_000, 2_000, 5_000] as const;

/**
 * Loads bytes into a table until they are in, with one label through all attempts, so that an attempt whose answer was
 * lost cannot load them twice. It waits for ever for what can pass, and returns at once what cannot.
 */
export class TableLoader {
  readonly #options: TableLoaderOptions;
  #lastTrouble = '';

  constructor(options: TableLoaderOptions) {
    this.#options = options;
  }

  /**
   * @param turns what the attempts of all tables share. Only an attempt takes a turn: a table that waits for a person or
   * for its next attempt keeps nobody else waiting.
   * @throws the signal's reason when it is aborted; nothing else.
   */
  async load(body: LoadBody, signal: AbortSignal, turns?: Limiter): Promise<LoadResult> {
    const { pipeline, table, stats } = this.#options;
    const label = newLoadLabel(pipeline, table);
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(label, body, signal, turns);
      if (answer.verdict === 'loaded' || answer.verdict === 'rejected') {
        this.#recovered();
        return { ...answer, verdict: answer.verdict };
      }
      stats.retries++;
      this.#report(answer, label, attempt);
      await pause(backoffMs(attempt), signal);
    }
  }

  async #attempt(label: string, body: LoadBody, signal: AbortSignal, turns?: Limiter): Promise<LoadAnswer> {
    const { client, table } = this.#options;
    try {
      const load = (): Promise<LoadAnswer> => client.load(table, label, body, signal);
      const answer = await (turns ? turns.run(load, signal) : load());
      if (answer.verdict === 'rejected' && answer.errorUrl !== undefined) {
        const log = await client.errorLog(answer.errorUrl, signal);
        return log === '' ? answer : { ...answer, message: `${answer.message}. StarRocks' error log: ${log}` };
      }
      if (answer.verdict !== 'running' && answer.verdict !== 'ambiguous') return answer;
      return await this.#settle(label, answer.message, signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = describeError(error);
      if (error instanceof LostAnswerError) return this.#settle(label, message, signal);
      if (error instanceof UnavailableError) return { verdict: 'retry', message };
      throw error;
    }
  }

  /** Nobody told how an attempt ended: its label's state does. */
  async #settle(label: string, message: string, signal: AbortSignal): Promise<LoadAnswer> {
    const { client } = this.#options;
    for (let look = 0; ; look++) {
      await pause(LABEL_POLL_MS[Math.min(look, LABEL_POLL_MS.length - 1)], signal);
      let state: string;
      try {
        state = await client.labelState(label, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#report({ verdict: 'ambiguous', message: describeError(error) }, label, look + 1);
        continue;
      }
      if (state === 'VISIBLE' || state === 'COMMITTED')
        return { verdict: 'loaded', message: `${message} (label state ${state})` };
      // The same label again is safe even if the lost attempt begins late: only one of the two can win.
      if (state === 'ABORTED' || state === 'UNKNOWN') return { verdict: 'retry', message };
    }
  }

  /** Says each trouble once, not at every attempt. */
  #report(answer: LoadAnswer, label: string, attempt: number): void {
    const { table, logger } = this.#options;
    const facts = { table, label, attempt, reason: answer.message };
    const trouble = `${answer.verdict} ${answer.message.replaceAll(/\d+/g, '#')}`;
    if (trouble === this.#lastTrouble) {
      logger.debug(facts, 'Still trying to load');
      return;
    }
    this.#lastTrouble = trouble;
    if (answer.verdict === 'refused') {
      logger.error(facts, `StarRocks refuses every load into ${table} until somebody mends it: ${answer.message}`);
    } else {
      logger.warn(facts, `A load into ${table} did not go through and is tried again: ${answer.message}`);
    }
  }

  #recovered(): void {
    if (this.#lastTrouble === '') return;
    this.#lastTrouble = '';
    this.#options.logger.info({ table: this.#options.table }, `Loading into ${this.#options.table} works again`);
  }
}

async function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    // Node has an error of its own for that.
    signal.throwIfAborted();
    throw error;
  }
}
