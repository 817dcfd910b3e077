import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/http.ts';
import { type Headers, JSON_ARRAY, newLabel, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
});
afterAll(() => sr.close());

const MERGE: Headers = {
  ...JSON_ARRAY,
  enable_merge_commit: 'true',
  merge_commit_interval_ms: '300',
  merge_commit_parallel: '1',
};

describe('§2.5 merge commit', () => {
  it('§2.5 merges requests with the same parameters into one transaction', async () => {
    await sr.table('merged', 'id INT');
    const labels = [newLabel(), newLabel(), newLabel()];
    const answers = await Promise.all(labels.map((label, id) => sr.loadRows('merged', [{ id }], { ...MERGE, label })));
    expect(answers).toMatchObject(labels.map((label) => ({ Status: 'Success', RequestId: label })));
    expect(new Set(answers.map(({ TxnId }) => TxnId)).size).toBe(1);
    expect(answers[0]?.Label).not.toBe(labels[0]);
    expect(await sr.sql('SELECT count(*) c FROM merged')).toEqual([{ c: 3 }]);
  });

  it('§2.5 a label is no idempotency key', async () => {
    await sr.table('twice', 'id INT');
    const label = newLabel();
    for (let round = 0; round < 2; round++) await sr.loadRows('twice', [{ id: 1 }], { ...MERGE, label });
    expect(await sr.sql('SELECT count(*) c FROM twice')).toEqual([{ c: 2 }]);
  });

  it('§2.5 asynchronous mode answers before the rows are visible, and the batch has a label to ask for', async () => {
    await sr.table('later', 'id INT');
    const answer = await sr.loadRows('later', [{ id: 1 }], { ...MERGE, merge_commit_async: 'true' });
    expect(answer).toMatchObject({ Status: 'Success' });
    expect(await sr.loadState(answer.Label)).not.toBe('VISIBLE');
    await expect.poll(() => sr.loadState(answer.Label), { timeout: 10_000 }).toBe('VISIBLE');
  });

  it('§2.5 one bad request fails the whole batch', async () => {
    await sr.table('allornone', 'id INT');
    const answers = await Promise.all([
      sr.load('allornone', '[{"id":1}]', MERGE),
      sr.load('allornone', '[{"id":', MERGE),
    ]);
    expect(answers.map(({ Status }) => Status)).toEqual(['Fail', 'Fail']);
    expect(await sr.sql('SELECT count(*) c FROM allornone')).toEqual([{ c: 0 }]);
  });

  it.each(['merge_commit_interval_ms', 'merge_commit_parallel'])('§2.5 %s must be positive', async (name) => {
    await sr.sql('CREATE TABLE IF NOT EXISTS needs (id INT) PROPERTIES ("replication_num" = "1")');
    const answer = await sr.loadRows('needs', [{ id: 1 }], { ...MERGE, [name]: '0' });
    expect(answer).toMatchObject({ Status: 'Fail' });
    expect(answer.Message).toContain(name);
  });

  it('§2.5 a value that is no boolean', async () => {
    await sr.sql('CREATE TABLE IF NOT EXISTS needs (id INT) PROPERTIES ("replication_num" = "1")');
    const answer = await sr.loadRows('needs', [{ id: 1 }], { ...MERGE, enable_merge_commit: 'maybe' });
    expect(answer.Message).toContain(
      'Invalid parameter enable_merge_commit. The value must be bool type, but is maybe',
    );
  });

  it('§2.5 _stream_load_meta names the nodes', async () => {
    const url = `${sr.feUrl}/api/${sr.database}/needs/_stream_load_meta?type=nodes`;
    const headers = { ...sr.authorization(), ...MERGE };
    const { text } = await call({ method: 'GET', url, headers });
    expect(JSON.parse(text)).toMatchObject({ status: 'OK', nodes: { http: expect.stringMatching(/:\d+$/) as string } });
  });
});
