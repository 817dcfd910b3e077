import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigResourceTypes } from 'kafkajs';
import { describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connectHeader, readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, kafkaClient, produceValues } from './support/topic.ts';

const COLUMNS = 'id BIGINT NOT NULL, note VARCHAR(1000000)';
const FLUSH_BYTES = 10_000;
const BUFFER_BYTES = 20_000;

const row = (id: number, bytes = 1): string => `{"id":${id},"note":"${'x'.repeat(bytes)}"}`;

/** Without it StarRocks takes JSON of any size. */
const CHECKED = { ignore_json_size: 'false' };

/** A pipeline file whose loads and memory are small. */
async function pipelineFile(scene: Scene, { errors = {}, properties = {} } = {}): Promise<string> {
  const file = join(scene.dir, 'pipeline.json');
  await writeFile(
    file,
    JSON.stringify({
      name: scene.pipeline,
      kafka: { brokers: [inject('kafka').bootstrapServers], topics: [scene.topic] },
      starrocks: {
        urls: [scene.starrocks.feHostPort],
        database: 'example_db',
        username: 'root',
        password: '',
        properties,
      },
      flush: { maxBytes: FLUSH_BYTES, intervalMs: 100 },
      buffer: { maxBytes: BUFFER_BYTES },
      errors,
    }),
  );
  return file;
}

const toTopic = (scene: Scene): object => ({
  tolerance: 'all',
  deadLetterTopic: { name: `${scene.topic}_dead`, replicationFactor: 1, contextHeaders: true },
});

async function loadedSizes(scene: Scene): Promise<Record<string, number>> {
  const rows = await scene.starrocks.query(
    `SELECT id, length(note) AS size FROM example_db.${scene.table} ORDER BY id`,
  );
  return Object.fromEntries(rows.map(({ id, size }) => [String(id), Number(size)]));
}

const untilLoaded = (scene: Scene, sizes: Record<string, number>): Promise<void> =>
  eventually(async () => expect(await loadedSizes(scene)).toEqual(sizes));

describe('a record that is larger than', () => {
  it('a load, or than all memory for records, is loaded like any other, and memory stays within its bounds', async () => {
    const scene = await createScene({ columns: COLUMNS, partitions: 2 });
    const sizes = [1, FLUSH_BYTES * 1.5, 1, BUFFER_BYTES * 20, 1, BUFFER_BYTES * 2, 1, FLUSH_BYTES - 20, 1];
    for (const partition of [0, 1]) {
      const rows = sizes.map((size, index) => row(partition * 100 + index, size));
      await produceValues(scene.topic, rows, partition);
    }
    const main = scene.run([await pipelineFile(scene)]);
    const all = [0, 1].flatMap((partition) => sizes.map((size, index) => [String(partition * 100 + index), size]));
    await untilLoaded(scene, Object.fromEntries(all) as Record<string, number>);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect((await scene.counts()).all).toBe(2 * sizes.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const [end] = main.logged('Stopped; everything');
    // What is fetched at once of a partition is all that is there.
    expect(end?.peakBytesInFlight).toBeLessThanOrEqual(BUFFER_BYTES + 2 * (total + 1_000));
  });

  describe.each([
    ['StarRocks takes as JSON', { maxJsonBytes: 30_000 }, /exceed the max size \[30000\]/],
    ['StarRocks takes at all', { maxBodyBytes: 30_000 }, /exceed limit: 30000/],
  ])('%s', (_what, limits, reason) => {
    it('becomes a dead letter with errors.tolerance=all', async () => {
      const scene = await createScene({ columns: COLUMNS, emulator: { limits } });
      await produceValues(scene.topic, [row(0), row(1, 40_000), row(2), row(3, 29_000), row(4)]);
      const main = scene.run([await pipelineFile(scene, { errors: toTopic(scene), properties: CHECKED })]);
      await untilLoaded(scene, { 0: 1, 2: 1, 3: 29_000, 4: 1 });
      main.signal('SIGTERM');
      expect(await main.exited).toEqual({ code: 0, signal: null });
      expect((await scene.counts()).all).toBe(4);
      const letters = await readDeadLetters(`${scene.topic}_dead`);
      expect(letters.map(sourceOf)).toEqual(['0/1']);
      expect(letters[0]?.value).toBe(row(1, 40_000));
      expect(letters.map((letter) => connectHeader(letter, 'exception.message'))).toEqual([
        expect.stringMatching(reason),
      ]);
      expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([5]);
    });

    it('stops its table with the record named otherwise', async () => {
      const scene = await createScene({ columns: COLUMNS, emulator: { limits } });
      await produceValues(scene.topic, [row(0), row(1, 40_000), row(2)]);
      const main = scene.run([await pipelineFile(scene, { properties: CHECKED })]);
      const stops = (): string[] => main.logged(`Loading into ${scene.table} has stopped`).map(({ msg }) => msg);
      await eventually(() => expect(stops()).not.toEqual([]));
      expect(stops()[0]).toMatch(
        new RegExp(
          `The record at topic ${scene.topic}, partition 0, offset 1 cannot be loaded: StarRocks refuses it: .*${reason.source}`,
        ),
      );
      expect((await scene.counts()).all).toBe(0);
    });
  });

  it('the dead letter topic takes stops its table with the record named, until the topic takes more', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const letters = `${scene.topic}_dead`;
    await createTopic(letters, 1, { 'max.message.bytes': '5000' });
    const large = `not JSON ${'x'.repeat(6_000)}`;
    await produceValues(scene.topic, [row(0), 'not JSON', large, row(3)]);
    const file = await pipelineFile(scene, { errors: toTopic(scene) });
    const first = scene.run([file]);
    expect(await first.exited).toEqual({ code: 1, signal: null });
    expect(first.stderr).toBe(
      `The record at topic ${scene.topic}, partition 0, offset 2 cannot be loaded: its dead letter is larger than the topic ${letters} takes. Raise max.message.bytes of that topic.\n`,
    );
    expect((await scene.counts()).all).toBe(0);

    const admin = kafkaClient().admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: letters,
          configEntries: [{ name: 'max.message.bytes', value: '100000' }],
        },
      ],
    });
    await admin.disconnect();
    const second = scene.run([file]);
    await untilLoaded(scene, { 0: 1, 3: 1 });
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect((await readDeadLetters(letters)).map(({ value }) => value)).toEqual(['not JSON', large]);
  });
});
