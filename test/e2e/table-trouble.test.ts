import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type MainProcess } from './support/main-process.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, produceValues } from './support/topic.ts';

const COLUMNS = 'id BIGINT NOT NULL, city VARCHAR(5)';
const row = (id: number): string => `{"id":${id},"city":"ok"}`;
const rows = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => row(from + index));

/** A scene with a second table and its topic. */
async function createTwoTables(): Promise<Scene & { readonly other: string }> {
  const scene = await createScene({ columns: COLUMNS });
  const other = `${scene.topic}_other`;
  await scene.starrocks.query(
    `CREATE TABLE example_db.${other} (${COLUMNS}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
  );
  await createTopic(other);
  return { ...scene, other };
}

const untilLoaded = (scene: Scene, table: string, ids: readonly number[]): Promise<void> =>
  eventually(async () => {
    const found = await scene.starrocks.query(`SELECT id FROM example_db.${table} ORDER BY id`);
    expect(found.map(({ id }) => Number(id))).toEqual(ids);
  });

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

it('a table that a refused record has stopped comes back by itself when it is mended; the other one never waits', async () => {
  const scene = await createTwoTables();
  const { topic, other } = scene;
  const main = scene.run(await scene.connectFiles({ connector: { topics: `${topic},${other}` } }));
  await produceValues(topic, rows(0, 100));
  await produceValues(other, rows(0, 100));
  await untilLoaded(scene, topic, numbers(0, 100));
  await produceValues(topic, [row(100), '{"id":101,"city":"much too long"}', row(102)]);
  await eventually(() => expect(main.logged(`Loading into ${topic} has stopped`)).not.toEqual([]));
  await produceValues(topic, rows(103, 200));
  await produceValues(other, rows(100, 200));
  await untilLoaded(scene, other, numbers(0, 200));
  await untilLoaded(scene, topic, numbers(0, 100));
  await scene.starrocks.query(`ALTER TABLE example_db.${topic} MODIFY COLUMN city VARCHAR(50)`);
  await untilLoaded(scene, topic, numbers(0, 200));
  await produceValues(topic, rows(200, 210));
  await untilLoaded(scene, topic, numbers(0, 210));
  expect(main.logged('Loading into').every(({ msg }) => !msg.includes(other))).toBe(true);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(await committedOffsets(`connect-${scene.pipeline}`, topic)).toEqual([210]);
  expect(await committedOffsets(`connect-${scene.pipeline}`, other)).toEqual([200]);
});

it.each(['exactly-once', 'at-least-once'])(
  'a table that is dropped is named once in StarRocks’ words, and loaded again when it is there again (%s)',
  async (delivery) => {
    const scene = await createTwoTables();
    const { topic, other } = scene;
    const files = await scene.connectFiles({ connector: { topics: `${topic},${other}`, delivery } });
    const main = scene.run(['--log-level', 'debug', ...files]);
    await produceValues(topic, rows(0, 100));
    await untilLoaded(scene, topic, numbers(0, 100));
    await eventually(async () => expect(await committedOffsets(`connect-${scene.pipeline}`, topic)).toEqual([100]));
    await scene.starrocks.query(`DROP TABLE example_db.${topic}`);
    await produceValues(topic, rows(100, 150));
    const refusals = (): string[] => main.logged('StarRocks refuses every load').map(({ msg }) => msg);
    await eventually(() => expect(main.logged('Still trying to load').length).toBeGreaterThan(4));
    expect(refusals()).toEqual([
      expect.stringMatching(
        new RegExp(`^StarRocks refuses every load into ${topic} until somebody mends it: .*[Uu]nknown table`),
      ),
    ]);
    await produceValues(other, rows(0, 100));
    await untilLoaded(scene, other, numbers(0, 100));
    await scene.starrocks.query(
      `CREATE TABLE example_db.${topic} (${COLUMNS}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    await untilLoaded(scene, topic, numbers(100, 150));
    await eventually(() => expect(main.logged(`Loading into ${topic} works again`)).toHaveLength(1));
    expect(refusals()).toHaveLength(1);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(await committedOffsets(`connect-${scene.pipeline}`, topic)).toEqual([150]);
  },
);

interface Load {
  /** When it was through. */
  readonly at: number;
  readonly rows: number;
}

const loads = (main: MainProcess): Load[] =>
  main.log
    .filter(({ msg }) => msg === 'Loaded')
    .map(({ time, rows: count }) => ({ at: Date.parse(String(time)), rows: Number(count) }));

/** Milliseconds between each two loads, on average. */
const gap = (of: readonly Load[]): number => ((of.at(-1)?.at ?? 0) - (of[0]?.at ?? 0)) / (of.length - 1);

const averageRows = (of: readonly Load[]): number => of.reduce((sum, { rows: count }) => sum + count, 0) / of.length;

it.each([
  ['too_many_versions', 'transaction.load'],
  ['too_many_transactions', 'transaction.begin'],
] as const)(
  '%s makes loads fewer and larger while it lasts, and then they become small again',
  {
    timeout: 150_000,
  },
  async (failure, at) => {
    const scene = await createScene({ columns: COLUMNS });
    const file = join(scene.dir, 'pipeline.json');
    await writeFile(
      file,
      JSON.stringify({
        name: scene.pipeline,
        kafka: { brokers: [inject('kafka').bootstrapServers], topics: [scene.topic] },
        starrocks: { urls: [scene.starrocks.feHostPort], database: 'example_db', username: 'root', password: '' },
        flush: { intervalMs: 50 },
      }),
    );
    const main = scene.run(['--log-level', 'debug', file]);
    let produced = 0;
    /** Produces a steady trickle until something holds; returns the loads meanwhile. */
    const trickleUntil = async (holds: (seen: readonly Load[]) => boolean): Promise<Load[]> => {
      const before = loads(main).length;
      const limit = performance.now() + 60_000;
      let seen: Load[] = [];
      while (!holds(seen)) {
        if (performance.now() > limit) throw new Error(`not within a minute, after ${JSON.stringify(seen)}`);
        await produceValues(scene.topic, [row(produced++)]);
        seen = loads(main).slice(before);
      }
      return seen;
    };

    const usual = await trickleUntil((seen) => seen.length >= 10);
    // StarRocks takes one load in three.
    const failing = scene.starrocks.addFault({ at, fail: failure, times: 2 });
    let faults = 1;
    const during = await trickleUntil((seen) => {
      if (seen.length >= faults) {
        scene.starrocks.addFault({ at, fail: failure, times: 2 });
        faults++;
      }
      return seen.length >= 3;
    });
    scene.starrocks.clearFaults();
    expect(failing).toBeGreaterThan(0);
    await trickleUntil((seen) => seen.length >= 10 && gap(seen.slice(-10)) < 900);
    expect(gap(during)).toBeGreaterThan(900);
    expect(averageRows(during.slice(1))).toBeGreaterThan(averageRows(usual));
    await untilLoaded(scene, scene.table, numbers(0, produced));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect((await scene.counts()).all).toBe(produced);
  },
);
