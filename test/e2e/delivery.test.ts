import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testRow } from './support/rows.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceRows } from './support/topic.ts';

const SLICE = 50_000;
/** `npm run test:long` has more. */
const ROWS = Number(process.env.TRIBUTARY_DELIVERY_ROWS ?? 240_000);

/** Every column of every row, read back through SQL, is what was produced; and there is nothing else. */
async function expectExactly(scene: Scene, rows: number): Promise<void> {
  expect(await scene.counts()).toEqual({ all: rows, distinct: rows });
  for (let from = 0; from < rows; from += SLICE) {
    const found = await scene.starrocks.query(
      `SELECT id, city, big, amount, created, ok, note FROM example_db.${scene.table} WHERE id >= ${from} AND id < ${from + SLICE} ORDER BY id`,
    );
    const wrong = found.findIndex((row, index) => {
      const expected = testRow(from + index);
      return (
        row.id !== expected.id ||
        row.city !== expected.city ||
        String(row.big) !== expected.big ||
        row.amount !== expected.amount ||
        row.created !== expected.created ||
        Boolean(row.ok) !== expected.ok ||
        row.note !== expected.note
      );
    });
    expect(wrong === -1 ? 'as produced' : { found: found[wrong], expected: testRow(from + wrong) }).toBe('as produced');
  }
}

async function untilLoaded(scene: Scene, rows: number, timeout: number): Promise<void> {
  await eventually(async () => expect((await scene.counts()).distinct).toBe(rows), timeout);
}

describe('loading', () => {
  it(`${ROWS} rows over 12 partitions arrive once each, every column as it was produced`, {
    timeout: 240_000,
  }, async () => {
    const rows = ROWS;
    const scene = await createScene({ partitions: 12 });
    await produceRows(scene.topic, { to: rows, partitions: 12 });
    const main = scene.run(await scene.connectFiles());
    await untilLoaded(scene, rows, 150_000);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    await expectExactly(scene, rows);
    const committed = await committedOffsets(`connect-${scene.pipeline}`, scene.topic);
    expect(committed.reduce((sum, offset) => sum + offset, 0)).toBe(rows);
  });

  it('SIGTERM in the middle drains and commits: a second start goes on without a gap or a duplicate', async () => {
    const rows = 150_000;
    const scene = await createScene({ partitions: 3 });
    const files = await scene.connectFiles();
    const produced = produceRows(scene.topic, { to: rows, partitions: 3 });
    const first = scene.run(files);
    await eventually(async () => expect((await scene.counts()).all).toBeGreaterThan(20_000));
    first.signal('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const { all } = await scene.counts();
    const committed = await committedOffsets(`connect-${scene.pipeline}`, scene.topic);
    expect(committed.reduce((sum, offset) => sum + Math.max(0, offset), 0)).toBe(all);
    await produced;
    scene.run(files);
    await untilLoaded(scene, rows, 60_000);
    await expectExactly(scene, rows);
  });

  it('kill -9 in the middle loses nothing and loads nothing twice', async () => {
    const rows = 150_000;
    const scene = await createScene({ partitions: 3 });
    const files = await scene.connectFiles();
    const produced = produceRows(scene.topic, { to: rows, partitions: 3 });
    const first = scene.run(files);
    await eventually(async () => expect((await scene.counts()).all).toBeGreaterThan(20_000));
    first.signal('SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await produced;
    scene.run(files);
    await untilLoaded(scene, rows, 60_000);
    await expectExactly(scene, rows);
  });

  it('SIGTERM while StarRocks is down ends within its limit, exits 1 and says what is not loaded; the next start loads it', async () => {
    const rows = 20_000;
    const scene = await createScene({ partitions: 2 });
    const files = await scene.connectFiles({ worker: { 'task.shutdown.graceful.timeout.ms': '2000' } });
    const first = scene.run(files);
    await eventually(() => expect(first.logged('Assigned')).toHaveLength(1));
    await scene.starrocks.stop('all');
    await produceRows(scene.topic, { to: rows, partitions: 2 });
    await eventually(() => expect(first.logged('A load into').length).toBeGreaterThan(0));
    const told = performance.now();
    first.signal('SIGTERM');
    expect(await first.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - told).toBeLessThan(10_000);
    expect(first.stderr).toMatch(
      /^Not everything that was read could be loaded within 2000 ms .*read again at the next start\.\n$/,
    );
    await scene.starrocks.start('all');
    scene.run(files);
    await untilLoaded(scene, rows, 40_000);
    await expectExactly(scene, rows);
  });
});
