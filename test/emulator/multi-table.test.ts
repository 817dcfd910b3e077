import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, callAndFollow } from '../contract/support/http.ts';
import {
  JSON_ARRAY,
  newLabel,
  StarRocks,
  type TransactionAnswer,
  type TransactionOperation,
} from '../contract/support/starrocks.ts';

let sr: StarRocks;
beforeEach(async () => {
  sr = await StarRocks.start({ version: '4.0.0' });
  await sr.table('a', 'id INT NOT NULL');
  await sr.table('b', 'id INT');
});
afterEach(() => sr.close());

/** Table is sent with loads alone, as the SDK does. */
async function run(
  operation: TransactionOperation,
  label: string,
  table?: string,
  body = '',
): Promise<TransactionAnswer> {
  const answer = await callAndFollow({
    method: operation === 'load' ? 'PUT' : 'POST',
    url: `${sr.feUrl}/api/transaction/${operation}`,
    headers: {
      ...sr.authorization(),
      ...(table === undefined ? {} : { ...JSON_ARRAY, table, Expect: '100-continue' }),
      label,
      db: sr.database,
      transaction_type: 'multi',
    },
    body,
  });
  return JSON.parse(answer.text) as TransactionAnswer;
}

describe('multi-table transactions (§7.5)', () => {
  it('load several tables together', async () => {
    const label = newLabel();
    expect(await run('begin', label)).toEqual({ Status: 'OK', Message: '' });
    expect(await run('load', label, 'a', '[{"id":1}]')).toMatchObject({ Status: 'OK' });
    expect(await run('load', label, 'b', '[{"id":2},{"id":3}]')).toMatchObject({ Status: 'OK' });
    expect(await sr.sql('SELECT * FROM a')).toEqual([]);
    expect(await run('prepare', label)).toMatchObject({ Status: 'OK' });
    expect(await sr.loadState(label)).toBe('PREPARED');
    expect(await run('commit', label)).toMatchObject({ Status: 'OK', Label: label, 'Prepared Channel Num': 0 });
    expect(await sr.sql('SELECT id FROM a UNION ALL SELECT id FROM b ORDER BY id')).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('are aborted as a whole by one load that fails', async () => {
    const label = newLabel();
    await run('begin', label);
    await run('load', label, 'b', '[{"id":2}]');
    expect((await run('load', label, 'a', '[{"id":null}]')).Message).toContain('too many filtered rows');
    expect(await sr.loadState(label)).toBe('ABORTED');
    expect(await run('commit', label)).toMatchObject({ Status: 'FAILED' });
    expect(await sr.sql('SELECT * FROM b')).toEqual([]);
  });

  it('are refused by a BE that is asked directly', async () => {
    const headers = {
      ...sr.authorization(),
      ...JSON_ARRAY,
      label: newLabel(),
      db: sr.database,
      table: 'a',
      transaction_type: 'multi',
    };
    const url = `${sr.emulator?.beUrls[0] ?? ''}/api/transaction/load`;
    const { text } = await call({ method: 'PUT', url, headers, body: '[]' });
    expect(JSON.parse(text)).toMatchObject({
      Status: 'INVALID_ARGUMENT',
      Message: 'Multi-statement transaction requests can only be sent to FE nodes, not BE nodes',
    });
  });
});
