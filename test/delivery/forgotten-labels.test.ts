import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { Scene, type SceneOptions } from './support/scene.ts';
import { type Place } from './support/steps.ts';

const LABELS = 10;
const ROWS = 30;
/** Beyond `prepared_transaction_default_timeout_second`. */
const PREPARED_TIMEOUT_MS = 86_401_000;

const BEFORE_COMMIT: Place = { kafka: 'decided', when: 'after' };
const AFTER_COMMIT: Place = { starrocks: 'transaction.commit', when: 'after' };

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

function forgetful(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  return Scene.create(context, kafka, { emulator: { limits: { labelKeepMaxNum: LABELS } }, ...options });
}

/** A process is killed at this place of its first load, of so many rows. */
async function killAt(scene: Scene, place: Place, rows: number): Promise<void> {
  const main = await scene.runUntilAssigned();
  const hold = scene.hold(place);
  await scene.produce(rows);
  await untilReached(hold);
  main.signal('SIGKILL');
  await main.exited;
  hold.release();
}

/** Others load into the same database, until StarRocks remembers only theirs. */
async function othersLoad({ starrocks }: Scene): Promise<void> {
  await starrocks.query('CREATE TABLE IF NOT EXISTS d.others (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
  for (let load = 0; load <= LABELS; load++) await starrocks.query('INSERT INTO d.others VALUES (1)');
  starrocks.sweep();
}

async function committedState(scene: Scene): Promise<{ state: string; time: number }> {
  const [entry] = await kafka.committed(scene.group, scene.topic);
  return JSON.parse(entry?.metadata ?? '') as { state: string; time: number };
}

/** Waits until the first partition's decision is so old. */
async function untilOlder(scene: Scene, ms: number): Promise<void> {
  const { time } = await committedState(scene);
  await eventually(() => expect(Date.now() - time).toBeGreaterThan(ms));
}

async function untilUnclear(scene: Scene, main: ReturnType<Scene['run']>): Promise<void> {
  await eventually(() => {
    const [line] = main.logged('is not loaded');
    expect(line).toMatchObject({ level: 'error', topic: scene.topic, partition: 0, offset: 0 });
    expect(line?.msg).toMatch(
      new RegExp(`^Topic ${scene.topic}, partition 0 is not loaded: at offset 0 the load .* into ${scene.table} was`),
    );
    expect(line?.msg).toContain('StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load');
    expect(line?.msg).toContain('node dist/main.js resolve FILES');
  });
}

describe.concurrent('a load whose label StarRocks has forgotten', () => {
  it('is loaded again when it was never decided', async (context) => {
    const scene = await forgetful(context);
    await killAt(scene, { starrocks: 'transaction.prepare', when: 'before' }, ROWS);
    // StarRocks throws away what nobody prepares.
    await scene.expectNothingOpen();
    await othersLoad(scene);
    expect((await committedState(scene)).state).toBe('open');
    const main = scene.run();
    await scene.untilLoaded();
    expect(main.logged('Ending a load that was interrupted')).toMatchObject([{ decision: 'open', state: 'UNKNOWN' }]);
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });

  it('counts when it was decided not long ago: StarRocks forgets only what it has committed', async (context) => {
    const scene = await forgetful(context);
    await killAt(scene, AFTER_COMMIT, ROWS);
    await scene.untilLoaded();
    await othersLoad(scene);
    expect((await committedState(scene)).state).toBe('decided');
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    expect(main.logged('Ending a load that was interrupted')).toMatchObject([
      { decision: 'decided', state: 'UNKNOWN' },
    ]);
    await scene.stop(main);
    await scene.expectExactlyOnce();
  });

  it('is unclear when it was decided long ago: its partition stays closed and is named, the others go on, and resolve passes over its rows', async (context) => {
    const scene = await forgetful(context, { partitions: 2, starrocks: { preparedTimeoutMs: 1_000 } });
    // One row: in partition 0 alone.
    await killAt(scene, AFTER_COMMIT, 1);
    await scene.untilLoaded();
    await othersLoad(scene);
    await untilOlder(scene, 1_000);
    const main = await scene.runUntilAssigned();
    await untilUnclear(scene, main);
    await scene.produce(ROWS);
    const odd = Array.from({ length: ROWS / 2 }, (_, index) => 2 * index + 1);
    await eventually(() => scene.expectRows([0, ...odd]));
    await scene.stop(main);

    const resolved = scene.command('resolve', scene.file, '--loaded', `${scene.topic}/0`);
    expect({ ...(await resolved.exited), stderr: resolved.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const last = scene.run();
    await scene.untilLoaded();
    await scene.stop(last);
    await scene.expectExactlyOnce();
  });

  it('is unclear as well when it was thrown away: the process that has nothing else ends, and resolve loads its rows', async (context) => {
    const scene = await forgetful(context, { starrocks: { preparedTimeoutMs: 1_000 } });
    await killAt(scene, BEFORE_COMMIT, ROWS);
    scene.starrocks.advanceClock(PREPARED_TIMEOUT_MS);
    scene.starrocks.sweep();
    expect(scene.starrocks.stats().openTransactions).toBe(0);
    await othersLoad(scene);
    await untilOlder(scene, 1_000);
    const main = scene.run();
    await untilUnclear(scene, main);
    expect((await main.exited).code).toBe(1);
    expect(main.stderr).toContain(`Topic ${scene.topic}, partition 0 is not loaded`);
    await scene.expectRows([]);

    const resolved = scene.command('resolve', scene.file, '--not-loaded', 'all');
    expect({ ...(await resolved.exited), stderr: resolved.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const last = scene.run();
    await scene.untilLoaded();
    await scene.stop(last);
    await scene.expectExactlyOnce();
  });
});

it('a decided load that StarRocks has thrown away, because nobody came back in time, is loaded again', async (context) => {
  const scene = await Scene.create(context, kafka);
  await killAt(scene, BEFORE_COMMIT, ROWS);
  scene.starrocks.advanceClock(PREPARED_TIMEOUT_MS);
  scene.starrocks.sweep();
  const main = scene.run();
  await scene.untilLoaded();
  expect(main.logged('StarRocks has thrown away the prepared load')).toHaveLength(1);
  await scene.stop(main);
  await scene.expectExactlyOnce();
});
