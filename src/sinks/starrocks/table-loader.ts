import { allEnded } from '../../core/all-ended.ts';
import { backoffMs } from '../../core/backoff.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { markFailed, traced } from '../../core/tracing.ts';
import { type BadRecordBatch } from '../dead-letter/bad-records.ts';
import { type BatchLoader, type LoadJob, type LoadResult, type TableRows } from './batch-loader.ts';
import { LostAnswerError } from './http-put.ts';
import { newLoadLabel } from './load-label.ts';
import { LoadTrouble } from './load-trouble.ts';
import { perTable } from './per-table.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type StreamLoadClient } from './stream-load-client.ts';
import { isOverload, type LoadAnswer } from './stream-load-response.ts';

/** What a table loader works with. */
export interface TableLoaderOptions {
  readonly pipeline: string;
  /** Its own table. */
  readonly target: TableTarget;
  readonly client: (target: TableTarget) => StreamLoadClient;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** StarRocks cannot keep up with so many loads. */
  readonly onOverload: () => void;
}

/** Milliseconds between two looks at a label whose load is still under way. */
const LABEL_POLL_MS = [100, 250, 500, 1_000, 2_000, 5_000] as const;

/**
 * At least once: loads the bytes of each table in one request, with one label through all attempts, so that an attempt whose
 * answer was lost cannot load them twice. Only a process that ends between the load and its offsets repeats rows.
 */
export class TableLoader implements BatchLoader {
  readonly #options: TableLoaderOptions;
  readonly #trouble: (target: TableTarget) => LoadTrouble;

  constructor(options: TableLoaderOptions) {
    this.#options = options;
    this.#trouble = perTable(({ name }) => new LoadTrouble(name, options.stats, options.logger));
  }

  async load({ tables, badRecords, abandoned }: LoadJob, turns: Limiter): Promise<readonly LoadResult[]> {
    await this.#writeBadRecords(badRecords, abandoned);
    const results = await allEnded(tables.map((table) => this.#load(table, abandoned, turns)));
    this.#trouble(this.#options.target).over();
    return results;
  }

  async #load(
    { target = this.#options.target, body, rows }: TableRows,
    abandoned: AbortSignal,
    turns: Limiter,
  ): Promise<LoadResult> {
    const label = newLoadLabel(this.#options.pipeline, target.table);
    const trouble = this.#trouble(target);
    for (let attempt = 1; ; attempt++) {
      const attributes = {
        'db.system.name': 'starrocks',
        'db.collection.name': target.name,
        'tributary.label': label,
        'tributary.attempt': attempt,
      };
      const answer = await traced({ name: 'send', attributes }, async (span) => {
        const given = await this.#attempt(target, label, body, abandoned, turns);
        if (given.verdict !== 'loaded') markFailed(span, given.message);
        return given;
      });
      if (answer.verdict === 'loaded' || answer.verdict === 'rejected') {
        trouble.over();
        // An earlier attempt's rows were not counted for us.
        const miscounted = answer.verdict === 'loaded' && answer.rows && answer.rows.total !== rows;
        return { ...answer, verdict: miscounted ? 'miscounted' : answer.verdict };
      }
      if (isOverload(answer.message)) this.#options.onOverload();
      trouble.report(answer, label, attempt);
      await pause(backoffMs(attempt), abandoned);
    }
  }

  async #writeBadRecords(badRecords: BadRecordBatch, signal: AbortSignal): Promise<void> {
    const { pipeline, target } = this.#options;
    const label = newLoadLabel(pipeline, target.table);
    for (let attempt = 1; badRecords.size > 0; attempt++) {
      try {
        await badRecords.write();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UnavailableError)) throw error;
        this.#trouble(target).report({ verdict: 'retry', message: describeError(error) }, label, attempt);
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  async #attempt(
    target: TableTarget,
    label: string,
    body: LoadBody,
    signal: AbortSignal,
    turns: Limiter,
  ): Promise<LoadAnswer> {
    const client = this.#options.client(target);
    try {
      const answer = await turns.run(() => client.load(target.table, label, body, signal), signal);
      if (answer.verdict === 'rejected' && answer.errorUrl !== undefined) {
        const log = await client.errorLog(answer.errorUrl, signal);
        return log === '' ? answer : { ...answer, message: `${answer.message}. StarRocks' error log: ${log}` };
      }
      if (answer.verdict !== 'running' && answer.verdict !== 'ambiguous') return answer;
      return await this.#settle(target, label, answer.message, signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = describeError(error);
      if (error instanceof LostAnswerError) return this.#settle(target, label, message, signal);
      if (error instanceof UnavailableError) return { verdict: 'retry', message };
      throw error;
    }
  }

  /** Nobody told how an attempt ended: its label's state does. */
  async #settle(target: TableTarget, label: string, message: string, signal: AbortSignal): Promise<LoadAnswer> {
    const client = this.#options.client(target);
    for (let look = 0; ; look++) {
      await pause(LABEL_POLL_MS[Math.min(look, LABEL_POLL_MS.length - 1)] ?? 0, signal);
      let state: string;
      try {
        state = await client.labelState(label, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#trouble(target).report({ verdict: 'ambiguous', message: describeError(error) }, label, look + 1);
        continue;
      }
      if (state === 'VISIBLE' || state === 'COMMITTED')
        return { verdict: 'loaded', message: `${message} (label state ${state})` };
      // The same label again is safe even if the lost attempt begins late: only one of the two can win.
      if (state === 'ABORTED' || state === 'UNKNOWN') return { verdict: 'retry', message };
    }
  }
}
