import { backoffMs } from '../../core/backoff.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { readErrorLog } from './error-log.ts';
import { LostAnswerError } from './http-put.ts';
import { newLoadLabel } from './load-label.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type TransactionClient } from './transaction-client.ts';
import { type TransactionAnswer } from './transaction-response.ts';

/** What a probe works with. */
export interface LoadProbeOptions {
  readonly pipeline: string;
  readonly target: TableTarget;
  readonly client: Pick<TransactionClient, 'begin' | 'load' | 'prepare'>;
  /** Rolls back until the label is free. Rejects when its signal is aborted before that. */
  readonly rollBack: (label: string, signal: AbortSignal) => Promise<unknown>;
  /** The text behind an ErrorURL, or nothing when it cannot be had. */
  readonly errorLog: (url: string, signal: AbortSignal) => Promise<string>;
  /** The loads have a `where`: StarRocks leaves rows out that it would not refuse. */
  readonly hasWhere: boolean;
  /** Loads of all tables at once; a probe takes a turn, so who asks for one must not hold any. */
  readonly limiter: Limiter;
  readonly logger: Logger;
  /** The longest time in milliseconds for the roll back of a probe; default 30,000. */
  readonly rollBackMs?: number;
}

/**
 * What StarRocks would do with rows:
 *
 * - `counted`: it would refuse `filtered` of them.
 * - `uncounted`: it would load none, and refuse at least one, or break at one, without saying how many. `message` says
 *   so; the log has reasons only for rows that it would refuse.
 */
export type ProbeOutcome =
  | { readonly kind: 'counted'; readonly filtered: number; readonly log: readonly string[] }
  | { readonly kind: 'uncounted'; readonly message: string; readonly log: readonly string[] };

/** StarRocks refuses whatever is loaded into the table until a person changes the table, the user or the configuration. */
export class TableRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableRefusedError';
  }
}

const ROLL_BACK_MS = 30_000;
/** Any number of refused rows is allowed in a probe, so that StarRocks reads on and counts them. */
const COUNT_ALL = { max_filter_ratio: '1' };
/** Nobody knows of the probe of a process that was killed, so StarRocks is asked to end it, and not to keep it for a day. */
const SOON_OVER = { prepared_timeout: '60' };
const NOTHING_LOADED = 'all partitions have no load data';

/** Asks StarRocks what it would do with rows: a load that is prepared, which counts, and then always rolled back. */
export class LoadProbe {
  readonly #options: LoadProbeOptions;
  #lastTrouble = '';

  constructor(options: LoadProbeOptions) {
    this.#options = options;
  }

  /**
   * Asks until StarRocks tells; what passes with time is waited for. Nothing becomes visible.
   *
   * @param rows how many rows the body holds.
   * @throws the signal's reason when it is aborted, once the probe is rolled back; TableRefusedError.
   */
  async run(body: LoadBody, rows: number, signal: AbortSignal): Promise<ProbeOutcome> {
    const { limiter } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const answer = await limiter.run(() => this.#attempt(body, signal), signal);
      if (answer.verdict === 'refused') throw new TableRefusedError(answer.message);
      const outcome = await this.#outcomeOf(answer, rows, signal);
      if (outcome) {
        this.#lastTrouble = '';
        return outcome;
      }
      this.#report(answer.message, attempt);
      await pause(backoffMs(attempt), signal);
    }
  }

  async #attempt(body: LoadBody, signal: AbortSignal): Promise<TransactionAnswer> {
    const { pipeline, client } = this.#options;
    const { table } = this.#options.target;
    const label = newLoadLabel(pipeline, table);
    const steps = [
      () => client.begin(table, label, signal),
      () => client.load(table, label, body, signal, COUNT_ALL),
      () => client.prepare(table, label, signal, SOON_OVER),
    ];
    let begun = false;
    let answer: TransactionAnswer = { verdict: 'retry', message: 'nothing was answered' };
    try {
      for (const step of steps) {
        answer = await step();
        // Who may not begin has nothing to roll back, and may not ask about it either.
        begun ||= answer.verdict !== 'refused';
        if (answer.verdict !== 'done') break;
      }
      return answer;
    } catch (error) {
      // Only a `begin` that was never sent leaves nothing behind.
      begun ||= !(error instanceof UnavailableError);
      signal.throwIfAborted();
      if (error instanceof LostAnswerError || error instanceof UnavailableError) {
        return { verdict: 'retry', message: describeError(error) };
      }
      throw error;
    } finally {
      if (begun) await this.#rollBack(label);
    }
  }

  /** Not under the caller's signal: an aborted search must not leave an open transaction behind. */
  async #rollBack(label: string): Promise<void> {
    const { target, rollBack, logger, rollBackMs = ROLL_BACK_MS } = this.#options;
    try {
      await rollBack(label, AbortSignal.timeout(rollBackMs));
    } catch (error) {
      logger.warn(
        { table: target.name, label, reason: describeError(error) },
        `A trial load into ${target.name} could not be rolled back within ${rollBackMs} ms. It will never become visible; StarRocks ends it at its own time limit, or at once with a rollback of label ${label}.`,
      );
    }
  }

  /** Nothing when the answer says nothing about the rows. */
  async #outcomeOf(answer: TransactionAnswer, rows: number, signal: AbortSignal): Promise<ProbeOutcome | undefined> {
    const { verdict, message, errorUrl, rows: counts } = answer;
    if (verdict === 'done' && counts) {
      if (counts.total === rows)
        return { kind: 'counted', filtered: counts.filtered, log: await this.#log(answer, signal) };
      return { kind: 'uncounted', message: `StarRocks counted ${counts.total} rows in ${rows}`, log: [] };
    }
    if (verdict !== 'rejected') return undefined;
    // What stands in a log by then is about rows before the one that it broke at.
    if (!message.includes(NOTHING_LOADED)) return { kind: 'uncounted', message, log: [] };
    if (!this.#options.hasWhere) return { kind: 'counted', filtered: rows, log: await this.#log(answer, signal) };
    // Without a log nothing was refused: `where` left out every row.
    if (errorUrl === undefined) return { kind: 'counted', filtered: 0, log: [] };
    return { kind: 'uncounted', message, log: await this.#log(answer, signal) };
  }

  async #log({ errorUrl }: TransactionAnswer, signal: AbortSignal): Promise<string[]> {
    return errorUrl === undefined ? [] : readErrorLog(await this.#options.errorLog(errorUrl, signal));
  }

  /** Says each trouble once, not at every attempt. */
  #report(reason: string, attempt: number): void {
    const { logger } = this.#options;
    const { name: table } = this.#options.target;
    const trouble = reason.replaceAll(/\d+/g, '#');
    const message = `The search for the rows that StarRocks refuses in ${table} is held up, and goes on by itself: ${reason}`;
    if (trouble === this.#lastTrouble) logger.debug({ table, attempt, reason }, message);
    else logger.warn({ table, attempt, reason }, message);
    this.#lastTrouble = trouble;
  }
}
