import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type MainProcess } from './support/main-process.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, kafkaClient, produceRows } from './support/topic.ts';

const DAY_MS = 86_400_000;
const ROWS = 4_000;

/** Commits what a process leaves that was killed between the decision and the commit of a load. */
async function leaveDecision(
  { pipeline, topic, table }: Scene,
  load: { readonly partition: number; readonly label: string; readonly nextOffset: number; readonly time: number },
): Promise<void> {
  const { partition, ...fields } = load;
  const metadata = JSON.stringify({ tributary: 1, state: 'decided', database: 'example_db', table, ...fields });
  // A broker that is still loading the group refuses at first.
  await eventually(async () => {
    const consumer = kafkaClient().consumer({ groupId: `connect-${pipeline}` });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic });
      await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
      await consumer.commitOffsets([{ topic, partition, offset: '0', metadata }]);
    } finally {
      await consumer.disconnect();
    }
  });
}

async function ended(main: MainProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await main.exited;
  return { code, stdout: main.stdout, stderr: main.stderr };
}

describe('a load of which nobody can tell how it ended', () => {
  it('keeps its partition closed until resolve is told: then its rows are passed over, or loaded', async () => {
    const scene = await createScene({ partitions: 2 });
    const { topic, table, pipeline } = scene;
    const files = await scene.connectFiles();
    // Half of the rows are in each partition: 0 to 1999 and 2000 to 3999.
    await produceRows(topic, { to: ROWS, partitions: 2 });
    const time = Date.now() - 2 * DAY_MS;
    await leaveDecision(scene, { partition: 0, label: 'lost-a', nextOffset: 1_500, time });
    await leaveDecision(scene, { partition: 1, label: 'lost-b', nextOffset: 2_000, time });

    const closed = await ended(scene.run(files));
    expect(closed.code).toBe(1);
    expect(closed.stderr).toContain(`Topic ${topic}, partition 0 is not loaded: at offset 0 the load lost-a into`);
    expect(closed.stderr).toContain('node dist/main.js resolve FILES');
    expect(await scene.counts()).toEqual({ all: 0, distinct: 0 });

    const listed = await ended(scene.run(['resolve', ...files]));
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain(`${pipeline} (group connect-${pipeline}): 2 partitions have an interrupted load.`);
    expect(listed.stdout).toContain(
      `${topic}/0: UNCLEAR
  committed     offset 0; behind the load: offset 1500
  load          lost-a, decided ${new Date(time).toISOString()}
  table         example_db.${table}
  in StarRocks  UNKNOWN (never begun, or forgotten)
  next start    will leave the partition closed: the load lost-a into example_db.${table} was interrupted,`,
    );

    const settled = await ended(
      scene.run(['resolve', ...files, '--loaded', `${topic}/0`, '--not-loaded', `${topic}/1`]),
    );
    expect(settled).toEqual({
      code: 0,
      stdout: `${topic}/0: the next start goes on at offset 1500.\n${topic}/1: the next start goes on at offset 0.\n`,
      stderr: '',
    });

    const running = scene.run(files);
    await eventually(async () => expect((await scene.counts()).all).toBe(2_500));
    const refused = await ended(scene.run(['resolve', ...files, '--loaded', 'all']));
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `A process is in group connect-${pipeline}. Stop every process of the pipeline first; one that was killed leaves the group when its session times out (kafka.sessionTimeoutMs).\n`,
    });
    running.signal('SIGTERM');
    expect((await ended(running)).code).toBe(0);
    expect(await scene.counts()).toEqual({ all: 2_500, distinct: 2_500 });
    expect(await committedOffsets(`connect-${pipeline}`, topic)).toEqual([2_000, 2_000]);
    expect((await ended(scene.run(['resolve', ...files]))).stdout).toBe(
      `${pipeline} (group connect-${pipeline}): no partition has an interrupted load.\n`,
    );
  });

  it('is not one that the next start can end: that is refused, and --force overrules it', async () => {
    const scene = await createScene();
    const { topic } = scene;
    const files = await scene.connectFiles();
    await produceRows(topic, { to: 100 });
    await leaveDecision(scene, { partition: 0, label: 'young', nextOffset: 60, time: Date.now() });

    const listed = await ended(scene.run(['resolve', ...files]));
    expect(listed.stdout).toContain('  next start    will go on at offset 60: the rows are in the table\n');
    const refused = await ended(scene.run(['resolve', ...files, '--not-loaded', `${topic}/0`]));
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr: `${topic}/0 is not unclear: the next start ends its load by itself. To decide it all the same, add --force.\n`,
    });
    const forced = await ended(scene.run(['resolve', ...files, '--not-loaded', `${topic}/0`, '--force']));
    expect(forced).toEqual({ code: 0, stdout: `${topic}/0: the next start goes on at offset 0.\n`, stderr: '' });
    scene.run(files);
    await eventually(async () => expect(await scene.counts()).toEqual({ all: 100, distinct: 100 }));
  });
});
