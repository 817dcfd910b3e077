import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyKafka, type Send } from './support/faulty-kafka.ts';
import { untilReached } from './support/hold.ts';
import { Scene } from './support/scene.ts';
import { type Place } from './support/steps.ts';
import { type TestHooks } from './support/test-hooks.ts';

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

function createScene(hooks: TestHooks): Promise<Scene> {
  return Scene.create(hooks, kafka, { connectTransforms: ROUTE, otherTables: ['_odd'] });
}

async function expectEachInItsTable({ starrocks, tables, produced }: Scene): Promise<void> {
  for (const [parity, table] of tables.entries()) {
    const rows = await starrocks.query(`SELECT id FROM ${table} ORDER BY id`);
    const ids = Array.from({ length: produced }, (_, id) => id).filter((id) => id % 2 === parity);
    expect(rows.map(({ id }) => Number(id))).toEqual(ids);
  }
}

describe.concurrent('a process killed while it loads the rows of one partition into two tables leaves each once', () => {
  it.each<[string, readonly Place[]]>([
    ['after the one is prepared, before its answer', [{ starrocks: 'transaction.prepare', when: 'after' }]],
    ['after the decision, before its answer', [{ kafka: 'decided', when: 'after' }]],
    [
      'after the one is committed and before the other one is',
      [
        { starrocks: 'transaction.commit', when: 'after' },
        { starrocks: 'transaction.commit', when: 'before' },
      ],
    ],
  ])('%s', { timeout: 200_000 }, async (_, places, context) => {
    const scene = await createScene(context);
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
