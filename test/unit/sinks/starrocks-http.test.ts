import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { StarRocksHttp } from '../../../src/sinks/starrocks/starrocks-http.ts';
import { httpServer } from '../../support/servers.ts';

it('waits a bounded time for an answer, also when garbage is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const hanging = await httpServer(() => setTimeout(collect, 50));
  const http = new StarRocksHttp({ urls: [hanging], username: 'root', password: '', connectMs: 100, idleMs: 300 });
  onTestFinished(() => http.close());
  await expect(http.get('/', new AbortController().signal)).rejects.toThrow(/no answer within 400 ms/);
}, 5_000);

it('writes headers in UTF-8, as StarRocks reads them: tables and columns have names in any script', async () => {
  const seen: unknown[] = [];
  const url = await httpServer(({ headers }, response) => {
    seen.push(Buffer.from(String(headers.table), 'latin1').toString('utf8'));
    response.end();
  });
  const http = new StarRocksHttp({ urls: [url], username: 'root', password: '', connectMs: 1000, idleMs: 1000 });
  onTestFinished(() => http.close());
  const { signal } = new AbortController();
  await http.post('/', { table: '订单' }, signal);
  await http.put('/', { table: '订单' }, { chunks: [], length: 0 }, signal);
  expect(seen).toEqual(['订单', '订单']);
});
