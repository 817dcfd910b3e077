import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { untilLed } from '../support/create-topic.ts';
import { eventually } from '../support/eventually.ts';
import { FaultyKafka } from './support/faulty-kafka.ts';
import { Scene } from './support/scene.ts';

const ROWS = 30;
/** The first offset of a topic whose records before it were deleted. */
const FIRST = 5;

let kafka: FaultyKafka;
beforeAll(async () => {
  kafka = await FaultyKafka.start();
});
afterAll(() => kafka.stop());

const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe.concurrent('a topic that changes while it is loaded', () => {
  it('gets partitions: what is in them is loaded as well, from their first record', async (context) => {
    const scene = await Scene.create(context, kafka, { kafka: { metadataMaxAgeMs: 500 } });
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await kafka.admin.createPartitions({ topicPartitions: [{ topic: scene.topic, count: 3 }] });
    await untilLed(kafka.admin, scene.topic, 3);
    for (const partition of [1, 2, 0]) await scene.produceTo(partition, ROWS, {}, kafka.sendAnew);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectRows();
    await scene.expectCommitted([2 * ROWS, ROWS, ROWS]);
    await scene.expectNothingOpen();
  });

  it('is deleted, and made anew with fewer records than were read: it is loaded from offset 0 again', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await kafka.recreateTopic(scene.topic, 1);
    await scene.produce(ROWS - 10);
    await scene.untilLoaded();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectRows();
    await scene.expectCommitted([2 * ROWS - 10]);
    await scene.expectNothingOpen();
  });

  it('is deleted, and made anew with more records than were read: it is loaded from offset 0 again', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await kafka.recreateTopic(scene.topic, 1);
    await scene.produce(3 * ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectRows();
    await scene.expectCommitted([3 * ROWS]);
    await scene.expectNothingOpen();
  });

  it('is deleted and made anew while no process runs: it is loaded from offset 0 again, however long it is', async (context) => {
    const scene = await Scene.create(context, kafka);
    const first = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(first);
    await kafka.recreateTopic(scene.topic, 1);
    await scene.produce(2 * ROWS);
    const last = scene.run();
    await scene.untilLoaded();
    await scene.stop(last);
    await scene.expectRows();
    await scene.expectCommitted([2 * ROWS]);
    await scene.expectNothingOpen();
  });

  it('holds aborted transactions of Kafka: nothing of them is loaded, and their offsets pass', async (context) => {
    const scene = await Scene.create(context, kafka, { kafka: { isolationLevel: 'read_committed' } });
    const main = await scene.runUntilAssigned();
    const loaded: number[] = [];
    for (let round = 0; round < 4; round++) {
      const from = scene.produced;
      await kafka.inTransaction(round % 2 === 0 ? 'commit' : 'abort', (send) => scene.produce(10, send));
      if (round % 2 === 0) loaded.push(...ids(from, from + 10));
    }
    await eventually(() => scene.expectRows(loaded));
    // Each transaction has a marker behind its records; the last two offsets are of an aborted one.
    await eventually(() => scene.expectCommitted([44]));
    await scene.stop(main);
    await scene.expectRows(loaded);
    await scene.expectCommitted([44]);
    await scene.expectNothingOpen();
  });
});

describe.concurrent('a committed offset that the topic does not hold', () => {
  /** What the log says beside the position: before the first batch the end of a topic is not always known. */
  const places = [
    {
      where: 'before the first record',
      offset: 2,
      told: 'The committed offset is outside of the topic',
      refused: `2; the topic holds ${FIRST} to ${ROWS}`,
    },
    {
      where: 'behind the end',
      offset: 1_000,
      told: 'Kafka went back to an earlier offset',
      refused: '1000; the topic ends before it',
    },
  ];

  /** A topic whose first records are gone, and a group that stands elsewhere. */
  async function astray(context: TestContext, offset: number, autoOffsetReset: string): Promise<Scene> {
    const scene = await Scene.create(context, kafka, { kafka: { autoOffsetReset } });
    await scene.produce(ROWS);
    await kafka.deleteRecords(scene.topic, FIRST);
    await kafka.setOffsets(scene.group, scene.topic, [offset]);
    return scene;
  }

  it.for(places)(
    '$where, with earliest: loading goes on at the first record that there is, and the log says so',
    async ({ offset, told }, context) => {
      const scene = await astray(context, offset, 'earliest');
      const main = await scene.runUntilAssigned();
      await eventually(() => scene.expectRows(ids(FIRST, ROWS)));
      expect(main.logged(told)).toMatchObject([{ from: FIRST }]);
      await scene.stop(main);
      await scene.expectCommitted([ROWS]);
    },
  );

  it.for(places)(
    '$where, with latest: loading goes on at the end, and the log says so',
    async ({ offset, told }, context) => {
      const scene = await astray(context, offset, 'latest');
      const main = await scene.runUntilAssigned();
      // The end is where it is when the client looks, so rows come until it has.
      await eventually(async () => {
        await scene.produce(ROWS);
        expect(main.logged(told)).toHaveLength(1);
        expect(main.logged('Loaded').length).toBeGreaterThan(0);
      });
      const [line] = main.logged(told);
      const from = Number(line?.from);
      expect(from).toBeGreaterThanOrEqual(ROWS);
      await eventually(() => scene.expectRows(ids(from, scene.produced)));
      await scene.stop(main);
      await scene.expectCommitted([scene.produced]);
    },
  );

  it.for(places)(
    '$where, with none: nothing is loaded, and the process ends with the reason, however often it is started',
    async ({ offset, refused }, context) => {
      const scene = await astray(context, offset, 'none');
      const main = scene.run();
      expect(await main.exited).toEqual({ code: 2, signal: null });
      const refusal = (found: string): string =>
        `Topic ${scene.topic}, partition 0 has no usable committed offset (${found}) and auto.offset.reset is none. Set it to earliest or latest, or commit an offset for group ${scene.group}.\n`;
      expect(main.stderr).toBe(refusal(refused));
      const again = scene.run();
      expect(await again.exited).toEqual({ code: 2, signal: null });
      // The Kafka client may have committed "wherever records begin" in the offset's place.
      expect([refusal(refused), refusal(`none; the topic holds ${FIRST} to ${ROWS}`)]).toContain(again.stderr);
      await scene.expectRows([]);
    },
  );
});

describe.concurrent('a table that changes while it is loaded', () => {
  it('gets a column: rows fill it from then on', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.starrocks.query(`ALTER TABLE ${scene.table} ADD COLUMN extra INT`);
    await scene.produceTo(0, ROWS, { extra: 7 });
    await scene.untilLoaded();
    await scene.stop(main);
    await scene.expectExactlyOnce();
    expect(
      await scene.starrocks.query(`SELECT min(id) AS first, count(*) AS n FROM ${scene.table} WHERE extra = 7`),
    ).toMatchObject([{ first: ROWS, n: ROWS }]);
  });

  it('loses a column: rows go on without it', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.starrocks.query(`ALTER TABLE ${scene.table} DROP COLUMN note`);
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.stop(main);
    const rows = await scene.starrocks.query(`SELECT * FROM ${scene.table} ORDER BY id`);
    expect(rows.map((row) => Object.entries(row).map(([name, value]) => `${name}=${String(value)}`))).toEqual(
      ids(0, 2 * ROWS).map((id) => [`id=${id}`]),
    );
    await scene.expectCommitted([2 * ROWS]);
    await scene.expectNothingOpen();
  });

  it('is dropped: its rows wait, and are loaded once each when it is there again', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.starrocks.query(`DROP TABLE ${scene.table} FORCE`);
    await scene.produce(ROWS);
    await eventually(() => expect(main.logged('StarRocks refuses every load into')).toHaveLength(1));
    await scene.createTable();
    await eventually(() => scene.expectRows(ids(ROWS, 2 * ROWS)));
    expect(main.logged(`Loading into ${scene.topic} works again`)).toHaveLength(1);
    await scene.stop(main);
    await scene.expectRows(ids(ROWS, 2 * ROWS));
    await scene.expectCommitted([2 * ROWS]);
    await scene.expectNothingOpen();
  });

  it('is made anew so that its rows do not fit: its lane stops with the reason, and comes back by itself when they do', async (context) => {
    const scene = await Scene.create(context, kafka);
    const main = await scene.runUntilAssigned();
    await scene.produce(ROWS);
    await scene.untilLoaded();
    await scene.starrocks.query(`DROP TABLE ${scene.table} FORCE`);
    await scene.createTable('id BIGINT, note VARCHAR(5)) DUPLICATE KEY(id');
    await scene.produce(ROWS);
    await eventually(() => expect(main.logged(`Loading into ${scene.topic} has stopped`)).toHaveLength(1));
    const [stopped] = main.logged('has stopped');
    expect(stopped?.msg).toContain(`topic ${scene.topic}, partition 0, offset ${ROWS} cannot be loaded`);
    await scene.expectRows([]);
    await scene.starrocks.query(`DROP TABLE ${scene.table} FORCE`);
    await scene.createTable();
    await eventually(() => scene.expectRows(ids(ROWS, 2 * ROWS)));
    await scene.produce(ROWS);
    await eventually(() => scene.expectRows(ids(ROWS, 3 * ROWS)));
    await scene.stop(main);
    await scene.expectCommitted([3 * ROWS]);
    await scene.expectNothingOpen();
  });
});
