import { expect, it, onTestFinished } from 'vitest';
import { FAULT_POINTS, type FaultSpec, startEmulator } from '../../emulator/index.ts';
import { Limiter } from '../../src/core/limiter.ts';
import { TaskStats } from '../../src/core/task-stats.ts';
import { newLoadLabel } from '../../src/sinks/starrocks/load-label.ts';
import { StreamLoadClient } from '../../src/sinks/starrocks/stream-load-client.ts';
import { TableLoader } from '../../src/sinks/starrocks/table-loader.ts';
import { TransactionClient } from '../../src/sinks/starrocks/transaction-client.ts';
import { TransactionalLoad } from '../../src/sinks/starrocks/transactional-load.ts';
import { eventually } from '../support/eventually.ts';
import { loadJob, loadOne } from '../support/load-job.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

/** A short seed here; `npm run test:long` does ten thousand. */
const LOADS = Number(process.env.TRIBUTARY_FAULT_LOADS ?? 200);
const SEED = Number(process.env.TRIBUTARY_SEED ?? 20261121);
const AT_ONCE = 8;
const IDLE_MS = 400;

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = ['too_many_versions', 'too_many_transactions', 'not_master', 'memory', 'shutting_down'];

function randomFault(random: () => number): FaultSpec {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const at = pick(FAULT_POINTS);
  const when = pick(['before', 'after'] as const);
  switch (Math.floor(random() * 5)) {
    case 0:
      return { at, when, cut: true };
    case 1:
      return { at, when, disconnect: true };
    case 2:
      return { at, when, delayMs: IDLE_MS * 2 };
    case 3:
      return { at, when: 'before', fail: pick(WORDS) };
    default:
      return { at, when, http: { status: 503, body: '<html>busy</html>' } };
  }
}

it(`${LOADS} loads under random faults, seed ${SEED}: every row once, no transaction and no connection left`, {
  timeout: 900_000,
}, async () => {
  const random = randomFrom(SEED);
  const starrocks = await startEmulator();
  onTestFinished(() => starrocks.close());
  await starrocks.query(
    'CREATE DATABASE d; CREATE TABLE d.t (id BIGINT, one INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
  );
  const options = {
    urls: [starrocks.feUrl],
    database: 'd',
    username: 'root',
    password: '',
    connectMs: 1_000,
    idleMs: IDLE_MS,
    properties: { format: 'json', strict_mode: 'true', strip_outer_array: 'true', max_filter_ratio: '0' },
  };
  const client = new StreamLoadClient(options);
  const transactions = new TransactionClient(options);
  const stats = new TaskStats();
  const plain = new TableLoader({
    pipeline: 'p',
    target: { name: 't', database: 'db', table: 't' },
    client: () => client,
    stats,
    logger: new RecordingLogger(),
    onOverload: () => undefined,
  });
  const twoPhase = new TransactionalLoad({
    table: 't',
    client: transactions,
    labelState: (label, signal) => client.labelState(label, signal),
  });
  const { signal } = new AbortController();

  let nextId = 0;
  let faults = 0;
  const loadOnce = async (): Promise<void> => {
    const count = 1 + Math.floor(random() * 5);
    const rows = Array.from({ length: count }, () => ({ id: nextId++, one: 1 }));
    const bytes = Buffer.from(JSON.stringify(rows));
    const body = { chunks: [bytes], length: bytes.length };
    const transactional = random() < 0.5;
    if (random() < 0.4) {
      starrocks.addFault(randomFault(random));
      faults++;
    }
    if (!transactional) {
      expect((await loadOne(plain, loadJob(body, signal, count), new Limiter(1))).verdict).toBe('loaded');
      return;
    }
    for (;;) {
      const label = newLoadLabel('p', 't');
      const prepared = await twoPhase.prepare(label, body, signal);
      expect(['prepared', 'retry']).toContain(prepared.verdict);
      if (prepared.verdict !== 'prepared') {
        expect(await twoPhase.rollBack(label, signal)).toBe('gone');
        continue;
      }
      expect(prepared.rows).toEqual({ total: count, loaded: count, filtered: 0, unselected: 0 });
      if ((await twoPhase.commit(label, signal)) === 'committed') return;
    }
  };

  const limiter = new Limiter(AT_ONCE);
  await Promise.all(Array.from({ length: LOADS }, () => limiter.run(loadOnce)));
  client.close();
  transactions.close();

  const [found] = await starrocks.query('SELECT count(*) AS n, count(DISTINCT id) AS d, sum(one) AS s FROM d.t');
  expect({ n: Number(found?.n), d: Number(found?.d), s: Number(found?.s) }).toEqual({
    n: nextId,
    d: nextId,
    s: nextId,
  });
  expect(faults).toBeGreaterThan(LOADS / 4);
  starrocks.clearFaults();
  await eventually(() => expect(starrocks.stats()).toMatchObject({ openTransactions: 0, openConnections: 0 }));
});
