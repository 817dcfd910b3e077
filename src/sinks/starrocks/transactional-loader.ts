import { backoffMs } from '../../core/backoff.ts';
import { describeError, NotTakenError, RecordError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type DecisionLog, type LabelState, type LoadIntent, type OffsetRange } from '../../core/load-decisions.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type RowCounts } from './answer-fields.ts';
import { type BatchLoader, type LoadJob, type LoadResult, NOTHING_TO_LOAD } from './batch-loader.ts';
import { newLoadLabel } from './load-label.ts';
import { LoadTrouble } from './load-trouble.ts';
import { isOverload, type LoadAnswer } from './stream-load-response.ts';
import { type TransactionalLoad } from './transactional-load.ts';

/** What a transactional loader works with. */
export interface TransactionalLoaderOptions {
  readonly pipeline: string;
  readonly target: TableTarget;
  readonly transaction: TransactionalLoad;
  readonly decisions: DecisionLog;
  /** The start of the log that names rejected rows; empty when it cannot be had. */
  readonly errorLog: (url: string, signal: AbortSignal) => Promise<string>;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** StarRocks cannot keep up with so many loads. */
  readonly onOverload: () => void;
}

/** Milliseconds that the rollback of an abandoned load may take. Whoever takes its partitions over repeats it. */
const ABANDON_MS = 10_000;

/**
 * Exactly once: loads in two phases, and keeps the decision between them beside Kafka's offsets. Until it is sent there
 * the load never counts, and any trouble ends in a rollback and a new attempt with a new label; from then on there is only
 * forward.
 */
export class TransactionalLoader implements BatchLoader {
  readonly #options: TransactionalLoaderOptions;
  readonly #trouble: LoadTrouble;

  constructor(options: TransactionalLoaderOptions) {
    this.#options = options;
    this.#trouble = new LoadTrouble(options.target.name, options.stats, options.logger);
  }

  async load(job: LoadJob, turns: Limiter): Promise<LoadResult> {
    const { pipeline } = this.#options;
    const { database, table } = this.#options.target;
    for (let attempt = 1; ; attempt++) {
      const load = { label: newLoadLabel(pipeline, table), database, table };
      const result = await this.#attempt(load, job, turns, attempt);
      if (result) {
        this.#trouble.over();
        return result;
      }
      await pause(backoffMs(attempt), job.incomplete);
    }
  }

  /** One attempt with a label of its own. Without a result it failed, is over in StarRocks, and may pass later. */
  async #attempt(
    load: LoadIntent,
    { ranges, body, rows, badRecords, incomplete, abandoned }: LoadJob,
    turns: Limiter,
    attempt: number,
  ): Promise<LoadResult | undefined> {
    const { transaction, decisions, target, stats, onOverload } = this.#options;
    const { label } = load;
    // What is wrong is told before it is mended: the way back may take as long as the trouble lasts.
    const failed = (verdict: LoadAnswer['verdict'], message: string): void => {
      incomplete.throwIfAborted();
      if (isOverload(message)) onOverload();
      this.#trouble.report({ verdict, message }, label, attempt);
    };

    let intent = load;
    let trouble = 'The dead letters of the load cannot be written yet';
    try {
      const deadLetterEnds = await badRecords.ends();
      if (deadLetterEnds) intent = { ...load, deadLetterEnds };
      trouble = 'Kafka did not take the intent of the load';
      await decisions.open(ranges, intent);
      incomplete.throwIfAborted();
      trouble = 'The dead letters of the load cannot be written yet';
      if (badRecords.size > 0) await badRecords.write();
    } catch (error) {
      if (error instanceof RecordError) throw error;
      failed('retry', `${trouble}: ${describeError(error)}`);
      return undefined;
    }
    if (!body) return NOTHING_TO_LOAD;
    let counted: RowCounts;
    try {
      incomplete.throwIfAborted();
      const prepared = await turns.run(() => transaction.prepare(label, body, incomplete), incomplete);
      if (prepared.verdict !== 'prepared') {
        const { verdict, message, errorUrl } = prepared;
        if (verdict !== 'rejected') failed(verdict, message);
        await transaction.rollBack(label, incomplete);
        stats.transactionEnded('rolled back');
        return verdict === 'rejected'
          ? { verdict, message: await this.#withErrorLog(message, errorUrl, incomplete) }
          : undefined;
      }
      counted = prepared.rows;
      if (counted.total !== rows) {
        await transaction.rollBack(label, incomplete);
        stats.transactionEnded('rolled back');
        return {
          verdict: 'rejected',
          message: `StarRocks counted ${counted.total} rows in a load of ${rows} into ${target.name}`,
        };
      }
      incomplete.throwIfAborted();
    } catch (error) {
      await this.#abandon(label);
      throw error;
    }
    const loaded: LoadResult = { verdict: 'loaded', message: 'OK', rows: counted };
    const state = await this.#decide(ranges, intent, incomplete, (message) => failed('retry', message));
    if (state === 'COMMITTED' || state === 'VISIBLE') return loaded;
    if (state !== 'PREPARED') return undefined;
    const outcome = await transaction.commit(label, abandoned);
    stats.transactionEnded(outcome === 'aborted' ? 'thrown away' : 'committed');
    if (outcome !== 'aborted') return loaded;
    failed('retry', `StarRocks has thrown away the prepared load ${label}`);
    return undefined;
  }

  /**
   * Writes the decision of a prepared load. When the answer is lost it may be there all the same, and then the load is not
   * rolled back: once StarRocks has forgotten a load that was decided and rolled back, it looks like one that was committed.
   * Kafka is asked again for as long as the partitions are ours; whoever has them after that ends the load as he finds it.
   *
   * @returns the label's state: PREPARED once Kafka has the decision, another one when somebody else has ended the load.
   * @throws the signal's reason when it is aborted.
   */
  async #decide(
    ranges: readonly OffsetRange[],
    intent: LoadIntent,
    incomplete: AbortSignal,
    failed: (message: string) => void,
  ): Promise<LabelState> {
    const { transaction, decisions } = this.#options;
    let mayBeDecided = false;
    try {
      for (let tries = 1; ; tries++) {
        try {
          await decisions.decide(ranges, intent);
          return 'PREPARED';
        } catch (error) {
          mayBeDecided ||= !(error instanceof NotTakenError);
          failed(`Kafka did not take the decision of the load: ${describeError(error)}`);
          await pause(backoffMs(tries), incomplete);
          const state = await transaction.stateOf(intent.label, incomplete);
          if (state !== 'PREPARED') return state;
        }
      }
    } catch (error) {
      // Whoever has the partitions now may have looked before the load was begun or prepared, and does not know of it.
      if (!mayBeDecided) await this.#abandon(intent.label);
      throw error;
    }
  }

  async #withErrorLog(message: string, url: string | undefined, signal: AbortSignal): Promise<string> {
    const log = url === undefined ? '' : await this.#options.errorLog(url, signal);
    return log === '' ? message : `${message}. StarRocks' error log: ${log}`;
  }

  /** Nobody needs the load any more. If it cannot be rolled back now, whoever takes the partitions over does. */
  async #abandon(label: string): Promise<void> {
    try {
      await this.#options.transaction.rollBack(label, AbortSignal.timeout(ABANDON_MS));
      this.#options.stats.transactionEnded('rolled back');
    } catch (error) {
      const { target, logger } = this.#options;
      logger.debug(
        { table: target.name, label, error: describeError(error) },
        'An abandoned load could not be rolled back',
      );
    }
  }
}
