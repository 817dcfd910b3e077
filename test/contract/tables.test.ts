import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JSON_ARRAY, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
});
afterAll(() => sr.close());

describe('§4.4 and §6.2 primary key tables', () => {
  beforeEach(async () => {
    await sr.sql('DROP TABLE IF EXISTS pk');
    await sr.table('pk', 'id INT NOT NULL, v STRING, n INT', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.loadRows('pk', [
      { id: 1, v: 'a', n: 1 },
      { id: 2, v: 'b', n: 2 },
    ]);
  });
  const rows = () => sr.sql('SELECT * FROM pk ORDER BY id');

  it('§6.2 whole rows replace', async () => {
    await sr.loadRows('pk', [{ id: 1, v: 'c' }]);
    expect(await rows()).toEqual([
      { id: 1, v: 'c', n: null },
      { id: 2, v: 'b', n: 2 },
    ]);
  });

  it('§6.2 the last row of a key wins within a load', async () => {
    await sr.loadRows('pk', [
      { id: 1, v: 'x' },
      { id: 1, __op: 1 },
      { id: 2, __op: 1 },
      { id: 2, v: 'y' },
    ]);
    expect(await rows()).toEqual([{ id: 2, v: 'y', n: null }]);
  });

  it('§4.4 an __op key counts with and without a columns header', async () => {
    await sr.loadRows('pk', [{ id: 1, __op: 1 }]);
    await sr.loadRows('pk', [{ id: 2, __op: 1 }], { columns: 'id, v' });
    expect(await rows()).toEqual([]);
  });

  it('§4.4 with jsonpaths the automatic column comes last', async () => {
    await sr.loadRows('pk', [{ id: 1, op: 1 }], { jsonpaths: '["$.id", "$.v", "$.n", "$.op"]' });
    expect(await rows()).toEqual([{ id: 2, v: 'b', n: 2 }]);
  });

  it('§4.4 a constant __op', async () => {
    await sr.loadRows('pk', [{ id: 1 }], { columns: "id, __op = 'delete'" });
    expect(await rows()).toEqual([{ id: 2, v: 'b', n: 2 }]);
    const { Message } = await sr.loadRows('pk', [{ id: 2 }], { columns: "id, __op = 'drop'" });
    expect(Message).toContain('load op type string not supported: drop');
  });

  it('§4.4 on other tables an __op key is an extra key, and a delete becomes an append', async () => {
    await sr.table('dup', 'id INT');
    await sr.loadRows('dup', [{ id: 1 }, { id: 1, __op: 1 }]);
    expect(await sr.sql('SELECT count(*) c FROM dup')).toEqual([{ c: 2 }]);
  });

  it('§6.3 a partial update keeps the other columns, and inserts rows with defaults', async () => {
    await sr.loadRows(
      'pk',
      [
        { id: 1, v: 'p' },
        { id: 9, v: 'q' },
      ],
      { partial_update: 'true', columns: 'id, v' },
    );
    expect(await rows()).toEqual([
      { id: 1, v: 'p', n: 1 },
      { id: 2, v: 'b', n: 2 },
      { id: 9, v: 'q', n: null },
    ]);
  });

  it('§6.3 a partial update needs all key columns', async () => {
    const { Message } = await sr.loadRows('pk', [{ v: 'p' }], { partial_update: 'true', columns: 'v' });
    expect(Message).toContain('key column id not in partial update columns');
  });

  it('§6.3 partial update is for primary key tables', async () => {
    await sr.table('nopk', 'id INT, v STRING');
    const { Message } = await sr.loadRows('nopk', [{ id: 1 }], { partial_update: 'true', columns: 'id' });
    expect(Message).toContain('Only primary key table support partial update');
  });

  it('§6.3 merge_condition: greater and equal apply, less does not, deletes always', async () => {
    const headers = { merge_condition: 'n' };
    await sr.loadRows(
      'pk',
      [
        { id: 1, v: 'low', n: 0 },
        { id: 2, v: 'same', n: 2 },
      ],
      headers,
    );
    expect(await rows()).toEqual([
      { id: 1, v: 'a', n: 1 },
      { id: 2, v: 'same', n: 2 },
    ]);
    await sr.loadRows(
      'pk',
      [
        { id: 1, v: 'high', n: 5 },
        { id: 2, n: 0, __op: 1 },
      ],
      headers,
    );
    expect(await rows()).toEqual([{ id: 1, v: 'high', n: 5 }]);
  });
});

describe('§3.4 and §6.3 what primary key tables refuse', () => {
  it('§3.4 a key of more than 128 bytes', async () => {
    await sr.table('longkey', 'k VARCHAR(500) NOT NULL', 'PRIMARY KEY(k) DISTRIBUTED BY HASH(k)');
    expect((await sr.loadRows('longkey', [{ k: 'x'.repeat(129) }])).Message).toContain(
      'primary key size exceed the limit',
    );
    expect(await sr.loadRows('longkey', [{ k: 'x'.repeat(100) }])).toMatchObject({ Status: 'Success' });
  });

  it('§6.3 a partial update that inserts rows without a value for a NOT NULL column [U]', async () => {
    await sr.table('partial', 'k INT NOT NULL, v INT, n INT NOT NULL', 'PRIMARY KEY(k) DISTRIBUTED BY HASH(k)');
    const headers = { partial_update: 'true', columns: 'k, v' };
    expect((await sr.loadRows('partial', [{ k: 1, v: 1 }], headers)).Status).toBe('Fail');
    await sr.loadRows('partial', [{ k: 1, v: 1, n: 1 }]);
    expect(await sr.loadRows('partial', [{ k: 1, v: 2 }], headers)).toMatchObject({ Status: 'Success' });
  });

  it('§6.3 a partial update that inserts rows takes the other columns’ DEFAULT', async () => {
    await sr.table('partdef', 'k INT NOT NULL, v INT, d INT DEFAULT "4"', 'PRIMARY KEY(k) DISTRIBUTED BY HASH(k)');
    await sr.loadRows('partdef', [{ k: 1, v: 1 }], { partial_update: 'true', columns: 'k, v' });
    expect(await sr.sql('SELECT d FROM partdef')).toEqual([{ d: 4 }]);
  });
});

describe('§6.1 other models', () => {
  it('§6.1 Duplicate keeps duplicates', async () => {
    await sr.table('d', 'id INT, v INT', 'DUPLICATE KEY(id)');
    await sr.loadRows('d', [{ id: 1, v: 1 }]);
    await sr.loadRows('d', [{ id: 1, v: 1 }]);
    expect(await sr.sql('SELECT count(*) c FROM d')).toEqual([{ c: 2 }]);
  });

  it('§6.1 Unique replaces by key', async () => {
    await sr.table('u', 'id INT, v INT', 'UNIQUE KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.loadRows('u', [
      { id: 1, v: 1 },
      { id: 1, v: 2 },
    ]);
    await sr.loadRows('u', [{ id: 2, v: 3 }]);
    expect(await sr.sql('SELECT * FROM u ORDER BY id')).toEqual([
      { id: 1, v: 2 },
      { id: 2, v: 3 },
    ]);
  });

  it('§6.1 Aggregate combines by SUM, MIN, MAX, REPLACE, REPLACE_IF_NOT_NULL', async () => {
    const columns = 'k INT, s BIGINT SUM, lo INT MIN, hi INT MAX, r INT REPLACE, q INT REPLACE_IF_NOT_NULL';
    await sr.table('a', columns, 'AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)');
    await sr.loadRows('a', [
      { k: 1, s: 1, lo: 5, hi: 5, r: 1, q: 1 },
      { k: 1, s: 2, lo: 3, hi: 4, r: 2, q: 2 },
    ]);
    await sr.loadRows('a', [
      { k: 1, s: 10, lo: 9, hi: 9, r: null, q: null },
      { k: 2, s: 1 },
    ]);
    expect(await sr.sql('SELECT * FROM a ORDER BY k')).toEqual([
      { k: 1, s: 13, lo: 3, hi: 9, r: null, q: 2 },
      { k: 2, s: 1, lo: null, hi: null, r: null, q: null },
    ]);
  });

  it('§2.1 negative turns the sums around', async () => {
    await sr.table('neg', 'k INT, s BIGINT SUM', 'AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)');
    await sr.loadRows('neg', [{ k: 1, s: 5 }]);
    await sr.loadRows('neg', [{ k: 1, s: 2 }], { negative: 'true' });
    expect(await sr.sql('SELECT s FROM neg')).toEqual([{ s: 3 }]);
  });
});

describe('§6.3 computed columns', () => {
  it('§6.3 AUTO_INCREMENT is filled in when it is left out', async () => {
    await sr.table('auto', 'id BIGINT NOT NULL AUTO_INCREMENT, v STRING', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.loadRows('auto', [{ v: 'a' }, { v: 'b' }], { columns: 'v' });
    await sr.loadRows('auto', [{ v: 'c' }], { columns: 'v' });
    expect(await sr.sql('SELECT count(DISTINCT id) c FROM auto')).toEqual([{ c: 3 }]);
  });

  it('§6.3 an explicit NULL for AUTO_INCREMENT filters the row', async () => {
    await sr.table(
      'autonull',
      'id BIGINT NOT NULL AUTO_INCREMENT, v STRING',
      'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const answer = await sr.loadRows('autonull', [{ id: null, v: 'a' }]);
    expect(await sr.errorLog(answer)).toContain("NULL value in auto increment column 'id'");
  });

  it('§6.3 generated columns are computed', async () => {
    await sr.table('gen', 'id INT, a INT, twice INT AS a * 2');
    expect(await sr.loadRows('gen', [{ id: 1, a: 21 }])).toMatchObject({ Status: 'Success' });
    expect(await sr.sql('SELECT twice FROM gen')).toEqual([{ twice: 42 }]);
  });

  it('§11.5 DEFAULT current_timestamp and uuid()', async () => {
    await sr.table('dyn', 'id INT, at DATETIME DEFAULT current_timestamp, u VARCHAR(36) DEFAULT (uuid())');
    await sr.loadRows('dyn', [{ id: 1 }, { id: 2 }], { ...JSON_ARRAY, columns: 'id' });
    const [row] = await sr.sql('SELECT count(at) ats, count(DISTINCT u) us FROM dyn');
    expect(row).toEqual({ ats: 2, us: 2 });
  });
});
