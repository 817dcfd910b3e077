import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';

const STRING = 'org.apache.kafka.connect.storage.StringConverter';

async function expectRows(scene: Scene, columns: string, expected: readonly unknown[][]): Promise<void> {
  await eventually(async () => {
    const found = await scene.starrocks.query(`SELECT ${columns} FROM example_db.${scene.table} ORDER BY id`);
    expect(found.map((row) => Object.values(row))).toEqual(expected);
  });
}

it.each(['exactly-once', 'at-least-once'])(
  'CSV text is loaded with the separators that were asked for, several lines of a record as rows of their own (%s)',
  async (delivery) => {
    const scene = await createScene({ columns: 'id BIGINT, city VARCHAR(100), n INT' });
    const main = scene.run(
      await scene.connectFiles({
        connector: {
          delivery,
          'value.converter': STRING,
          'sink.properties.format': 'csv',
          'sink.properties.column_separator': '\\\\x01',
          'sink.properties.row_delimiter': '§',
          'sink.properties.enclose': '"',
        },
      }),
    );
    const values = ['1\x01New\nYork\x0110', '2\x01\\N\x01\\N§', '3\x01"a§b\x01c"\x0130§4\x01""\x0140', null];
    await produceValues(scene.topic, values);
    await expectRows(scene, 'id, city, n', [
      [1, 'New\nYork', 10],
      [2, null, null],
      [3, 'a§b\x01c', 30],
      [4, '', 40],
    ]);
    await eventually(async () => expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([4]));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  },
);

it('JSON records are loaded as CSV, in the order of the columns, each text as it was', async () => {
  const scene = await createScene({ columns: 'id BIGINT, city VARCHAR(100), big LARGEINT' });
  const main = scene.run(
    await scene.connectFiles({
      connector: {
        'sink.properties.format': 'csv',
        'sink.properties.column_separator': ',',
        'sink.properties.columns': 'big, city, id',
        'sink.properties.enclose': '"',
        'sink.properties.compression': 'lz4_frame',
      },
    }),
  );
  const cities = ['New York', 'a,b', 'a\nb', 'say "x"', '', '\\N', null, '  東京 '];
  await produceValues(
    scene.topic,
    cities.map((city, id) => `{"id":${id},"city":${JSON.stringify(city)},"big":18446744073709551616}`),
  );
  await expectRows(
    scene,
    'id, city, CAST(big AS STRING) AS big',
    cities.map((city, id) => [id, city, '18446744073709551616']),
  );
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

it('bad CSV becomes dead letters, and everything else is loaded', async () => {
  const scene = await createScene({ columns: 'id BIGINT NOT NULL, city VARCHAR(5)' });
  const letters = `${scene.topic}_dead`;
  const main = scene.run(
    await scene.connectFiles({
      connector: {
        'value.converter': STRING,
        'sink.properties.format': 'csv',
        'sink.properties.column_separator': ',',
        'sink.properties.enclose': '"',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': letters,
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
      },
    }),
  );
  const bad = ['1,a,too many', 'x,a', '\\N,a', '5,much too long', '6,"open', '', '8,a\n9,much too long'];
  await produceValues(scene.topic, ['0,ok', ...bad, '10,"ok"']);
  await expectRows(scene, 'id, city', [
    [0, 'ok'],
    [10, 'ok'],
  ]);
  await eventually(async () =>
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([bad.length + 2]),
  );
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect((await readDeadLetters(letters)).map((letter) => [sourceOf(letter), letter.value]).sort()).toEqual(
    bad.map((value, index) => [`0/${index + 1}`, value]),
  );
});
