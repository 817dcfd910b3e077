import { allEnded } from '../../core/all-ended.ts';
import { backoffMs } from '../../core/backoff.ts';
import { type Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from './batch-loader.ts';
import { newLoadLabel } from './load-label.ts';
import { LoadTrouble } from './load-trouble.ts';
import { perTable } from './per-table.ts';
import { type TableProblem } from './table-check.ts';

/** What the gate works with. */
export interface TableGateOptions {
  readonly pipeline: string;
  readonly loader: BatchLoader;
  /** Asks StarRocks whether a table can be loaded. Nothing, once it has said so. */
  readonly check: (target: TableTarget, signal: AbortSignal) => Promise<TableProblem | undefined> | undefined;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/**
 * Lets loads pass when each table that records have named can be loaded. The start can ask only about the tables of topics,
 * and rows with `__op` would be added to a table that cannot delete.
 */
export class TableGate implements BatchLoader {
  readonly #options: TableGateOptions;
  readonly #trouble: (target: TableTarget) => LoadTrouble;

  constructor(options: TableGateOptions) {
    this.#options = options;
    this.#trouble = perTable(({ name }) => new LoadTrouble(name, options.stats, options.logger));
  }

  async load(job: LoadJob, turns: Limiter): Promise<readonly LoadResult[]> {
    const targets = job.tables.flatMap(({ target }) => target ?? []);
    if (targets.length > 0) await allEnded(targets.map((target) => this.#untilGood(target, job.incomplete)));
    return this.#options.loader.load(job, turns);
  }

  async #untilGood(target: TableTarget, signal: AbortSignal): Promise<void> {
    const { pipeline, check } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const problem = await check(target, signal);
      signal.throwIfAborted();
      if (!problem) break;
      this.#trouble(target).report(
        { verdict: problem.kind === 'refused' ? 'refused' : 'retry', message: problem.message },
        newLoadLabel(pipeline, target.table),
        attempt,
      );
      await pause(backoffMs(attempt), signal);
    }
    this.#trouble(target).over();
  }
}
