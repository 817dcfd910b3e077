import { describe, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../src/core/column-type.ts';
import { UnavailableError } from '../../../src/core/errors.ts';
import { type WantedTable } from '../../../src/core/table-evolution.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { EvolvingTable } from '../../../src/sinks/starrocks/evolving-table.ts';
import { type MysqlRow, RefusedStatementError } from '../../../src/sinks/starrocks/mysql-client.ts';
import { eventually } from '../../support/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const target = { name: 't', database: 'shop', table: 't' };
const ADD_A = 'ALTER TABLE `shop`.`t` ADD COLUMN `a` INT NULL';
const DENIED = 'Access denied; you need (at least one of) the ALTER privilege(s) on TABLE t for this operation';

function columns(types: Readonly<Record<string, string>>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type: parseColumnType(type) }));
}

function wanted(types: Readonly<Record<string, string>>): WantedTable {
  return { columns: columns(types), keys: [] };
}

type Answer = readonly MysqlRow[] | Error;

/** A StarRocks whose table has columns, and that answers statements as told; changes that it takes do nothing by themselves. */
class FakeStarRocks {
  columns: Column[] = columns({ id: 'int(11)' });
  /** The last change of the table, at each question for it; the last one again and again. */
  changes: (readonly MysqlRow[])[] = [[]];
  answer: (sql: string) => Answer = () => [];
  readonly statements: string[] = [];
  readonly logger = new RecordingLogger();
  readonly stats = new TaskStats();
  known: Column[] | undefined;

  readonly table = new EvolvingTable({
    target,
    rules: { addColumns: true, createTables: false, tableProperties: {} },
    deletes: false,
    columns: this,
    mysql: { session: (use) => use((sql) => this.#run(sql)) },
    stats: this.stats,
    logger: this.logger,
  });

  ask(): Promise<readonly Column[]> {
    this.known = [...this.columns];
    return Promise.resolve(this.known);
  }

  #run(sql: string): Promise<readonly MysqlRow[]> {
    if (sql.startsWith('SHOW ALTER')) {
      return Promise.resolve((this.changes.length > 1 ? this.changes.shift() : this.changes[0]) ?? []);
    }
    if (!sql.startsWith('SELECT')) this.statements.push(sql);
    const answer = this.answer(sql);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  /** The columns of the table after the next statement that is no question. */
  takes(types: Readonly<Record<string, string>>): void {
    this.columns = columns(types);
  }
}

const never = new AbortController().signal;
const change = (state: string, id = '1', more = {}): MysqlRow[] => [
  { JobId: id, State: state, Msg: '', Progress: null, ...more },
];

describe('EvolvingTable', () => {
  it('tells what StarRocks refuses with its reason and the statement, once, and goes on when it is allowed', async () => {
    const starrocks = new FakeStarRocks();
    let denied = 3;
    starrocks.answer = (sql) => {
      if (sql !== ADD_A || denied-- > 0) return new RefusedStatementError(DENIED, sql);
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.statements).toEqual([ADD_A, ADD_A, ADD_A, ADD_A]);
    expect(starrocks.logger.messages('error')).toEqual([
      `Records for t wait until their table fits them, which is tried again: ${DENIED}. The statement was: ${ADD_A}`,
    ]);
    expect(starrocks.logger.messages('info')).toEqual([
      `The table t was changed for its records: ${ADD_A}`,
      'The table t fits its records again',
    ]);
    expect(starrocks.stats.troubles.size).toBe(0);
  });

  it('takes a refusal for success when somebody else has added the column', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = (sql) => {
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return new RefusedStatementError("Duplicate column name 'a'", sql);
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.statements).toEqual([ADD_A]);
    expect(starrocks.logger.entries).toEqual([]);
  });

  it('adds what is left when somebody else has added some', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = (sql) => {
      const first = starrocks.statements.length === 1;
      starrocks.takes({ id: 'int(11)', a: 'int(11)', ...(!first && { b: 'int(11)' }) });
      return first ? new RefusedStatementError("Duplicate column name 'a'", sql) : [];
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)', b: 'int(11)' }), never);
    expect(starrocks.statements).toEqual([
      'ALTER TABLE `shop`.`t` ADD COLUMN (`a` INT NULL, `b` INT NULL)',
      'ALTER TABLE `shop`.`t` ADD COLUMN `b` INT NULL',
    ]);
  });

  it('waits for a change of somebody else that came in between, and says nothing of it', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.changes = [[], change('PENDING'), change('RUNNING'), change('FINISHED')];
    starrocks.answer = (sql) => {
      if (starrocks.statements.length > 1) return new Error('asked twice');
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return new RefusedStatementError("Table [t]'s state is not NORMAL. Do not allow doing ALTER ops", sql);
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.logger.messages('error')).toEqual([]);
  });

  it('waits until StarRocks has finished, in whatever state it says to be', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.changes = [
      change('FINISHED', '1'),
      change('WAITING_TXN', '2'),
      change('RUNNING', '2', { Progress: '40%' }),
      change('FINISHED_REWRITING', '2'),
      change('FINISHED', '2'),
    ];
    const seen: (string | undefined)[] = [];
    starrocks.answer = () => {
      seen.push(starrocks.stats.troubles.get('t')?.message);
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.changes).toHaveLength(1);
    expect(starrocks.logger.messages('info')[0]).toBe(
      'StarRocks is changing the columns of t (WAITING_TXN); the records that need it wait',
    );
    expect(starrocks.stats.troubles.size).toBe(0);
  });

  it('tries again what StarRocks has cancelled, and says why', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.changes = [
      change('CANCELLED', '1', { Msg: 'an old one' }),
      change('CANCELLED', '2', { Msg: 'no space left' }),
      change('CANCELLED', '2', { Msg: 'no space left' }),
      change('FINISHED', '3'),
    ];
    starrocks.answer = () => {
      if (starrocks.statements.length === 2) starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.statements).toEqual([ADD_A, ADD_A]);
    expect(starrocks.logger.messages('error')).toEqual([
      `Records for t wait until their table fits them, which is tried again: StarRocks has cancelled the change: no space left. The statement was: ${ADD_A}`,
    ]);
  });

  it('does not take a column for there that StarRocks does not show', async () => {
    const starrocks = new FakeStarRocks();
    const evolved = starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    await eventually(() => expect(starrocks.logger.messages('error')).toHaveLength(1));
    expect(starrocks.logger.messages('error')[0]).toContain(
      `StarRocks has taken a statement and does not show what it did: ${ADD_A}`,
    );
    starrocks.takes({ id: 'int(11)', a: 'int(11)' });
    await evolved;
  });

  it('leaves a column as it is that StarRocks refuses to widen, and adds the others', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = (sql) => {
      if (sql.startsWith('SELECT')) {
        const plain = {
          COLUMN_KEY: '',
          IS_NULLABLE: 'YES',
          COLUMN_DEFAULT: null,
          EXTRA: '',
          GENERATION_EXPRESSION: '',
        };
        return [{ ...plain, COLUMN_NAME: 'id', COLUMN_COMMENT: 'the number' }];
      }
      if (sql.includes('MODIFY')) return new RefusedStatementError('No sort key can be changed', sql);
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    const want = wanted({ id: 'bigint(20)', a: 'int(11)' });
    await starrocks.table.evolve(want, never);
    expect(starrocks.statements).toEqual([
      ADD_A,
      "ALTER TABLE `shop`.`t` MODIFY COLUMN `id` BIGINT NULL COMMENT 'the number'",
    ]);
    expect(starrocks.logger.messages('warn')).toEqual([
      expect.stringContaining(
        'It is left as it is, because StarRocks refuses to change it (No sort key can be changed): values that it cannot hold are refused one by one.',
      ),
    ]);
    expect(starrocks.table.fits(want)).toBe(true);
  });

  it('adds a column again that somebody has dropped', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = () => {
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    const want = wanted({ a: 'int(11)' });
    await starrocks.table.evolve(want, never);
    expect(starrocks.table.fits(want)).toBe(true);
    starrocks.known = columns({ id: 'int(11)' });
    expect(starrocks.table.fits(want)).toBe(false);
  });

  it('goes on when StarRocks answers again', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = () => {
      if (starrocks.statements.length === 1) return new UnavailableError('No StarRocks FE answers');
      starrocks.takes({ id: 'int(11)', a: 'int(11)' });
      return [];
    };
    await starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    expect(starrocks.logger.messages('error')).toEqual([
      'Records for t wait until their table fits them, which is tried again: No StarRocks FE answers',
    ]);
  });

  it('does not repeat a mistake of its own', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.answer = () => new TypeError('a mistake');
    await expect(starrocks.table.evolve(wanted({ a: 'int(11)' }), never)).rejects.toThrow('a mistake');
    expect(starrocks.statements).toHaveLength(1);
  });

  it('stops waiting when its partition is taken away, and another one goes on', async () => {
    const starrocks = new FakeStarRocks();
    starrocks.changes = [change('RUNNING')];
    const gone = new AbortController();
    const first = starrocks.table.evolve(wanted({ a: 'int(11)' }), gone.signal);
    const second = starrocks.table.evolve(wanted({ a: 'int(11)' }), never);
    await eventually(() => expect(starrocks.stats.troubles.size).toBe(1));
    gone.abort(new Error('taken away'));
    await expect(first).rejects.toThrow('taken away');
    starrocks.changes = [change('FINISHED')];
    starrocks.takes({ id: 'int(11)', a: 'int(11)' });
    await second;
    expect(starrocks.statements).toEqual([]);
    expect(starrocks.stats.troubles.size).toBe(0);
  });
});
