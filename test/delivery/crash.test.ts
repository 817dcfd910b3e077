import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyKafka, type Send } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { randomFrom } from './support/random.ts';
import { Scene } from './support/scene.ts';
import { type Place, STEPS } from './support/steps.ts';
import { type TestHooks } from './support/test-hooks.ts';

/** One here; `npm run test:long` takes twenty. */
const SEEDS = Number(process.env.TRIBUTARY_CRASH_SEEDS ?? 1);
const FIRST_SEED = Number(process.env.TRIBUTARY_SEED ?? 1);

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

/** Each row names its table, with a suffix of the topic's name. */
const ROUTE = {
  transforms: ['route'],
  'transforms.route.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.route.route.by.field': 'kind',
  'transforms.route.delete.tombstone.handling.mode': 'drop',
};

/** Rows go into both tables of a scene, one after the other. */
function sendRouted({ topic }: Scene): Send {
  return (to, partition, values) => {
    const events = values.map((value) => {
      const row = JSON.parse(value) as { readonly id: number };
      const kind = row.id % 2 === 0 ? topic : `${topic}_odd`;
      return JSON.stringify({ before: null, after: { ...row, kind }, source: {}, op: 'c' });
    });
    return kafka.send(to, partition, events);
  };
}

function createRouted(hooks: TestHooks): Promise<Scene> {
  return Scene.create(hooks, kafka, { connectTransforms: ROUTE, otherTables: ['_odd'] });
}

async function expectEachInItsTable({ starrocks, tables, produced }: Scene): Promise<void> {
  for (const [parity, table] of tables.entries()) {
    const rows = await starrocks.query(`SELECT id FROM ${table} ORDER BY id`);
    const ids = Array.from({ length: produced }, (_, id) => id).filter((id) => id % 2 === parity);
    expect(rows.map(({ id }) => Number(id))).toEqual(ids);
  }
}

describe.concurrent('a process killed at any step of a load leaves every row once', () => {
  for (const { name, place } of STEPS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      it(`${name}, seed ${seed}`, { timeout: 200_000 }, async (context) => {
        const random = randomFrom(seed, name);
        const scene = await Scene.create(context, kafka, { partitions: random.next(1, 3) });
        const first = await scene.runUntilAssigned();
        for (let loads = random.next(0, 2); loads > 0; loads--) {
          await scene.produce(random.next(1, 30));
          await scene.untilLoaded();
        }
        const hold = scene.hold(place);
        await scene.produce(random.next(10, 60));
        await untilReached(hold);
        first.signal('SIGKILL');
        await first.exited;

        // What was under way arrives all the same, or after somebody else has gone on, or never.
        const fate = random.pick(['at once', 'late', 'never'] as const);
        if (fate === 'at once') hold.release();
        if (random.next(1, 3) === 1) {
          const second = await scene.runUntilAssigned();
          second.signal('SIGKILL');
          await second.exited;
        }
        const last = scene.run();
        await scene.untilLoaded();
        if (fate === 'late') hold.release();
        await scene.produce(random.next(1, 30));
        await scene.untilLoaded();
        await scene.stop(last);
        await scene.expectExactlyOnce();
      });
    }
  }
});

describe.concurrent('a process killed while it loads the rows of one partition into two tables leaves each once', () => {
  it.for<[string, readonly Place[]]>([
    ['after the one is prepared, before its answer', [{ starrocks: 'transaction.prepare', when: 'after' }]],
    ['after the decision, before its answer', [{ kafka: 'decided', when: 'after' }]],
    [
      'after the one is committed and before the other one is',
      [
        { starrocks: 'transaction.commit', when: 'after' },
        { starrocks: 'transaction.commit', when: 'before' },
      ],
    ],
  ])('%s', { timeout: 200_000 }, async ([, places], context) => {
    const scene = await createRouted(context);
    const send = sendRouted(scene);
    const first = await scene.runUntilAssigned();
    await scene.produce(11, send);
    await scene.untilLoaded();
    const holds = places.map((place) => scene.hold(place));
    await scene.produce(30, send);
    for (const hold of holds) await untilReached(hold);
    first.signal('SIGKILL');
    await first.exited;

    const last = scene.run();
    await scene.untilLoaded();
    for (const hold of holds) hold.release();
    await scene.produce(5, send);
    await scene.untilLoaded();
    await scene.stop(last);
    await scene.expectExactlyOnce();
    await expectEachInItsTable(scene);
  });
});
