import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type MainProcess } from '../e2e/support/main-process.ts';
import { eventually } from '../support/eventually.ts';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { Scene } from './support/scene.ts';

const PARTITIONS = 6;
const KEYS = 60;

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

/** Does something again and again until it is told to end, and then says how often. */
function again(context: TestContext, task: () => Promise<void>): () => Promise<number> {
  const ended = new AbortController();
  const run = async (): Promise<number> => {
    let times = 0;
    for (; !ended.signal.aborted; times++) await task();
    return times;
  };
  const running = run();
  const end = (): Promise<number> => {
    ended.abort();
    return running;
  };
  context.onTestFinished(async () => {
    await end();
  });
  return end;
}

/** Waits until a process has newly been given partitions, and has loaded some. */
async function untilWorking(main: MainProcess): Promise<void> {
  const loads = main.logged('Loaded').length;
  await eventually(() => expect(main.logged('Loaded').length).toBeGreaterThan(loads));
}

/** Processes join and leave, cleanly and by SIGKILL; one is left, and stopped at the end. */
async function comeAndGo(scene: Scene): Promise<MainProcess> {
  const first = await scene.runUntilAssigned();
  await untilWorking(first);
  const second = scene.run();
  await untilWorking(second);
  const third = scene.run();
  await untilWorking(third);
  await scene.stop(second);
  await untilWorking(first);
  third.signal('SIGKILL');
  await third.exited;
  await untilWorking(first);
  const fourth = scene.run();
  await untilWorking(fourth);
  await scene.stop(first);
  await untilWorking(fourth);
  return fourth;
}

describe('processes that join and leave under load', () => {
  it('load every row once into a Duplicate Key table', { timeout: 180_000 }, async (context) => {
    const scene = await Scene.create(context, kafka, { partitions: PARTITIONS });
    const endProducing = again(context, () => scene.produce(50));
    const last = await comeAndGo(scene);
    await endProducing();
    await scene.untilLoaded();
    await scene.stop(last);
    await scene.expectExactlyOnce();
  });

  it('never put an older value over a newer one in a Primary Key table', { timeout: 180_000 }, async (context) => {
    const scene = await Scene.create(context, kafka, {
      partitions: PARTITIONS,
      table: 'id BIGINT NOT NULL, version BIGINT) PRIMARY KEY(id',
    });
    let version = 0;
    const endProducing = again(context, async () => {
      version++;
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const keys = Array.from({ length: KEYS / PARTITIONS }, (_, index) => index * PARTITIONS + partition);
        await kafka.send(
          scene.topic,
          partition,
          keys.map((id) => JSON.stringify({ id, version })),
        );
      }
    });
    const seen = new Map<number, number>();
    const older: string[] = [];
    const look = async (): Promise<void> => {
      for (const row of await scene.starrocks.query(`SELECT id, version FROM ${scene.table}`)) {
        const id = Number(row.id);
        const found = Number(row.version);
        const before = seen.get(id) ?? 0;
        if (found < before) older.push(`key ${id} went from version ${before} back to ${found}`);
        seen.set(id, found);
      }
    };
    const endLooking = again(context, look);
    const last = await comeAndGo(scene);
    await endProducing();
    const newest = Array.from({ length: KEYS }, (_, id): [number, number] => [id, version]);
    await eventually(async () => {
      const rows = await scene.starrocks.query(`SELECT id, version FROM ${scene.table} ORDER BY id`);
      expect(rows.map((row) => [Number(row.id), Number(row.version)])).toEqual(newest);
    });
    await scene.stop(last);
    expect(await endLooking()).toBeGreaterThan(0);
    await look();
    expect(older).toEqual([]);
    expect([...seen].sort(([a], [b]) => a - b)).toEqual(newest);
    const versions = Array.from({ length: PARTITIONS }, () => (version * KEYS) / PARTITIONS);
    await scene.expectCommitted(versions);
    await scene.expectNothingOpen();
  });
});
