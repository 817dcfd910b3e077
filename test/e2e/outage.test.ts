import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createScene } from './support/scene.ts';
import { produceRows } from './support/topic.ts';

/** Seconds that each outage lasts: a short seed here; `npm run test:long` sets a minute. */
const OUTAGE_MS = Number(process.env.TRIBUTARY_OUTAGE_SECONDS ?? 8) * 1000;
const BUFFER_BYTES = 16 * 1024 ** 2;

it(`StarRocks down, then a BE that accepts and never answers, ${OUTAGE_MS / 1000} s each under full input: nothing lost, no rebalance, memory within the budget`, {
  timeout: 4 * OUTAGE_MS + 180_000,
}, async () => {
  const rows = 600_000;
  const partitions = 4;
  const scene = await createScene({ partitions });
  const file = join(scene.dir, 'pipeline.json');
  await writeFile(
    file,
    JSON.stringify({
      name: scene.pipeline,
      kafka: {
        brokers: [inject('kafka').bootstrapServers],
        topics: [scene.topic],
        sessionTimeoutMs: 6000,
        heartbeatIntervalMs: 1000,
      },
      starrocks: {
        urls: [scene.starrocks.feHostPort],
        database: 'example_db',
        username: 'root',
        password: '',
        idleTimeoutMs: 5000,
      },
      flush: { maxBytes: BUFFER_BYTES, intervalMs: 500 },
    }),
  );
  const produced = produceRows(scene.topic, { to: rows, partitions });
  const main = scene.run(['--log-level', 'debug', file]);
  await eventually(async () => expect((await scene.counts()).all).toBeGreaterThan(0));

  await scene.starrocks.stop('all');
  await wait(OUTAGE_MS);
  expect((await scene.counts()).distinct).toBeLessThan(rows);
  await scene.starrocks.start('all');
  scene.starrocks.hang('be');
  await wait(OUTAGE_MS);
  expect((await scene.counts()).distinct).toBeLessThan(rows);
  scene.starrocks.hang('be', false);

  await produced;
  await eventually(async () => expect((await scene.counts()).distinct).toBe(rows), 90_000);
  expect(main.peakMemoryMiB).toBeLessThan(400);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  // At-least-once may repeat a load whose answer was lost; here every label could be asked, so none was.
  expect((await scene.counts()).all).toBe(rows);
  expect(main.logged('Assigned').map(({ generation }) => generation)).toEqual([1]);
  expect(main.logged('Loading into').length).toBeGreaterThan(0);
  const [end] = main.logged('Stopped; everything');
  expect(end?.peakBytesInFlight).toBeLessThanOrEqual(2 * BUFFER_BYTES + partitions * 1024 ** 2);
});
