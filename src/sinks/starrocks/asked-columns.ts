import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../../core/backoff.ts';
import { type Column, parseColumnType } from '../../core/column-type.ts';
import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type TableColumns } from '../../core/table-columns.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type HttpAnswer } from './http-put.ts';
import { quotedText } from './sql-text.ts';

/** How long an answer is taken for granted, milliseconds: a column may have got another type meanwhile. */
const FRESH_MS = 10_000;

export interface AskedColumnsOptions {
  readonly target: TableTarget;
  /** Asks StarRocks' HTTP SQL interface. */
  readonly query: (sql: string, signal: AbortSignal) => Promise<HttpAnswer>;
  readonly logger: Logger;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * A table's columns as StarRocks' HTTP SQL interface tells them, from 3.2 on. The first question is repeated until somebody
 * answers; later ones are asked while rows go on with what is known.
 */
export class AskedColumns implements TableColumns {
  readonly #options: AskedColumnsOptions;
  readonly #closed = new AbortController();
  #known: readonly Column[] | undefined;
  #first: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #silent = false;

  constructor(options: AskedColumnsOptions) {
    this.#options = options;
  }

  get known(): readonly Column[] | undefined {
    return this.#known;
  }

  refresh(): Promise<void> | undefined {
    const now = this.#now();
    const isFirst = this.#askedAt === Number.NEGATIVE_INFINITY;
    if (now - this.#askedAt >= FRESH_MS) {
      this.#askedAt = now;
      if (isFirst) this.#first = this.#askFirst();
      // What is known stays where nobody answers: the loads will say so.
      else if (this.#first === undefined) this.#ask().catch(() => undefined);
    }
    return this.#first;
  }

  /**
   * Asks now, whatever is known.
   *
   * @returns none for a table that is not there; undefined when StarRocks does not tell.
   * @throws UnavailableError when no FE answers; the signal's reason when it is aborted.
   */
  async ask(signal: AbortSignal): Promise<readonly Column[] | undefined> {
    const columns = await this.#answer(AbortSignal.any([signal, this.#closed.signal]));
    if (columns !== undefined && columns.length > 0) {
      this.#askedAt = this.#now();
      this.#known = columns;
    }
    return columns;
  }

  /** Ends the wait for an answer. */
  close(): void {
    this.#closed.abort();
  }

  async #askFirst(): Promise<void> {
    const { signal } = this.#closed;
    for (let attempt = 1; !signal.aborted && !(await this.#isTold(attempt)); attempt++) {
      await delay(backoffMs(attempt), undefined, { signal }).catch(() => undefined);
    }
    this.#first = undefined;
  }

  /** Whether somebody answered. */
  async #isTold(attempt: number): Promise<boolean> {
    const { logger, target } = this.#options;
    try {
      await this.#ask();
      return true;
    } catch (error) {
      if (!this.#closed.signal.aborted) {
        logger.warn(
          { table: target.name, attempt },
          `StarRocks does not tell the columns of ${target.name}, asking again. ${describeError(error)}`,
        );
      }
      return false;
    }
  }

  async #ask(): Promise<void> {
    const { target, logger } = this.#options;
    const columns = await this.#answer(this.#closed.signal);
    if (columns !== undefined && columns.length > 0) this.#known = columns;
    else if (!this.#silent) {
      this.#silent = true;
      logger.warn(
        { table: target.name },
        `StarRocks does not tell the columns of ${target.name} (its HTTP SQL interface does from 3.2 on). Values that StarRocks changes on their way in, such as fractions for an INT column, are not refused.`,
      );
    }
  }

  async #answer(signal: AbortSignal): Promise<Column[] | undefined> {
    const { query, target } = this.#options;
    const { database, table } = target;
    const sql = `SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.columns WHERE TABLE_SCHEMA = ${quotedText(database)} AND TABLE_NAME = ${quotedText(table)};`;
    return readColumns(await query(sql, signal));
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** Lines of JSON, those with data one row each, after one that says what is in them; undefined for anything else. */
function readColumns({ status, body }: HttpAnswer): Column[] | undefined {
  if (status !== 200) return undefined;
  const columns: Column[] = [];
  let isAnswer = false;
  for (const text of body.split('\n')) {
    const { meta, data } = lineOf(text);
    isAnswer ||= Array.isArray(meta);
    if (!Array.isArray(data)) continue;
    const [name, type, nullable] = data as readonly unknown[];
    if (typeof name !== 'string' || typeof type !== 'string') return undefined;
    columns.push({ name, type: parseColumnType(type), ...(nullable === 'NO' && { required: true }) });
  }
  return isAnswer ? columns : undefined;
}

function lineOf(text: string): { readonly meta?: unknown; readonly data?: unknown } {
  try {
    return (JSON.parse(text) as { readonly meta?: unknown; readonly data?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}
