import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
});
afterAll(() => sr.close());

const KAFKA_DOC_TABLE = `CREATE TABLE \`customers\` (
  \`id\` int(11) COMMENT "",
  \`first_name\` varchar(65533) NULL COMMENT "",
  \`last_name\` varchar(65533) NULL COMMENT "",
  \`email\` varchar(65533) NULL COMMENT ""
) ENGINE=OLAP
PRIMARY KEY(\`id\`)
DISTRIBUTED BY hash(id) buckets 1
PROPERTIES (
"bucket_size" = "4294967296",
"in_memory" = "false",
"enable_persistent_index" = "true",
"replicated_storage" = "true",
"fast_schema_evolution" = "true"
)`;

describe('§11.1 discovery', () => {
  beforeAll(async () => {
    await sr.sql(KAFKA_DOC_TABLE);
    await sr.sql('CREATE TABLE test_tbl (id INT, city STRING)');
    await sr.table('agg', 'k INT, s DECIMAL(10, 2) SUM', 'AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)');
    await sr.table('uni', 'k INT, b BOOLEAN COMMENT "flag"', 'UNIQUE KEY(k) DISTRIBUTED BY HASH(k)');
  });

  const columns = (table: string) =>
    sr.sql(`SELECT COLUMN_NAME, ORDINAL_POSITION, COLUMN_KEY, DATA_TYPE, COLUMN_SIZE, DECIMAL_DIGITS, IS_NULLABLE, COLUMN_COMMENT
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='${sr.database}' AND TABLE_NAME='${table}' ORDER BY ORDINAL_POSITION`);

  it.each([
    ['customers', 'PRI'],
    ['agg', 'AGG'],
    ['uni', 'UNI'],
    ['test_tbl', 'DUP'],
  ])('§11.1 COLUMN_KEY of %s is %s on key columns', async (table, key) => {
    const [first, ...others] = await columns(table);
    expect(first).toMatchObject({ COLUMN_KEY: key, ORDINAL_POSITION: 1 });
    if (table !== 'test_tbl') for (const other of others) expect(other).toMatchObject({ COLUMN_KEY: '' });
  });

  it('§11.1 DATA_TYPE in MySQL’s words', async () => {
    expect((await columns('customers')).map((column) => column['DATA_TYPE'])).toEqual([
      'int',
      'varchar',
      'varchar',
      'varchar',
    ]);
    expect((await columns('agg'))[1]).toMatchObject({ DATA_TYPE: 'decimal', COLUMN_SIZE: 10, DECIMAL_DIGITS: 2 });
    expect((await columns('uni'))[1]).toMatchObject({
      DATA_TYPE: 'tinyint',
      COLUMN_SIZE: null,
      COLUMN_COMMENT: 'flag',
    });
  });

  it.each([
    ['customers', 'PRI_KEYS'],
    ['agg', 'AGG_KEYS'],
    ['uni', 'UNQ_KEYS'],
    ['test_tbl', 'DUP_KEYS'],
  ])('§11.1 tables_config: TABLE_MODEL of %s is %s', async (table, model) => {
    const rows = await sr.sql(
      `SELECT TABLE_MODEL FROM information_schema.tables_config WHERE TABLE_SCHEMA='${sr.database}' AND TABLE_NAME='${table}'`,
    );
    expect(rows).toEqual([{ TABLE_MODEL: model }]);
  });

  it('§11.1 DESC tells type, nullability and key', async () => {
    const rows = await sr.sql('DESC customers');
    expect(rows[0]).toMatchObject({ Field: 'id', Key: 'true' });
    expect(rows.map((row) => String(row['Null']).toLowerCase())).toEqual(['no', 'yes', 'yes', 'yes']);
  });

  it('§11.1 SHOW CREATE TABLE can be run again', async () => {
    const [row] = await sr.sql('SHOW CREATE TABLE customers');
    const text = String(row?.['Create Table']);
    expect(text).toContain('PRIMARY KEY(`id`)');
    expect(text).toContain('"fast_schema_evolution" = "true"');
    await sr.sql('DROP TABLE customers');
    await sr.sql(text);
    expect((await columns('customers'))[0]).toMatchObject({ COLUMN_KEY: 'PRI' });
  });

  it('§10 current_version() is major.minor.patch and a hash', async () => {
    const [row] = await sr.sql('SELECT current_version() AS v');
    expect(row?.['v']).toMatch(/^\d+\.\d+\.\d+.* \S+$/);
  });
});

describe('statements that users type daily', () => {
  it('SHOW DATABASES, SHOW TABLES, with LIKE', async () => {
    expect(await sr.sql(`SHOW DATABASES LIKE '${sr.database}'`)).toEqual([{ Database: sr.database }]);
    await sr.table('shown', 'id INT');
    expect(await sr.sql("SHOW TABLES LIKE 'shown'")).toEqual([{ [`Tables_in_${sr.database}`]: 'shown' }]);
  });

  it('SELECT with MySQL spelling', async () => {
    await sr.sql('CREATE TABLE spelling (id INT, `select` STRING)');
    await sr.sql("INSERT INTO spelling VALUES (1, 'it\\'s'), (2, \"two\"), (3, NULL)");
    expect(await sr.sql('SELECT `select` s FROM spelling WHERE `select` <=> NULL')).toEqual([{ s: null }]);
    expect(
      await sr.sql(`SELECT ifnull(\`select\`, "none") s FROM ${sr.database}.spelling ORDER BY id LIMIT 1, 2`),
    ).toEqual([{ s: 'two' }, { s: 'none' }]);
    expect(await sr.sql('SELECT count(*) FROM spelling')).toEqual([{ 'count(*)': 3 }]);
  });

  it('INSERT upserts into primary key tables', async () => {
    await sr.table('ins', 'id INT NOT NULL, v STRING DEFAULT "d"', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.sql("INSERT INTO ins VALUES (1, 'a')");
    await sr.sql("INSERT INTO ins VALUES (1, 'b')");
    await sr.sql('INSERT INTO ins (id) VALUES (2)');
    await sr.sql('INSERT INTO ins SELECT id + 10, v FROM ins');
    expect(await sr.sql('SELECT * FROM ins ORDER BY id')).toEqual([
      { id: 1, v: 'b' },
      { id: 2, v: 'd' },
      { id: 11, v: 'b' },
      { id: 12, v: 'd' },
    ]);
    await sr.sql('UPDATE ins SET v = "u" WHERE id = 1');
    await sr.sql('DELETE FROM ins WHERE id > 2');
    expect(await sr.sql('SELECT v FROM ins ORDER BY id')).toEqual([{ v: 'u' }, { v: 'd' }]);
  });

  it('§8.1 labels of INSERT and of loads are one set', async () => {
    await sr.table('labelled', 'id INT');
    const label = newLabel();
    await sr.sql(`INSERT INTO labelled WITH LABEL ${label} VALUES (1)`);
    expect(await sr.loadRows('labelled', [{ id: 1 }], { label })).toMatchObject({ ExistingJobStatus: 'FINISHED' });
  });

  it('functions mean what they mean in StarRocks', async () => {
    const [row] = await sr.sql(
      `SELECT concat('a', NULL) a, concat('a', 1) b, length('äö') c, char_length('äö') d, 1 / 0 e,
        dayofweek('2024-01-07') f, nvl(NULL, 3) g, datediff('2024-01-03', '2024-01-01') h, greatest(1, NULL) i, least(3, 2) j,
        date_format('2024-01-02 03:04:05', '%Y/%m/%d %H:%i:%s') k`,
    );
    expect(row).toEqual({
      a: null,
      b: 'a1',
      c: 4,
      d: 2,
      e: null,
      f: 1,
      g: 3,
      h: 2,
      i: null,
      j: 2,
      k: '2024/01/02 03:04:05',
    });
  });

  it.each(['SHOW PARTITIONS FROM spelling', 'SHOW FRONTENDS', 'SHOW BACKENDS', 'SHOW PROCESSLIST', 'SHOW GRANTS'])(
    '%s answers',
    async (statement) => {
      await sr.sql(
        'CREATE TABLE IF NOT EXISTS spelling (id INT, `select` STRING) PROPERTIES ("replication_num" = "1")',
      );
      expect((await sr.sql(statement)).length).toBeGreaterThan(0);
    },
  );

  it('errors have MySQL’s codes', async () => {
    await expect(sr.sql('SELECT * FROM nosuch')).rejects.toThrow(/nosuch/);
    await expect(sr.sql('USE nosuch')).rejects.toMatchObject({ errno: 1049 });
    await expect(sr.sql('CREATE TABLE broken (id INT')).rejects.toMatchObject({ errno: 1064 });
  });
});

describe('§11.2 CREATE TABLE', () => {
  it.each([
    ['a nullable primary key column', 'id INT NULL', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)'],
    ['a key column that is not first', 'v INT, id INT NOT NULL', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)'],
    ['a DOUBLE key column', 'id DOUBLE NOT NULL', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)'],
    ['a value column without aggregation', 'id INT, v INT', 'AGGREGATE KEY(id) DISTRIBUTED BY HASH(id)'],
    ['a column twice', 'id INT, ID INT', 'DUPLICATE KEY(id)'],
    ['a reserved name', 'id INT, __op INT', 'DUPLICATE KEY(id)'],
  ])('§11.2 refuses %s', async (_, columns, rest) => {
    await expect(sr.table('refused', columns, rest)).rejects.toThrow();
  });

  it('§11.2 takes partitions, buckets, sort keys and comments', async () => {
    await sr.sql(`CREATE TABLE full_ddl (id BIGINT NOT NULL COMMENT "the id", dt DATE NOT NULL, v DECIMAL(18,4) DEFAULT "1.5")
      PRIMARY KEY(id, dt) COMMENT "all of it" PARTITION BY date_trunc('day', dt) DISTRIBUTED BY HASH(id) BUCKETS 4
      ORDER BY(dt, id) PROPERTIES ("replication_num" = "1", "enable_persistent_index" = "true")`);
    const [row] = await sr.sql('SHOW CREATE TABLE full_ddl');
    expect(row?.['Create Table']).toContain('PARTITION BY');
  });
});

describe('§11.3 ALTER TABLE', () => {
  const state = async (table: string) => {
    const rows = await sr.sql(
      `SHOW ALTER TABLE COLUMN FROM ${sr.database} WHERE TableName='${table}' ORDER BY CreateTime DESC LIMIT 1`,
    );
    return rows[0]?.['State'];
  };

  it('§11.3 with fast_schema_evolution a new column is there when the job is FINISHED', async () => {
    const properties = 'PROPERTIES ("replication_num" = "1", "fast_schema_evolution" = "true")';
    await sr.sql(`CREATE TABLE fast (id INT, v STRING) ${properties}`);
    await sr.loadRows('fast', [{ id: 1, v: 'a' }]);
    await sr.sql('ALTER TABLE fast ADD COLUMN n INT DEFAULT "7" AFTER id');
    await expect.poll(() => state('fast')).toBe('FINISHED');
    await sr.loadRows('fast', [{ id: 2, v: 'b', n: 1 }]);
    expect(await sr.sql('SELECT * FROM fast ORDER BY id')).toEqual([
      { id: 1, n: 7, v: 'a' },
      { id: 2, n: 1, v: 'b' },
    ]);
  });

  it('§11.3 without it the change is a job that has to be waited for', async () => {
    const properties = 'PROPERTIES ("replication_num" = "1", "fast_schema_evolution" = "false")';
    await sr.sql(`CREATE TABLE slow (id INT, v VARCHAR(5), x INT) ${properties}`);
    await sr.sql('ALTER TABLE slow MODIFY COLUMN v VARCHAR(20) NULL, DROP COLUMN x');
    await expect(sr.sql('ALTER TABLE slow ADD COLUMN y INT')).rejects.toThrow(/NORMAL/);
    await expect.poll(() => state('slow'), { timeout: 30_000 }).toBe('FINISHED');
    expect((await sr.sql('DESC slow')).map((row) => row['Field'])).toEqual(['id', 'v']);
  });

  it('§11.3 an open transaction delays the change [U]', async () => {
    const properties = 'PROPERTIES ("replication_num" = "1", "fast_schema_evolution" = "false")';
    await sr.sql(`CREATE TABLE waits (id INT) ${properties}`);
    const label = newLabel();
    await sr.transaction('begin', label, 'waits');
    await sr.transaction('load', label, 'waits', JSON_ARRAY, '[{"id":1,"y":2}]');
    await sr.transaction('prepare', label, 'waits');
    await sr.sql('ALTER TABLE waits ADD COLUMN y INT');
    await expect.poll(() => state('waits')).toBe('WAITING_TXN');
    await sr.transaction('commit', label, 'waits');
    await expect.poll(() => state('waits'), { timeout: 30_000 }).toBe('FINISHED');
    expect(await sr.sql('SELECT * FROM waits')).toEqual([{ id: 1, y: null }]);
  });

  it.each([
    ['dropping a primary key column', 'DROP COLUMN id'],
    ['turning a nullable column into NOT NULL', 'MODIFY COLUMN v BIGINT NOT NULL'],
    ['narrowing', 'MODIFY COLUMN v TINYINT NULL'],
    ['a column that is there already', 'ADD COLUMN v INT'],
  ])('§11.3 refuses %s', async (_, clause) => {
    await sr.sql('DROP TABLE IF EXISTS fixed');
    await sr.table('fixed', 'id INT NOT NULL, v INT', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await expect(sr.sql(`ALTER TABLE fixed ${clause}`)).rejects.toThrow();
  });
});

describe('what SQL tells of loads', () => {
  it('SHOW TRANSACTION', async () => {
    await sr.table('txn', 'id INT');
    const label = newLabel();
    await sr.loadRows('txn', [{ id: 1 }], { label });
    const rows = await sr.sql(`SHOW TRANSACTION FROM ${sr.database} WHERE label = '${label}'`);
    expect(rows).toMatchObject([
      { Label: label, TransactionStatus: 'VISIBLE', LoadJobSourceType: 'BACKEND_STREAMING' },
    ]);
  });

  it('§1.8 information_schema.loads and load_tracking_logs', async () => {
    await sr.table('tracked', 'id INT NOT NULL');
    const label = newLabel();
    await sr.loadRows('tracked', [{ id: null }], { label });
    const [load] = await sr.sql(
      `SELECT STATE, FILTERED_ROWS, ERROR_MSG, TRACKING_SQL FROM information_schema.loads WHERE LABEL = '${label}'`,
    );
    expect(load).toMatchObject({
      STATE: 'CANCELLED',
      ERROR_MSG: expect.stringContaining('too many filtered rows') as string,
    });
    const [log] = await sr.sql(String(load?.['TRACKING_SQL']));
    expect(Object.values(log ?? {})[0]).toContain('NULL value in non-nullable column');
  });
});

describe('§11.6 HTTP SQL', () => {
  const run = (query: string) =>
    call({
      method: 'POST',
      url: `${sr.feUrl}/api/v1/catalogs/default_catalog/databases/${sr.database}/sql`,
      headers: { ...sr.authorization(), 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });

  it('§11.6 answers a SELECT line by line', async () => {
    const { text } = await run("SELECT 1 AS a, 'x' AS b;");
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => Object.keys(line)[0])).toEqual(['connectionId', 'meta', 'data', 'statistics']);
    expect(lines[2]).toEqual({ data: [1, 'x'] });
  });

  it('§11.6 refuses anything that writes', async () => {
    const { text } = await run('CREATE TABLE x (id INT)');
    expect(JSON.parse(text)).toMatchObject({ status: 'FAILED' });
  });
});
