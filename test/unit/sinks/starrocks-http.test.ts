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
