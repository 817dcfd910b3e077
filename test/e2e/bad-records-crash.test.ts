import { describe, expect, it, onTestFinished } from 'vitest';
import { startKafka } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { produceMessages, readDeadLetters, sourceOf, untilMessages } from './support/dead-letters.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, deleteTopic, produceValues } from './support/topic.ts';

const COLUMNS = 'id BIGINT NOT NULL, city VARCHAR(5)';
const good = (id: number): string => `{"id":${id},"city":"ok"}`;
const NOT_JSON = 'oops';
const TOO_LONG = '{"id":1,"city":"much too long"}';

const settings = (scene: Scene, delivery = 'exactly-once'): Record<string, string> => ({
  delivery,
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': `${scene.topic}_dead`,
  'errors.deadletterqueue.topic.replication.factor': '1',
  'errors.deadletterqueue.context.headers.enable': 'true',
});

const untilLoaded = (scene: Scene, ids: readonly number[]): Promise<void> =>
  eventually(async () => {
    const found = await scene.starrocks.query(`SELECT id FROM example_db.${scene.table} ORDER BY id`);
    expect(found.map(({ id }) => Number(id))).toEqual(ids);
  });

const deadLetterSources = async (scene: Scene): Promise<string[]> =>
  (await readDeadLetters(`${scene.topic}_dead`)).map(sourceOf).sort();

describe('a process that is killed between a dead letter and the end of its load', () => {
  it.each([
    { what: 'a record that is wrong in itself', bad: NOT_JSON, begun: 0 },
    // The load, a probe of all rows, and one of those that are left come before.
    { what: 'a record that StarRocks refuses', bad: TOO_LONG, begun: 3 },
  ])('$what is written once', async ({ bad, begun }) => {
    const scene = await createScene({ columns: COLUMNS });
    const files = await scene.connectFiles({ connector: settings(scene) });
    await produceValues(scene.topic, [good(0), bad, good(2)]);
    scene.starrocks.addFault({ at: 'transaction.begin', hang: true, times: 0, skip: begun });
    const first = scene.run(files);
    await untilMessages(`${scene.topic}_dead`, 1, 30_000);
    first.signal('SIGKILL');
    await first.exited;
    expect((await scene.counts()).all).toBe(0);
    scene.starrocks.clearFaults();
    const second = scene.run(files);
    await untilLoaded(scene, [0, 2]);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(await deadLetterSources(scene)).toEqual(['0/1']);
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3]);
  });

  it('every record of a load is bad: they are written once, although there is nothing to load', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const files = await scene.connectFiles({ connector: settings(scene) });
    await produceValues(scene.topic, [NOT_JSON, NOT_JSON]);
    const first = scene.run(files);
    await untilMessages(`${scene.topic}_dead`, 2, 30_000);
    first.signal('SIGKILL');
    await first.exited;
    const second = scene.run(files);
    await produceValues(scene.topic, [good(7)]);
    await untilLoaded(scene, [7]);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(await deadLetterSources(scene)).toEqual(['0/0', '0/1']);
  });

  it('with delivery at-least-once it may be written again, and nothing is lost', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const files = await scene.connectFiles({ connector: settings(scene, 'at-least-once') });
    await produceValues(scene.topic, [good(0), NOT_JSON, good(2)]);
    // The check of the table comes before.
    scene.starrocks.addFault({ at: 'stream_load.begin', hang: true, times: 0, skip: 1 });
    const first = scene.run(files);
    await untilMessages(`${scene.topic}_dead`, 1, 30_000);
    first.signal('SIGKILL');
    await first.exited;
    scene.starrocks.clearFaults();
    const second = scene.run(files);
    await eventually(async () => expect((await scene.counts()).distinct).toBe(2), 60_000);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect([...new Set(await deadLetterSources(scene))]).toEqual(['0/1']);
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3]);
  });
});

describe('between a dead letter and the end of its load', () => {
  it('another process joins the group: what was written is not written again, by either', async () => {
    const scene = await createScene({ columns: COLUMNS, partitions: 2 });
    const files = await scene.connectFiles({
      connector: settings(scene),
      worker: { 'task.shutdown.graceful.timeout.ms': '2000' },
    });
    await produceValues(scene.topic, [good(0), NOT_JSON, good(2)], 0);
    await produceValues(scene.topic, [good(3), good(4), NOT_JSON], 1);
    scene.starrocks.addFault({ at: 'transaction.begin', hang: true, times: 0 });
    const first = scene.run(files);
    await untilMessages(`${scene.topic}_dead`, 2, 30_000);
    const second = scene.run(files);
    await eventually(() => expect(second.logged('Assigned 1 partitions')).toHaveLength(1));
    await eventually(() => expect(first.logged('Assigned 1 partitions')).toHaveLength(1));
    scene.starrocks.clearFaults();
    await untilLoaded(scene, [0, 2, 3, 4]);
    for (const main of [first, second]) {
      main.signal('SIGTERM');
      expect(await main.exited).toEqual({ code: 0, signal: null });
    }
    expect(await deadLetterSources(scene)).toEqual(['0/1', '1/2']);
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3, 3]);
  });

  it('the Kafka broker is killed, and comes back: nothing is lost, and nothing is there twice', {
    timeout: 150_000,
  }, async () => {
    const kafka = await startKafka();
    onTestFinished(() => kafka.stop());
    const scene = await createScene({ columns: COLUMNS });
    await kafka.createTopic(scene.topic);
    const values = [good(0), TOO_LONG, good(2)];
    await produceMessages(
      scene.topic,
      values.map((value) => ({ value })),
      kafka.client(),
    );
    // The search for the record is under way; what it finds has to be written next.
    scene.starrocks.addFault({ at: 'transaction.begin', hang: true, times: 0, skip: 2 });
    const files = await scene.connectFiles({
      connector: settings(scene),
      worker: { 'bootstrap.servers': kafka.bootstrapServers },
    });
    const main = scene.run(files);
    await eventually(() => expect(scene.starrocks.stats().transactions['ABORTED']).toBe(3));
    await kafka.kill();
    scene.starrocks.clearFaults();
    await eventually(() => expect(main.logged('did not go through')).not.toHaveLength(0), 60_000);
    expect((await scene.counts()).all).toBe(0);
    await kafka.start();
    await untilLoaded(scene, [0, 2]);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    const letters = await readDeadLetters(`${scene.topic}_dead`, kafka.client());
    expect(letters.map(sourceOf)).toEqual(['0/1']);
  });

  it('the dead letter topic is deleted: the load waits until it is there again, says so, and loses nothing', async () => {
    const scene = await createScene({ columns: COLUMNS });
    await produceValues(scene.topic, [good(0), TOO_LONG, good(2)]);
    // The search for the record is under way; what it finds has to be written next.
    scene.starrocks.addFault({ at: 'transaction.begin', hang: true, times: 0, skip: 2 });
    const main = scene.run(await scene.connectFiles({ connector: settings(scene) }));
    await eventually(() => expect(scene.starrocks.stats().transactions['ABORTED']).toBe(3));
    await deleteTopic(`${scene.topic}_dead`);
    scene.starrocks.clearFaults();
    const told = (): string[] => main.logged('did not go through').map(({ msg }) => msg);
    await eventually(() => expect(told()).not.toEqual([]));
    expect(told()[0]).toMatch(
      new RegExp(
        `^A load into ${scene.table} did not go through and is tried again: The dead letters of the load cannot be written yet: The dead letter topic ${scene.topic}_dead is no longer on the brokers at .+\\. Create it, or start this process again, which creates it\\.`,
      ),
    );
    expect((await scene.counts()).all).toBe(0);
    await createTopic(`${scene.topic}_dead`);
    await untilLoaded(scene, [0, 2]);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(await deadLetterSources(scene)).toEqual(['0/1']);
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3]);
  });
});
