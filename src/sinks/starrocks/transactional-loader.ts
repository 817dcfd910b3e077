import { allEnded } from '../../core/all-ended.ts';
import { backoffMs } from '../../core/backoff.ts';
import { describeError, NotTakenError, RecordError, UnclearLoadError } from '../../core/errors.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type DecisionLog, type LoadIntent, type OffsetRange, transactionsOf } from '../../core/load-decisions.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { traced } from '../../core/tracing.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from './batch-loader.ts';
import { newLoadLabel } from './load-label.ts';
import { LoadTrouble } from './load-trouble.ts';
import { perTable } from './per-table.ts';
import { type LoadBody } from './starrocks-http.ts';
import { isOverload, type LoadAnswer } from './stream-load-response.ts';
import { type PrepareResult, type TransactionalLoad } from './transactional-load.ts';

/** What a transactional loader works with. */
export interface TransactionalLoaderOptions {
  readonly pipeline: string;
  /** Its own table. */
  readonly target: TableTarget;
  readonly transaction: (target: TableTarget) => TransactionalLoad;
  readonly decisions: DecisionLog;
  /** The start of the log that names rejected rows; empty when it cannot be had. */
  readonly errorLog: (url: string, signal: AbortSignal) => Promise<string>;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** StarRocks cannot keep up with so many loads. */
  readonly onOverload: () => void;
}

/** What one load has for one table, and its transaction there. */
interface TablePart {
  readonly target: TableTarget;
  readonly label: string;
  readonly transaction: TransactionalLoad;
  readonly body: LoadBody;
  readonly rows: number;
}

/** A part with what became of it. */
interface PreparedPart extends TablePart {
  readonly result: PrepareResult;
}

/** Tells of trouble with a part; of the whole load when none is named. */
type Report = (verdict: LoadAnswer['verdict'], message: string, part?: TablePart) => void;

/**
 * How the decision of a prepared load went:
 *
 * - `decided`: Kafka has it.
 * - `committed`: somebody else has found it there, and committed the load or a part of it.
 * - `over`: somebody has thrown the load away, or parts of it. `left` are those that are still prepared, where Kafka may
 *   have the decision.
 */
type Decision =
  | { readonly kind: 'decided' | 'committed' }
  | { readonly kind: 'over'; readonly left: readonly TablePart[] };

/** Milliseconds that the rollback of an abandoned load may take. Whoever takes its partitions over repeats it. */
const ABANDON_MS = 10_000;

/**
 * Exactly once: loads in two phases, and keeps the decision between them beside Kafka's offsets. Until it is sent there
 * the load never counts, and any trouble ends in a rollback and a new attempt with a new label; from then on there is only
 * forward. A load with rows for several tables has a transaction for each of them, and one decision for all.
 */
export class TransactionalLoader implements BatchLoader {
  readonly #options: TransactionalLoaderOptions;
  readonly #trouble: (target: TableTarget) => LoadTrouble;

  constructor(options: TransactionalLoaderOptions) {
    this.#options = options;
    this.#trouble = perTable(({ name }) => new LoadTrouble(name, options.stats, options.logger));
  }

  async load(job: LoadJob, turns: Limiter): Promise<readonly LoadResult[]> {
    const { target: own } = this.#options;
    const leftBehind: TablePart[] = [];
    for (let attempt = 1; ; attempt++) {
      const intent = this.#newIntent(job);
      const results = await this.#attempt(intent, job, turns, attempt, leftBehind);
      if (results) {
        for (const { target = own } of job.tables) this.#trouble(target).over();
        this.#trouble(own).over();
        return results;
      }
      await pause(backoffMs(attempt), job.incomplete);
    }
  }

  #newIntent({ tables }: LoadJob): LoadIntent {
    const { pipeline, target: own } = this.#options;
    const [first = own, ...others] = tables.map(({ target = own }) => target);
    return {
      label: newLoadLabel(pipeline, first.table),
      database: first.database,
      table: first.table,
      ...(others.length > 0 && { others: others.map(({ database, table }) => ({ database, table })) }),
    };
  }

  #partsOf({ tables }: LoadJob, intent: LoadIntent): TablePart[] {
    const { target: own, transaction } = this.#options;
    const transactions = transactionsOf(intent);
    return tables.map(({ target = own, body, rows }, index) => ({
      target,
      // There is one for each table.
      label: transactions[index]?.label ?? intent.label,
      transaction: transaction(target),
      body,
      rows,
    }));
  }

  /**
   * One attempt with a label of its own. Without results it failed, is over in StarRocks, and may pass later.
   *
   * @param leftBehind Prepared parts of earlier attempts. As long as Kafka may have their decision nobody but the owner of
   *   the partitions may roll them back; that is who writes the next intent, in the place of that decision.
   */
  async #attempt(
    load: LoadIntent,
    job: LoadJob,
    turns: Limiter,
    attempt: number,
    leftBehind: TablePart[],
  ): Promise<readonly LoadResult[] | undefined> {
    const { decisions, target: own, onOverload } = this.#options;
    const { ranges, badRecords, incomplete, abandoned } = job;
    const parts = this.#partsOf(job, load);
    // What is wrong is told before it is mended: the way back may take as long as the trouble lasts.
    const failed: Report = (verdict, message, part) => {
      incomplete.throwIfAborted();
      if (isOverload(message)) onOverload();
      this.#trouble(part?.target ?? own).report({ verdict, message }, part?.label ?? load.label, attempt);
    };

    let intent = load;
    let trouble = 'The dead letters of the load cannot be written yet';
    try {
      const deadLetterEnds = await badRecords.ends();
      if (deadLetterEnds) intent = { ...load, deadLetterEnds };
      trouble = 'Kafka did not take the intent of the load';
      await traced({ name: 'open', attributes: { 'tributary.label': load.label } }, () =>
        decisions.open(ranges, intent),
      );
      await this.#abandon(leftBehind.splice(0));
      incomplete.throwIfAborted();
      trouble = 'The dead letters of the load cannot be written yet';
      if (badRecords.size > 0) await badRecords.write();
    } catch (error) {
      if (error instanceof RecordError) throw error;
      failed('retry', `${trouble}: ${describeError(error)}`);
      return undefined;
    }
    if (parts.length === 0) return [];
    let prepared: readonly PreparedPart[];
    try {
      incomplete.throwIfAborted();
      prepared = await this.#prepare(parts, turns, incomplete);
      if (!prepared.every(isAsSent)) return await this.#takeBack(prepared, failed, incomplete);
      incomplete.throwIfAborted();
    } catch (error) {
      await this.#abandon(parts);
      throw error;
    }
    const decision = await this.#decide(ranges, intent, parts, incomplete, (message) => failed('retry', message));
    if (decision.kind === 'over') {
      leftBehind.push(...decision.left);
      return undefined;
    }
    // Somebody else counts it, and commits what is left of it.
    const loaded = prepared.map(resultOf);
    if (decision.kind === 'committed' && parts.length === 1) return loaded;
    return (await this.#commit(parts, abandoned, failed)) ? loaded : undefined;
  }

  /** Prepares every part, side by side. None is under way any more when it returns, or throws. */
  #prepare(parts: readonly TablePart[], turns: Limiter, signal: AbortSignal): Promise<PreparedPart[]> {
    return allEnded(
      parts.map(async (part) => {
        const { transaction, label, body } = part;
        return { ...part, result: await turns.run(() => transaction.prepare(label, body, signal), signal) };
      }),
    );
  }

  /**
   * Rolls a load back of which not every part was prepared as it was sent.
   *
   * @returns the results when StarRocks will never take a part; undefined when the load may pass later.
   */
  async #takeBack(
    parts: readonly PreparedPart[],
    failed: Report,
    signal: AbortSignal,
  ): Promise<readonly LoadResult[] | undefined> {
    for (const part of parts) {
      const { verdict, message } = part.result;
      if (verdict === 'retry' || verdict === 'refused') failed(verdict, message, part);
    }
    await allEnded(
      parts.map(async ({ transaction, label }) => {
        await transaction.rollBack(label, signal);
        this.#options.stats.transactionEnded('rolled back');
      }),
    );
    const results = await Promise.all(parts.map((part) => this.#refusal(part, signal)));
    return results.some(({ verdict }) => verdict === 'rejected') ? results : undefined;
  }

  async #refusal({ result, rows, target }: PreparedPart, signal: AbortSignal): Promise<LoadResult> {
    if (result.verdict === 'rejected') {
      return { verdict: 'rejected', message: await this.#withErrorLog(result.message, result.errorUrl, signal) };
    }
    if (result.verdict === 'prepared' && result.rows.total !== rows) {
      return {
        verdict: 'rejected',
        message: `StarRocks counted ${result.rows.total} rows in a load of ${rows} into ${target.name}`,
      };
    }
    return { verdict: 'held back', message: result.message };
  }

  /**
   * Writes the decision of a prepared load. When the answer is lost it may be there all the same, and then the load is not
   * rolled back: once StarRocks has forgotten a load that was decided and rolled back, it looks like one that was committed.
   * Kafka is asked again for as long as the partitions are ours; whoever has them after that ends the load as he finds it.
   *
   * @throws the signal's reason when it is aborted.
   */
  async #decide(
    ranges: readonly OffsetRange[],
    intent: LoadIntent,
    parts: readonly TablePart[],
    incomplete: AbortSignal,
    failed: (message: string) => void,
  ): Promise<Decision> {
    const { decisions } = this.#options;
    let mayBeDecided = false;
    try {
      for (let tries = 1; ; tries++) {
        try {
          await traced({ name: 'decide', attributes: { 'tributary.label': intent.label } }, () =>
            decisions.decide(ranges, intent),
          );
          return { kind: 'decided' };
        } catch (error) {
          mayBeDecided ||= !(error instanceof NotTakenError);
          failed(`Kafka did not take the decision of the load: ${describeError(error)}`);
          await pause(backoffMs(tries), incomplete);
          const states = await Promise.all(
            parts.map(({ transaction, label }) => transaction.stateOf(label, incomplete)),
          );
          // An answer may have come before the signal; nothing is decided in the name of a generation that is over.
          incomplete.throwIfAborted();
          if (states.some((state) => state === 'COMMITTED' || state === 'VISIBLE')) return { kind: 'committed' };
          const left = parts.filter((_, index) => states[index] === 'PREPARED');
          if (left.length === parts.length) continue;
          if (mayBeDecided) return { kind: 'over', left };
          await this.#abandon(left);
          return { kind: 'over', left: [] };
        }
      }
    } catch (error) {
      // Whoever has the partitions now may have looked before the load was begun or prepared, and does not know of it.
      if (!mayBeDecided) await this.#abandon(parts);
      throw error;
    }
  }

  /**
   * Commits every part of a decided load.
   *
   * @returns whether it is in its tables; otherwise StarRocks has thrown it away.
   * @throws Error when StarRocks has thrown only some of the parts away: nothing can be repeated without rows twice.
   */
  async #commit(parts: readonly TablePart[], abandoned: AbortSignal, failed: Report): Promise<boolean> {
    const outcomes = await allEnded(parts.map(({ transaction, label }) => transaction.commit(label, abandoned)));
    for (const outcome of outcomes) {
      this.#options.stats.transactionEnded(outcome === 'aborted' ? 'thrown away' : 'committed');
    }
    const thrownAway = parts.filter((_, index) => outcomes[index] === 'aborted');
    const [first] = thrownAway;
    if (!first) return true;
    const names = (some: readonly TablePart[]): string => some.map(({ target }) => target.name).join(', ');
    if (thrownAway.length < parts.length) {
      throw new Error(
        `StarRocks has thrown away what the decided load ${parts[0]?.label} had prepared for ${names(thrownAway)}, and has committed its rows for ${names(parts.filter((part) => !thrownAway.includes(part)))}. ${UnclearLoadError.cure}`,
      );
    }
    failed('retry', `StarRocks has thrown away the prepared load ${first.label}`, first);
    return false;
  }

  async #withErrorLog(message: string, url: string | undefined, signal: AbortSignal): Promise<string> {
    const log = url === undefined ? '' : await this.#options.errorLog(url, signal);
    return log === '' ? message : `${message}. StarRocks' error log: ${log}`;
  }

  /** Nobody needs these any more. What cannot be rolled back now is left to whoever takes the partitions over. */
  async #abandon(parts: readonly TablePart[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#abandonOne(part)));
  }

  async #abandonOne({ transaction, label, target }: TablePart): Promise<void> {
    try {
      await transaction.rollBack(label, AbortSignal.timeout(ABANDON_MS));
      this.#options.stats.transactionEnded('rolled back');
    } catch (error) {
      this.#options.logger.debug(
        { table: target.name, label, error: describeError(error) },
        'An abandoned load could not be rolled back',
      );
    }
  }
}

function isAsSent({ result, rows }: PreparedPart): boolean {
  return result.verdict === 'prepared' && result.rows.total === rows;
}

function resultOf({ result }: PreparedPart): LoadResult {
  return { verdict: 'loaded', message: 'OK', ...(result.verdict === 'prepared' && { rows: result.rows }) };
}
