import { expect, it, onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { parseColumnType } from '../../src/core/column-type.ts';
import { type WantedTable } from '../../src/core/table-evolution.ts';
import { TaskStats } from '../../src/core/task-stats.ts';
import { AskedColumns } from '../../src/sinks/starrocks/asked-columns.ts';
import { type EvolutionRules, EvolvingTable } from '../../src/sinks/starrocks/evolving-table.ts';
import { MysqlClient } from '../../src/sinks/starrocks/mysql-client.ts';
import { StarRocksHttp } from '../../src/sinks/starrocks/starrocks-http.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const target = { name: 't', database: 'shop', table: 't' };
const BOTH: EvolutionRules = { addColumns: true, createTables: true, tableProperties: { replication_num: '1' } };
/** Before 3.3, StarRocks adds columns in a job that takes its time. */
const SLOW = { version: '3.2.16', limits: { schemaChangeMs: 300 } } as const;

function wanted(columns: Readonly<Record<string, string>>, keys: readonly string[] = []): WantedTable {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type: parseColumnType(type) })), keys };
}

async function cluster(options: EmulatorOptions, ...statements: readonly string[]): Promise<Emulator> {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.close());
  for (const sql of ['CREATE DATABASE shop', ...statements]) await emulator.query(sql);
  return emulator;
}

/** The table as one process has it. */
function evolving(emulator: Emulator, rules = BOTH, deletes = false) {
  const logger = new RecordingLogger();
  const stats = new TaskStats();
  const access = { username: 'root', password: '', connectMs: 5_000 };
  const http = new StarRocksHttp({ ...access, urls: [emulator.feUrl], idleMs: 5_000 });
  onTestFinished(() => http.close());
  const columns = new AskedColumns({ target, logger, query: (sql, signal) => http.query(sql, signal) });
  onTestFinished(() => columns.close());
  const mysql = new MysqlClient({ ...access, addresses: [`127.0.0.1:${emulator.queryPort}`], statementMs: 5_000 });
  const table = new EvolvingTable({ target, rules, deletes, columns, mysql, stats, logger });
  return { table, logger, stats, columns };
}

const never = new AbortController().signal;

async function columnsOf(emulator: Emulator): Promise<string[]> {
  const rows = await emulator.query(
    "SELECT COLUMN_NAME AS n, COLUMN_TYPE AS t, IS_NULLABLE AS o, COLUMN_COMMENT AS c FROM information_schema.columns WHERE TABLE_NAME = 't' ORDER BY ORDINAL_POSITION",
  );
  return rows.map(({ n, t, o, c }) => {
    // The width that integers are shown with says nothing.
    const type = String(t).replaceAll(/(?<=int)\(\d+\)/g, '');
    return [n, type, o === 'YES' ? 'NULL' : 'NOT NULL', c].filter((part) => part !== '').join(' ');
  });
}

const TABLE = 'CREATE TABLE shop.t (id INT NOT NULL, n INT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)';

it.each<[string, EmulatorOptions]>([
  ['at once', {}],
  ['in a while', SLOW],
])('a table gets what its records have and it lacks, %s; nothing else is touched', async (_, options) => {
  const emulator = await cluster(options, TABLE);
  const { table, logger, columns } = evolving(emulator);
  const want: WantedTable = {
    columns: [
      ...wanted({ ID: 'int(11)', a: 'varchar(1048576)' }).columns,
      { name: 'b', type: parseColumnType('array<decimal(38, 2)>'), comment: 'how many' },
    ],
    keys: [],
  };
  expect(table.fits(want)).toBe(false);
  await table.evolve(want, never);
  expect(table.fits(want)).toBe(true);
  expect(columns.known?.map(({ name }) => name)).toEqual(['id', 'n', 'a', 'b']);
  expect(await columnsOf(emulator)).toEqual([
    'id int NOT NULL',
    'n int NULL',
    'a varchar(1048576) NULL',
    'b array<decimal(38, 2)> NULL how many',
  ]);
  expect(logger.messages('info').at(-1)).toBe(
    "The table t was changed for its records: ALTER TABLE `shop`.`t` ADD COLUMN (`a` VARCHAR(1048576) NULL, `b` ARRAY<DECIMAL(38,2)> NULL COMMENT 'how many')",
  );
  expect(logger.messages('warn')).toEqual([
    "The records' field `ID` is not loaded: the column of t is spelled `id`, and StarRocks finds the fields of JSON by their exact names. Rename the field with the transform ReplaceField.",
  ]);
  expect(logger.messages('error')).toEqual([]);
});

it.each<[string, EmulatorOptions]>([
  ['at once', {}],
  ['in a while', SLOW],
])('many that add the same columns and others at one time all succeed, %s', async (_, options) => {
  const emulator = await cluster(options, TABLE);
  const processes = [evolving(emulator), evolving(emulator), evolving(emulator)];
  await Promise.all(
    processes.flatMap(({ table }, index) => [
      table.evolve(wanted({ id: 'int(11)', same: 'int(11)' }), never),
      table.evolve(wanted({ id: 'int(11)', same: 'int(11)', [`own${index}`]: 'bigint(20)' }), never),
    ]),
  );
  expect((await columnsOf(emulator)).sort()).toEqual([
    'id int NOT NULL',
    'n int NULL',
    'own0 bigint NULL',
    'own1 bigint NULL',
    'own2 bigint NULL',
    'same int NULL',
  ]);
  expect(processes.flatMap(({ logger }) => logger.messages('error'))).toEqual([]);
});

it('a change that StarRocks is at already is waited for, and may be the one that was needed', async () => {
  const hour = 3_600_000;
  const emulator = await cluster({ ...SLOW, limits: { schemaChangeMs: hour } }, TABLE);
  const { table, logger, stats } = evolving(emulator);
  await emulator.query('ALTER TABLE shop.t ADD COLUMN a INT NULL');
  const evolved = table.evolve(wanted({ a: 'int(11)' }), never);
  await eventually(() =>
    expect(stats.troubles.get('t')?.message).toBe('StarRocks is changing the columns of t (RUNNING)'),
  );
  emulator.advanceClock(hour);
  await evolved;
  expect(await columnsOf(emulator)).toEqual(['id int NOT NULL', 'n int NULL', 'a int NULL']);
  expect(logger.messages('info')).toEqual([expect.stringMatching(/the records that need it wait$/)]);
  expect(stats.troubles.size).toBe(0);
});

it('whole numbers and fractions get wider columns where that loses nothing, and keep their comments', async () => {
  const emulator = await cluster(
    {},
    "CREATE TABLE shop.t (id INT NOT NULL, n INT NULL COMMENT 'the n', f FLOAT NULL, d INT NULL DEFAULT '7', s STRING NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)",
  );
  const { table, logger } = evolving(emulator);
  const want = wanted({ id: 'bigint(20)', n: 'bigint(20)', f: 'double', d: 'bigint(20)', s: 'int(11)' });
  await table.evolve(want, never);
  expect(await columnsOf(emulator)).toEqual([
    'id int NOT NULL',
    'n bigint NULL the n',
    'f double NULL',
    'd int NULL',
    's varchar(65533) NULL',
  ]);
  expect(logger.messages('warn')).toEqual([
    "The records' field `id` is BIGINT, and the column `id` of t is INT. It is left as it is, because it is a column of the key: values that it cannot hold are refused one by one. To widen it by hand, with the rest of its definition as SHOW CREATE TABLE shows it: ALTER TABLE `shop`.`t` MODIFY COLUMN `id` BIGINT NULL",
    "The records' field `d` is BIGINT, and the column `d` of t is INT. It is left as it is, because it has a default, or must not be NULL: values that it cannot hold are refused one by one. To widen it by hand, with the rest of its definition as SHOW CREATE TABLE shows it: ALTER TABLE `shop`.`t` MODIFY COLUMN `d` BIGINT NULL",
  ]);
  expect(table.fits(want)).toBe(true);
});

it('what a column cannot hold is refused by name, and goes on when a person has changed the table', async () => {
  const emulator = await cluster({}, TABLE);
  const { table, logger, stats } = evolving(emulator);
  const evolved = table.evolve(wanted({ id: 'int(11)', n: 'array<int(11)>', a: 'int(11)' }), never);
  await eventually(() => expect(logger.messages('error')).toHaveLength(1));
  const said =
    "the records' field `n` is ARRAY<INT> now, and the column `n` of t is INT, which cannot hold it; the column is not changed, because that would lose what it holds. Drop or rename the field with the transform ReplaceField, or make the column text by hand, which keeps its numbers as their digits: ALTER TABLE `shop`.`t` MODIFY COLUMN `n` VARCHAR(1048576) NULL";
  expect(logger.messages('error')).toEqual([
    `Records for t wait until their table fits them, which is tried again: ${said}`,
  ]);
  expect(stats.troubles.get('t')?.message).toBe(said);
  expect(await columnsOf(emulator)).toEqual(['id int NOT NULL', 'n int NULL']);
  await emulator.query('ALTER TABLE shop.t MODIFY COLUMN n VARCHAR(1048576) NULL');
  await evolved;
  expect(await columnsOf(emulator)).toContain('a int NULL');
  expect(logger.messages('info').at(-1)).toBe('The table t fits its records again');
  expect(stats.troubles.size).toBe(0);
});

it('a table that is missing is created once, with its key and properties', async () => {
  const emulator = await cluster({});
  const both = [evolving(emulator, BOTH, true), evolving(emulator, BOTH, true)];
  const want = wanted({ v: 'double', id: 'bigint(20)' }, ['id']);
  await Promise.all(both.map(({ table }) => table.evolve(want, never)));
  expect(await columnsOf(emulator)).toEqual(['id bigint NOT NULL', 'v double NULL']);
  const [model] = await emulator.query(
    "SELECT TABLE_MODEL AS model, PROPERTIES AS p FROM information_schema.tables_config WHERE TABLE_NAME = 't'",
  );
  expect(model).toMatchObject({ model: 'PRI_KEYS', p: expect.stringContaining('"replication_num":"1"') as string });
  expect(both.map(({ table }) => table.fits(want))).toEqual([true, true]);
  expect(both.flatMap(({ logger }) => logger.messages('error'))).toEqual([]);
});

it('a table whose key nothing tells has its rows added to it; deletes would be lost there, and wait', async () => {
  const emulator = await cluster({});
  const { table } = evolving(emulator);
  await table.evolve(wanted({ v: 'double', id: 'bigint(20)' }), never);
  const [model] = await emulator.query(
    "SELECT TABLE_MODEL AS model FROM information_schema.tables_config WHERE TABLE_NAME = 't'",
  );
  expect(model).toEqual({ model: 'DUP_KEYS' });
  await emulator.query('DROP TABLE shop.t');

  const gone = new AbortController();
  const deleting = evolving(emulator, BOTH, true);
  const evolved = deleting.table.evolve(wanted({ id: 'bigint(20)' }), gone.signal);
  await eventually(() => expect(deleting.logger.messages('error')).toHaveLength(1));
  expect(deleting.logger.messages('error')[0]).toContain('the table t cannot be created: rows are deleted');
  gone.abort(new Error('taken away'));
  await expect(evolved).rejects.toThrow('taken away');
  expect(deleting.stats.troubles.size).toBe(0);
});

it('a table is left as it is where only creating is asked for, and waited for where only adding is', async () => {
  const emulator = await cluster({}, TABLE);
  const creating = evolving(emulator, { ...BOTH, addColumns: false });
  const want = wanted({ more: 'int(11)' });
  await creating.table.evolve(want, never);
  expect(creating.table.fits(want)).toBe(true);
  expect(await columnsOf(emulator)).toHaveLength(2);

  await emulator.query('DROP TABLE shop.t');
  const adding = evolving(emulator, { ...BOTH, createTables: false });
  const evolved = adding.table.evolve(want, never);
  await eventually(() => expect(adding.logger.messages('error')).toHaveLength(1));
  expect(adding.logger.messages('error')[0]).toContain(
    'the table t cannot be created: it is not there. Create it, or set `auto.create` (schemaEvolution.createTables)',
  );
  await emulator.query(TABLE);
  await evolved;
  expect(await columnsOf(emulator)).toContain('more int NULL');
});

it('an old StarRocks, which does not tell the columns of a table, is told so', async () => {
  const emulator = await cluster({ version: '3.1.10' }, TABLE);
  const { table, logger } = evolving(emulator);
  const gone = new AbortController();
  const evolved = table.evolve(wanted({ a: 'int(11)' }), gone.signal);
  await eventually(() => expect(logger.messages('error')).toHaveLength(1));
  expect(logger.messages('error')[0]).toContain('its HTTP SQL interface does from 3.2 on');
  gone.abort(new Error('taken away'));
  await expect(evolved).rejects.toThrow('taken away');
});
