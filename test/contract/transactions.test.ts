import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAndFollow } from './support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
  await sr.table('t', 'id INT, v STRING');
});
afterAll(() => sr.close());

const ROWS = '[{"id":1,"v":"a"},{"id":2,"v":"b"}]';

type State = 'UNKNOWN' | 'PREPARE' | 'PREPARED' | 'VISIBLE' | 'ABORTED';

/** A label in the given state. */
async function labelIn(state: State): Promise<string> {
  const label = newLabel();
  if (state === 'UNKNOWN') return label;
  await sr.transaction('begin', label, 't');
  await sr.transaction('load', label, 't', JSON_ARRAY, ROWS);
  if (state === 'PREPARED' || state === 'VISIBLE') await sr.transaction('prepare', label, 't');
  if (state === 'VISIBLE') await sr.transaction('commit', label, 't');
  if (state === 'ABORTED') await sr.transaction('rollback', label, 't');
  expect(await sr.loadState(label)).toBe(state);
  return label;
}

const begin = (label: string) => sr.transaction('begin', label, 't');
const load = (label: string) => sr.transaction('load', label, 't', JSON_ARRAY, ROWS);
const prepare = (label: string) => sr.transaction('prepare', label, 't');
const commit = (label: string) => sr.transaction('commit', label, 't');
const rollback = (label: string) => sr.transaction('rollback', label, 't');

describe('§7.2 transaction answers', () => {
  it('§7.2 begin: Status, Message, Label, TxnId, BeginTxnTimeMs', async () => {
    const answer = await begin(newLabel());
    expect(Object.keys(answer)).toEqual(['Status', 'Message', 'Label', 'TxnId', 'BeginTxnTimeMs']);
    expect(answer).toMatchObject({ Status: 'OK', Message: '' });
  });

  it('§7.2 load: the bytes of that call, and no row counts', async () => {
    const label = await labelIn('PREPARE');
    const answer = await load(label);
    expect(answer).toMatchObject({ Status: 'OK', Label: label, LoadBytes: ROWS.length });
    expect(answer).not.toHaveProperty('NumberTotalRows');
  });

  it('§7.2 prepare: row counts and the bytes of all loads', async () => {
    const label = await labelIn('PREPARE');
    await load(label);
    expect(await prepare(label)).toMatchObject({
      Status: 'OK',
      NumberTotalRows: 4,
      NumberLoadedRows: 4,
      NumberFilteredRows: 0,
      LoadBytes: 2 * ROWS.length,
    });
  });

  it('§7.2 prepare: rows that max_filter_ratio lets go are counted and logged', async () => {
    const label = newLabel();
    await begin(label);
    await sr.transaction(
      'load',
      label,
      't',
      { ...JSON_ARRAY, strict_mode: 'true', max_filter_ratio: '1' },
      '[{"id":1},{"id":"x"}]',
    );
    const answer = await prepare(label);
    expect(answer).toMatchObject({ Status: 'OK', NumberLoadedRows: 1, NumberFilteredRows: 1 });
    expect(await sr.errorLog(answer)).toContain('out of range');
    await rollback(label);
  });

  it('§7.2 commit of a prepared transaction: Status, Message, Label, TxnId', async () => {
    const label = await labelIn('PREPARED');
    const answer = await commit(label);
    expect(Object.keys(answer).sort()).toEqual(['Label', 'Message', 'Status', 'TxnId']);
    expect(answer).toMatchObject({ Status: 'OK', Label: label });
  });

  it('§7.2 rollback of a transaction in PREPARE: Status, Message, Label', async () => {
    expect(await rollback(await labelIn('PREPARE'))).toMatchObject({ Status: 'OK', Message: '' });
  });

  it('§7.2 failures carry neither Label nor TxnId nor counters', async () => {
    const label = newLabel();
    await begin(label);
    expect(Object.keys(await prepare(label))).toEqual(['Status', 'Message']);
  });
});

describe('§7.3 the behaviour matrix', () => {
  it('§7.3 unknown: begin -> OK', async () => {
    expect(await begin(newLabel())).toMatchObject({ Status: 'OK' });
  });

  it.each([
    ['load', load],
    ['prepare', prepare],
  ] as const)('§7.3 unknown: %s -> the transaction is not found', async (_, operation) => {
    const answer = await operation(newLabel());
    expect(['FAILED', 'TXN_NOT_EXISTS']).toContain(answer.Status);
    expect(answer.Message).toMatch(/Can't find the transaction with db|transaction with label .* not exists/);
  });

  it.each([
    ['commit', commit],
    ['rollback', rollback],
  ] as const)('§7.3 unknown: %s -> FAILED No transaction found', async (_, operation) => {
    const answer = await operation(newLabel());
    expect(answer.Status).toBe('FAILED');
    expect(answer.Message).toContain('No transaction found with db[');
  });

  it('§7.3 PREPARE: begin -> LABEL_ALREADY_EXISTS, running or said by the BE that holds it', async () => {
    const answer = await begin(await labelIn('PREPARE'));
    expect(answer.Status).toBe('LABEL_ALREADY_EXISTS');
    expect(['RUNNING', '']).toContain(answer.ExistingJobStatus);
  });

  it('§7.3 PREPARE: load, prepare -> OK', async () => {
    const label = await labelIn('PREPARE');
    expect(await load(label)).toMatchObject({ Status: 'OK' });
    expect(await prepare(label)).toMatchObject({ Status: 'OK' });
  });

  it('§7.3 PREPARE: commit -> OK, in one phase', async () => {
    const label = await labelIn('PREPARE');
    expect(await commit(label)).toMatchObject({ Status: 'OK', NumberLoadedRows: 2 });
    expect(await sr.loadState(label)).toBe('VISIBLE');
  });

  it('§7.3 PREPARE: rollback -> OK', async () => {
    const label = await labelIn('PREPARE');
    expect(await rollback(label)).toMatchObject({ Status: 'OK' });
    expect(await sr.loadState(label)).toBe('ABORTED');
  });

  it.each([
    ['prepare', prepare],
    ['commit', commit],
  ] as const)(
    '§7.3 PREPARE without data: %s -> INTERNAL_ERROR, and the transaction is rolled back',
    async (_, operation) => {
      const label = newLabel();
      await begin(label);
      const answer = await operation(label);
      expect(answer.Status).toBe('INTERNAL_ERROR');
      expect(answer.Message).toContain("hasn't send any data yet");
      expect(await sr.loadState(label)).toBe('ABORTED');
    },
  );

  it('§7.3 PREPARED: begin -> LABEL_ALREADY_EXISTS RUNNING', async () => {
    const label = await labelIn('PREPARED');
    expect(await begin(label)).toMatchObject({ Status: 'LABEL_ALREADY_EXISTS', ExistingJobStatus: 'RUNNING' });
    expect(await sr.loadState(label)).toBe('PREPARED');
  });

  it.each([
    ['load', load],
    ['prepare', prepare],
  ] as const)('§7.3 PREPARED: %s -> not OK, and it stays PREPARED', async (_, operation) => {
    const label = await labelIn('PREPARED');
    expect(['TXN_NOT_EXISTS', 'FAILED']).toContain((await operation(label)).Status);
    expect(await sr.loadState(label)).toBe('PREPARED');
  });

  it('§7.3 PREPARED: commit -> OK', async () => {
    const label = await labelIn('PREPARED');
    expect(await commit(label)).toMatchObject({ Status: 'OK' });
    expect(['COMMITTED', 'VISIBLE']).toContain(await sr.loadState(label));
  });

  it('§7.3 PREPARED: rollback -> OK', async () => {
    const label = await labelIn('PREPARED');
    expect(await rollback(label)).toMatchObject({ Status: 'OK' });
    expect(await sr.loadState(label)).toBe('ABORTED');
  });

  it('§7.3 VISIBLE: begin -> LABEL_ALREADY_EXISTS FINISHED', async () => {
    const answer = await begin(await labelIn('VISIBLE'));
    expect(answer).toMatchObject({ Status: 'LABEL_ALREADY_EXISTS', ExistingJobStatus: 'FINISHED' });
    expect(answer.Message).toContain('has already been used.');
  });

  it.each([
    ['VISIBLE', 'load', load],
    ['VISIBLE', 'prepare', prepare],
    ['ABORTED', 'load', load],
    ['ABORTED', 'prepare', prepare],
  ] as const)('§7.3 %s: %s -> the transaction is not found', async (state, _, operation) => {
    expect(['TXN_NOT_EXISTS', 'FAILED']).toContain((await operation(await labelIn(state))).Status);
  });

  it('§7.3 VISIBLE: commit -> OK, has already committed', async () => {
    const answer = await commit(await labelIn('VISIBLE'));
    expect(answer.Status).toBe('OK');
    expect(answer.Message).toMatch(/Transaction \d+ has already committed, label is /);
  });

  it('§7.3 VISIBLE: rollback -> FAILED', async () => {
    const answer = await rollback(await labelIn('VISIBLE'));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Message).toMatch(/Can not abort .*transaction/);
  });

  it('§7.3 ABORTED: begin -> OK, the label is free again', async () => {
    const label = await labelIn('ABORTED');
    expect(await begin(label)).toMatchObject({ Status: 'OK' });
    expect(await sr.loadState(label)).toBe('PREPARE');
  });

  it('§7.3 ABORTED: commit -> FAILED', async () => {
    const answer = await commit(await labelIn('ABORTED'));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Message).toMatch(/Can not commit ABORTED transaction \d+, label is /);
  });

  it('§7.3 ABORTED: rollback -> OK, has already aborted', async () => {
    const answer = await rollback(await labelIn('ABORTED'));
    expect(answer.Status).toBe('OK');
    expect(answer.Message).toMatch(/Transaction \d+ has already aborted, label is /);
  });
});

describe('§7.3 errors', () => {
  it('§7.3 rows that are wrong show at prepare, not at load, and roll back', async () => {
    const label = newLabel();
    await begin(label);
    expect(await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1},')).toMatchObject({ Status: 'OK' });
    const answer = await prepare(label);
    expect(answer.Status).toBe('INTERNAL_ERROR');
    expect(answer.Message).toContain('parse');
    expect(await sr.loadState(label)).toBe('ABORTED');
  });

  it('§7.3 filtered rows show at prepare, with an ErrorURL', async () => {
    await sr.table('strict', 'id INT NOT NULL');
    const label = newLabel();
    await sr.transaction('begin', label, 'strict');
    await sr.transaction('load', label, 'strict', JSON_ARRAY, '[{"id":1},{"id":null}]');
    const answer = await sr.transaction('prepare', label, 'strict');
    expect(answer.Message).toContain('too many filtered rows');
    expect(await sr.errorLog(answer)).toContain("NULL value in non-nullable column 'id'");
  });

  it('§7.3 a load that cannot be planned rolls back', async () => {
    const label = newLabel();
    await begin(label);
    const answer = await sr.transaction('load', label, 't', { ...JSON_ARRAY, columns: 'id, nosuch = id' }, ROWS);
    expect(answer.Message).toContain('Mapping column is not in table. column: nosuch');
    expect(await sr.loadState(label)).toBe('ABORTED');
  });

  it.each([
    ['Empty label.', { label: '' }, 'begin'],
    ['No database selected.', { db: '' }, 'begin'],
    ['Database[nosuch] does not exist.', { db: 'nosuch' }, 'begin'],
    ['java.lang.NumberFormatException', { timeout: 'soon' }, 'begin'],
  ] as const)('§7.3 FAILED %s', async (message, headers, operation) => {
    const answer = await sr.transaction(operation, newLabel(), 't', headers);
    expect(answer.Status).toBe('FAILED');
    expect(answer.Message).toContain(message);
  });

  it('§7.3 FAILED Unknown transaction operation', async () => {
    const url = `${sr.feUrl}/api/transaction/nosuch`;
    const headers = { ...sr.authorization(), label: newLabel(), db: sr.database, table: 't' };
    const { text } = await callAndFollow({ method: 'POST', url, headers });
    expect(JSON.parse(text)).toMatchObject({ Status: 'FAILED' });
    expect(text).toContain('Unknown transaction operation: nosuch');
  });
});

describe('§7.1 operations', () => {
  it('§7.1 rows of several loads become visible together, at commit', async () => {
    await sr.table('atomic', 'id INT');
    const label = newLabel();
    await sr.transaction('begin', label, 'atomic');
    await sr.transaction('load', label, 'atomic', JSON_ARRAY, '[{"id":1}]');
    await sr.transaction('load', label, 'atomic', JSON_ARRAY, '[{"id":2}]');
    await sr.transaction('prepare', label, 'atomic');
    expect(await sr.sql('SELECT * FROM atomic')).toEqual([]);
    await sr.transaction('commit', label, 'atomic');
    expect(await sr.sql('SELECT * FROM atomic ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('§7.1 all loads of a transaction have the same parameters', async () => {
    const label = await labelIn('PREPARE');
    const answer = await sr.transaction('load', label, 't', { ...JSON_ARRAY, strict_mode: 'true' }, ROWS);
    expect(answer.Message).toContain('load request not equal last.');
  });

  it('§7.1 a load names the table of its transaction', async () => {
    await sr.table('other', 'id INT');
    const label = await labelIn('PREPARE');
    const answer = await sr.transaction('load', label, 'other', JSON_ARRAY, ROWS);
    expect(answer.Message).toContain('Request table other not equal transaction table t');
  });

  it('§7.1 prepare with another table -> INVALID_ARGUMENT, and the transaction goes on', async () => {
    await sr.table('another', 'id INT');
    const label = await labelIn('PREPARE');
    const answer = await sr.transaction('prepare', label, 'another');
    expect(answer.Status).toBe('INVALID_ARGUMENT');
    expect(await prepare(label)).toMatchObject({ Status: 'OK' });
  });

  it('§1.1 _cancel aborts a running transaction, and its label is free again', async () => {
    const label = await labelIn('PREPARE');
    const url = `${sr.feUrl}/api/${sr.database}/t/_cancel?label=${label}`;
    const answer = await callAndFollow({ method: 'POST', url, headers: sr.authorization() });
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'OK' });
    expect(await sr.loadState(label)).toBe('ABORTED');
    expect(await begin(label)).toMatchObject({ Status: 'OK' });
  });

  it('§5 CSV bodies of one transaction are one stream, so a row may end in a later body', async () => {
    await sr.table('csv', 'id INT, v STRING');
    const label = newLabel();
    await sr.transaction('begin', label, 'csv');
    await sr.transaction('load', label, 'csv', { format: 'csv', column_separator: ',' }, '1,a\n2,');
    await sr.transaction('load', label, 'csv', { format: 'csv', column_separator: ',' }, 'b\n');
    expect(await sr.transaction('commit', label, 'csv')).toMatchObject({ Status: 'OK', NumberLoadedRows: 2 });
    expect(await sr.sql('SELECT v FROM csv ORDER BY id')).toEqual([{ v: 'a' }, { v: 'b' }]);
  });
});
