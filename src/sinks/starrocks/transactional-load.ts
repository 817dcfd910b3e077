import { backoffMs } from '../../core/backoff.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type LabelState } from '../../core/load-decisions.ts';
import { pause } from '../../core/pause.ts';
import { markFailed, type TracedStep, traced } from '../../core/tracing.ts';
import { type RowCounts } from './answer-fields.ts';
import { LostAnswerError } from './http-put.ts';
import { type LoadBody } from './starrocks-http.ts';
import { type TransactionClient } from './transaction-client.ts';
import { type TransactionAnswer } from './transaction-response.ts';

/** What a transactional load works with. */
export interface TransactionalLoadOptions {
  readonly table: string;
  readonly client: TransactionClient;
  readonly labelState: (label: string, signal: AbortSignal) => Promise<LabelState>;
}

/** How far a load came. Unless it is prepared, whoever began it rolls it back. */
export type PrepareResult =
  | { readonly verdict: 'prepared'; readonly message: string; readonly rows: RowCounts }
  | { readonly verdict: 'retry' | 'rejected' | 'refused'; readonly message: string; readonly errorUrl?: string };

/** How often a step is repeated that another one stands in the way of. */
const BUSY_ATTEMPTS = 10;
/** The slowest pace in milliseconds at which a decided step is repeated. */
const SLOWEST_MS = 5_000;

/** One load in two phases, with the repair of every lost answer. */
export class TransactionalLoad {
  readonly #options: TransactionalLoadOptions;

  constructor(options: TransactionalLoadOptions) {
    this.#options = options;
  }

  /**
   * begin, load, prepare. Whatever goes wrong, or is not known: nothing was decided yet, so to roll back and to start over
   * with a new label is always right. An answer without counts is not trusted.
   *
   * @throws the signal's reason when it is aborted; then, too, the caller rolls back.
   */
  async prepare(label: string, body: LoadBody, signal: AbortSignal): Promise<PrepareResult> {
    const { client, table } = this.#options;
    const steps: [name: string, step: () => Promise<TransactionAnswer>][] = [
      ['begin', () => client.begin(table, label, signal)],
      ['send', () => client.load(table, label, body, signal)],
      ['prepare', () => client.prepare(table, label, signal)],
    ];
    let answer: TransactionAnswer | undefined;
    for (const [name, step] of steps) {
      answer = await traced(this.#step(name, label), async (span) => {
        const given = await this.#untilNotBusy(step, signal);
        if (given.verdict !== 'done') markFailed(span, given.message);
        return given;
      });
      if (answer.verdict !== 'done') break;
    }
    const message = answer?.message ?? 'nothing was answered';
    if (answer?.verdict === 'done' && answer.rows) return { verdict: 'prepared', message, rows: answer.rows };
    const verdict = answer?.verdict;
    return {
      verdict: verdict === 'rejected' || verdict === 'refused' ? verdict : 'retry',
      message,
      ...(answer?.errorUrl !== undefined && { errorUrl: answer.errorUrl }),
    };
  }

  /**
   * Commits a prepared load until its label says how it ended: committed, aborted (it never became visible), or unknown
   * (StarRocks has forgotten the label).
   */
  commit(label: string, signal: AbortSignal): Promise<'committed' | 'aborted' | 'unknown'> {
    return traced(this.#step('commit', label), async (span) => {
      const end = await this.#commit(label, signal);
      if (end === 'aborted') markFailed(span, 'StarRocks has thrown the load away');
      return end;
    });
  }

  async #commit(label: string, signal: AbortSignal): Promise<'committed' | 'aborted' | 'unknown'> {
    const { client, table } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(() => client.commit(table, label, signal), signal);
      if (answer.verdict === 'done') return 'committed';
      const state = await this.stateOf(label, signal);
      if (state === 'COMMITTED' || state === 'VISIBLE') return 'committed';
      if (state === 'ABORTED') return 'aborted';
      if (state === 'UNKNOWN') return 'unknown';
      await pause(backoffMs(attempt, { limit: SLOWEST_MS }), signal);
    }
  }

  /** Rolls back until the label reads ABORTED or UNKNOWN, or says that it is too late. */
  rollBack(label: string, signal: AbortSignal): Promise<'gone' | 'committed'> {
    return traced(this.#step('roll back', label), () => this.#rollBack(label, signal));
  }

  #step(name: string, label: string): TracedStep {
    return {
      name,
      attributes: {
        'db.system.name': 'starrocks',
        'db.collection.name': this.#options.table,
        'tributary.label': label,
      },
    };
  }

  async #rollBack(label: string, signal: AbortSignal): Promise<'gone' | 'committed'> {
    const { client, table } = this.#options;
    for (let attempt = 1; ; attempt++) {
      // What the answer says does not matter: the label's state does.
      await this.#attempt(() => client.rollback(table, label, signal), signal);
      const state = await this.stateOf(label, signal);
      if (state === 'ABORTED' || state === 'UNKNOWN') return 'gone';
      if (state === 'COMMITTED' || state === 'VISIBLE') return 'committed';
      await pause(backoffMs(attempt, { limit: SLOWEST_MS }), signal);
    }
  }

  async #untilNotBusy(step: () => Promise<TransactionAnswer>, signal: AbortSignal): Promise<TransactionAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(step, signal);
      if (answer.verdict !== 'busy' || attempt === BUSY_ATTEMPTS) return answer;
      await pause(backoffMs(attempt, { limit: SLOWEST_MS }), signal);
    }
  }

  async #attempt(step: () => Promise<TransactionAnswer>, signal: AbortSignal): Promise<TransactionAnswer> {
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LostAnswerError || error instanceof UnavailableError) {
        return { verdict: 'retry', message: describeError(error) };
      }
      throw error;
    }
  }

  /** The state of a load's label: asks until somebody tells. */
  async stateOf(label: string, signal: AbortSignal): Promise<LabelState> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#options.labelState(label, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UnavailableError)) throw error;
        await pause(backoffMs(attempt, { limit: SLOWEST_MS }), signal);
      }
    }
  }
}
