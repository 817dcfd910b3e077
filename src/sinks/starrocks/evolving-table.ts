import { backoffMs } from '../../core/backoff.ts';
import { type Column } from '../../core/column-type.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { Limiter } from '../../core/limiter.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { type TableEvolution, type WantedTable } from '../../core/table-evolution.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type AskedColumns } from './asked-columns.ts';
import { clashText, leftText, misspeltText, planEvolution, type Widening } from './evolution-plan.ts';
import { type MysqlClient, type MysqlRow, RefusedStatementError, type RunStatement } from './mysql-client.ts';
import { addColumns, columnFacts, createTable, lastSchemaChange, modifyColumn, newTableFault } from './table-ddl.ts';

/** What may be done to a table so that it takes what comes. */
export interface EvolutionRules {
  readonly addColumns: boolean;
  readonly createTables: boolean;
  /** StarRocks' PROPERTIES of tables that are created. */
  readonly tableProperties: Readonly<Record<string, string>>;
}

/** What the evolution of one table works with. */
export interface EvolvingTableOptions {
  readonly target: TableTarget;
  readonly rules: EvolutionRules;
  /** Whether rows are deleted, which only Primary Key tables can. */
  readonly deletes: boolean;
  readonly columns: Pick<AskedColumns, 'known' | 'ask'>;
  readonly mysql: Pick<MysqlClient, 'session'>;
  readonly stats: Pick<TaskStats, 'troubles'>;
  readonly logger: Logger;
}

/** How often StarRocks is asked how far its change of a table is; milliseconds. */
const LOOKS = { base: 100, limit: 2_000 } as const;
/** Milliseconds between two lines about a change that takes its time. */
const PROGRESS_MS = 30_000;

/** A change of a table's columns, as StarRocks tells of it. */
interface SchemaChange {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly progress: string;
}

/** Records and table do not go together, and a person has to say what should become of them. */
class ClashError extends Error {}

/**
 * Adds to a table the columns that its records bring, creates it when that is asked for, and waits until StarRocks has
 * finished: a load that is planned before would drop the new fields without a word. It never drops or renames a column,
 * and never makes one narrower.
 *
 * Whatever StarRocks refuses is told with its reason and the statement, and tried again, because a person can mend it;
 * until then the records of that table wait.
 */
export class EvolvingTable implements TableEvolution {
  readonly #options: EvolvingTableOptions;
  /** One change at a time: StarRocks refuses a second one. */
  readonly #turn = new Limiter(1);
  readonly #fitted = new WeakMap<WantedTable, readonly Column[]>();
  /** Columns that cannot be widened, with the type that they were to have. */
  readonly #left = new Set<string>();
  readonly #told = new Set<string>();
  #waiting = 0;
  #trouble = '';

  constructor(options: EvolvingTableOptions) {
    this.#options = options;
  }

  fits(wanted: WantedTable): boolean {
    const { known } = this.#options.columns;
    if (known === undefined) return false;
    if (this.#fitted.get(wanted) === known) return true;
    if (!this.#isComplete(wanted, known)) return false;
    this.#fitted.set(wanted, known);
    return true;
  }

  async evolve(wanted: WantedTable, signal: AbortSignal): Promise<void> {
    this.#waiting++;
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#turn.run(() => this.#untilFits(wanted, signal), signal);
          this.#over();
          return;
        } catch (error) {
          signal.throwIfAborted();
          if (!isMendable(error)) throw error;
          this.#report(describeError(error), attempt);
        }
        await pause(backoffMs(attempt), signal);
      }
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#options.stats.troubles.delete(this.#options.target.name);
    }
  }

  async #untilFits(wanted: WantedTable, signal: AbortSignal): Promise<void> {
    const columns = await this.#ask(signal);
    if (this.#isComplete(wanted, columns)) return;
    await this.#options.mysql.session((run) => this.#change(wanted, columns, run, signal), signal);
  }

  /** Changes the table, one statement after another, until it fits. */
  async #change(wanted: WantedTable, found: readonly Column[], run: RunStatement, signal: AbortSignal): Promise<void> {
    const { target, logger } = this.#options;
    let columns = found;
    for (let last: string | undefined; ; ) {
      const before = await this.#untilIdle(run, signal);
      // What it waited for may have been what is missing.
      columns = before === undefined ? columns : await this.#ask(signal);
      const widening = await this.#widening(wanted, columns, run);
      const statement = this.#statement(wanted, columns, widening);
      if (statement === undefined) return;
      if (statement === last) {
        throw new UnavailableError(`StarRocks has taken a statement and does not show what it did: ${statement}`);
      }
      try {
        await run(statement);
        last = statement;
      } catch (error) {
        if (!(error instanceof RefusedStatementError)) throw error;
        // Others do the same: their change is under way, or done already.
        if (isUnderWay(await this.#lastChange(run))) continue;
        const now = await this.#ask(signal);
        if (this.#statement(wanted, now, widening) !== statement) columns = now;
        else if (widening) this.#leave(widening, `StarRocks refuses to change it (${error.reason})`);
        else throw error;
        continue;
      }
      const change = await this.#untilIdle(run, signal);
      if (change?.state === 'CANCELLED' && change.id !== before?.id) {
        throw new RefusedStatementError(`StarRocks has cancelled the change: ${change.message}`, statement);
      }
      columns = await this.#ask(signal);
      logger.info(
        { table: target.name, statement },
        `The table ${target.name} was changed for its records: ${statement}`,
      );
    }
  }

  /** The next statement that is needed; undefined for none. */
  #statement(wanted: WantedTable, columns: readonly Column[], widening: Widening | undefined): string | undefined {
    const { target, rules, deletes } = this.#options;
    if (columns.length === 0) {
      const table = { ...wanted, properties: rules.tableProperties };
      const fault = rules.createTables
        ? newTableFault(table, deletes)
        : 'it is not there. Create it, or set `auto.create` (schemaEvolution.createTables)';
      if (fault !== undefined) throw new ClashError(`the table ${target.name} cannot be created: ${fault}`);
      return createTable(target, table);
    }
    if (!rules.addColumns) return undefined;
    const { add, clashes } = planEvolution(wanted.columns, columns);
    const [clash] = clashes;
    if (clash) throw new ClashError(clashText(target, clash));
    if (add.length > 0) return addColumns(target, add);
    if (!widening || !this.#widenings(wanted, columns).some((one) => keyOf(one) === keyOf(widening))) return undefined;
    return modifyColumn(target, { ...widening.wanted, name: widening.column.name });
  }

  /** The next column to widen, with its own comment: a change has to state all that a column is. */
  async #widening(wanted: WantedTable, columns: readonly Column[], run: RunStatement): Promise<Widening | undefined> {
    const candidates = this.#widenings(wanted, columns);
    if (candidates.length === 0) return undefined;
    const facts = await run(columnFacts(this.#options.target));
    for (const widening of candidates) {
      const fact = facts.find((row) => row['COLUMN_NAME'] === widening.column.name);
      const why = whyLeft(fact, facts);
      if (fact && why === undefined) {
        return { ...widening, wanted: { ...widening.wanted, comment: textOf(fact['COLUMN_COMMENT']) } };
      }
      this.#leave(widening, why ?? 'StarRocks does not tell what it is');
    }
    return undefined;
  }

  #widenings(wanted: WantedTable, columns: readonly Column[]): Widening[] {
    return planEvolution(wanted.columns, columns).widen.filter((one) => !this.#left.has(keyOf(one)));
  }

  #leave(widening: Widening, why: string): void {
    this.#left.add(keyOf(widening));
    this.#tell(leftText(this.#options.target, widening, why));
  }

  #isComplete(wanted: WantedTable, columns: readonly Column[]): boolean {
    const { rules, target } = this.#options;
    if (columns.length === 0) return false;
    if (!rules.addColumns) return true;
    const { add, clashes, misspelt } = planEvolution(wanted.columns, columns);
    for (const one of misspelt) this.#tell(misspeltText(target, one));
    return add.length === 0 && clashes.length === 0 && this.#widenings(wanted, columns).length === 0;
  }

  async #ask(signal: AbortSignal): Promise<readonly Column[]> {
    const { columns, target } = this.#options;
    const told = await columns.ask(signal);
    if (told) return told;
    throw new UnavailableError(
      `StarRocks does not tell the columns of ${target.name}, without which nothing can be added to them: its HTTP SQL interface does from 3.2 on`,
    );
  }

  /** Waits while StarRocks changes the columns of the table. */
  async #untilIdle(run: RunStatement, signal: AbortSignal): Promise<SchemaChange | undefined> {
    const { target, logger } = this.#options;
    let said = 0;
    for (let look = 1; ; look++) {
      const change = await this.#lastChange(run);
      if (!isUnderWay(change)) return change;
      const { state, progress } = change;
      const message = `StarRocks is changing the columns of ${target.name} (${state}${progress === '' ? '' : `, ${progress}`})`;
      this.#troubles(message);
      if (Date.now() - said >= PROGRESS_MS) {
        said = Date.now();
        logger.info({ table: target.name, state, progress }, `${message}; the records that need it wait`);
      }
      await pause(backoffMs(look, LOOKS), signal);
    }
  }

  async #lastChange(run: RunStatement): Promise<SchemaChange | undefined> {
    const [row] = await run(lastSchemaChange(this.#options.target));
    return row && readChange(row);
  }

  #report(message: string, attempt: number): void {
    const { target, logger } = this.#options;
    this.#troubles(message);
    const facts = { table: target.name, attempt, reason: message };
    if (message === this.#trouble) logger.debug(facts, 'The table still does not fit its records');
    else {
      logger.error(
        facts,
        `Records for ${target.name} wait until their table fits them, which is tried again: ${message}`,
      );
    }
    this.#trouble = message;
  }

  #troubles(message: string): void {
    const { troubles } = this.#options.stats;
    const { name } = this.#options.target;
    troubles.set(name, { since: troubles.get(name)?.since ?? Date.now(), message });
  }

  #over(): void {
    if (this.#trouble === '') return;
    this.#trouble = '';
    const { target, logger } = this.#options;
    logger.info({ table: target.name }, `The table ${target.name} fits its records again`);
  }

  /** Says a thing once. */
  #tell(warning: string): void {
    if (this.#told.has(warning)) return;
    this.#told.add(warning);
    this.#options.logger.warn({ table: this.#options.target.name }, warning);
  }
}

/** What StarRocks, or a person there, may have mended at the next attempt. */
function isMendable(error: unknown): boolean {
  return error instanceof RefusedStatementError || error instanceof UnavailableError || error instanceof ClashError;
}

function isUnderWay(change: SchemaChange | undefined): change is SchemaChange {
  return change !== undefined && change.state !== 'FINISHED' && change.state !== 'CANCELLED';
}

function readChange(row: MysqlRow): SchemaChange {
  return {
    id: textOf(row['JobId']),
    state: textOf(row['State']),
    message: textOf(row['Msg']),
    progress: textOf(row['Progress']),
  };
}

/** Why a column cannot be restated from what is known of it; undefined when it can. */
function whyLeft(fact: MysqlRow | undefined, all: readonly MysqlRow[]): string | undefined {
  if (fact === undefined) return undefined;
  if (textOf(fact['COLUMN_KEY']) !== '') return 'it is a column of the key';
  if (all.some((row) => textOf(row['COLUMN_KEY']) === 'AGG')) return 'its table aggregates';
  const isPlain =
    textOf(fact['IS_NULLABLE']) === 'YES' &&
    fact['COLUMN_DEFAULT'] === null &&
    textOf(fact['EXTRA']) === '' &&
    textOf(fact['GENERATION_EXPRESSION']) === '';
  return isPlain ? undefined : 'it has a default, or must not be NULL';
}

function keyOf({ column, wanted }: Widening): string {
  return JSON.stringify([column, wanted.type]);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : '';
}
