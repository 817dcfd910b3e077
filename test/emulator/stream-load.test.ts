import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../contract/support/http.ts';
import { newLabel, StarRocks } from '../contract/support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
});
afterAll(() => sr.close());

describe('a stream load', () => {
  it('loads a JSON array through FE and BE', async () => {
    await sr.table('cities', 'id INT, city STRING');
    const answer = await sr.loadRows('cities', [
      { id: 1, city: 'New York' },
      { id: 2, city: 'Chicago' },
    ]);
    expect(answer).toMatchObject({ Status: 'Success', Message: 'OK', NumberTotalRows: 2, NumberLoadedRows: 2 });
    expect(await sr.sql('SELECT * FROM cities ORDER BY id')).toEqual([
      { id: 1, city: 'New York' },
      { id: 2, city: 'Chicago' },
    ]);
  });

  it('keeps every digit of BIGINT, LARGEINT and DECIMAL', async () => {
    await sr.table('digits', 'b BIGINT, l LARGEINT, d DECIMAL(38, 10)');
    const row =
      '[{"b":9007199254740993,"l":170141183460469231731687303715884105727,"d":1234567890123456789012345678.0123456789}]';
    expect(await sr.load('digits', row, { format: 'json', strip_outer_array: 'true' })).toMatchObject({
      Status: 'Success',
    });
    expect(await sr.sql('SELECT CAST(b AS CHAR) b, CAST(l AS CHAR) l, CAST(d AS CHAR) d FROM digits')).toEqual([
      {
        b: '9007199254740993',
        l: '170141183460469231731687303715884105727',
        d: '1234567890123456789012345678.0123456789',
      },
    ]);
  });

  it('keeps the last row of each key of a primary key table, and deletes with __op', async () => {
    await sr.table('pk', 'id INT NOT NULL, v STRING', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.loadRows('pk', [
      { id: 1, v: 'a' },
      { id: 2, v: 'b' },
      { id: 1, v: 'c' },
    ]);
    await sr.loadRows('pk', [
      { id: 2, __op: 1 },
      { id: 3, v: 'd', __op: 0 },
    ]);
    expect(await sr.sql('SELECT * FROM pk ORDER BY id')).toEqual([
      { id: 1, v: 'c' },
      { id: 3, v: 'd' },
    ]);
  });

  it('leaves nothing behind when its client goes away in the middle of the body', async () => {
    await sr.table('gone', 'id INT');
    const label = newLabel();
    const headers = {
      ...sr.authorization(),
      Expect: '100-continue',
      label,
      'Content-Length': '1000',
      ...{ format: 'json' },
    };
    const { connect } = await import('node:net');
    const be = new URL(sr.emulator?.beUrls[0] ?? '');
    const socket = connect(Number(be.port), be.hostname);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`PUT /api/${sr.database}/gone/_stream_load HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('{"id":1}');
    socket.destroy();
    await expect.poll(() => sr.loadState(label)).toBe('ABORTED');
    expect(await sr.load('gone', '{"id":2}', { format: 'json', label })).toMatchObject({ Status: 'Success' });
    expect(await sr.sql('SELECT * FROM gone')).toEqual([{ id: 2 }]);
  });
});

describe('an FE', () => {
  it('sends loads to a BE without user information and without 100 Continue', async () => {
    const url = sr.loadUrl('cities');
    const headers = { ...sr.authorization(), Expect: '100-continue' };
    const answer = await call({ method: 'PUT', url: `${url}?a=b`, headers, body: 'x' });
    expect(answer).toMatchObject({ status: 307, continued: false, headers: { connection: 'close' } });
    expect(answer.headers.location).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/.*\/cities\/_stream_load\?a=b$/);
  });

  it('answers 401 without credentials and with wrong ones', async () => {
    const url = sr.loadUrl('cities');
    const none = await call({ method: 'PUT', url, headers: { Expect: '100-continue' } });
    const wrong = await call({
      method: 'PUT',
      url,
      headers: { Expect: '100-continue', ...sr.authorization('root', 'no') },
    });
    expect(none).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm=""' } });
    expect(none.text).toContain('Need auth information.');
    expect(wrong).toMatchObject({ status: 401 });
    expect(wrong.text).toContain('Access denied for root@');
  });
});
