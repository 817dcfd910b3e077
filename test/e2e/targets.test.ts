import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, produceValues } from './support/topic.ts';

const untilIn = (scene: Scene, sql: string, expected: readonly object[]): Promise<void> =>
  eventually(async () => expect(await scene.starrocks.query(sql)).toEqual(expected));

it('topics go into tables of several databases, by name, by rule and by default', async () => {
  const scene = await createScene({ columns: 'id INT' });
  const { topic, starrocks } = scene;
  await starrocks.query('CREATE DATABASE shop');
  for (const table of ['shop.returns', 'shop.named', 'example_db.same']) {
    await starrocks.query(`CREATE TABLE ${table} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
  }
  const topics = [topic, `${topic}.named`, `${topic}.returns`, `${topic}_same`];
  for (const name of topics.slice(1)) await createTopic(name);
  for (const [index, name] of topics.entries()) await produceValues(name, [`{"id":${index}}`]);
  const file = join(scene.dir, 'pipeline.json');
  await writeFile(
    file,
    JSON.stringify({
      name: scene.pipeline,
      kafka: { brokers: [inject('kafka').bootstrapServers], topics },
      starrocks: {
        urls: [starrocks.feHostPort],
        database: 'example_db',
        username: 'root',
        password: '',
        tables: { [`${topic}.named`]: 'shop.named' },
        tableRules: [
          { topics: `${topic}\\.(.*)`, table: 'shop.$1' },
          { topics: `${topic}_(.*)`, table: '$1' },
        ],
      },
      flush: { intervalMs: 50 },
    }),
  );
  const main = scene.run([file]);
  await untilIn(scene, `SELECT id FROM example_db.${topic}`, [{ id: 0 }]);
  await untilIn(scene, 'SELECT id FROM shop.named', [{ id: 1 }]);
  await untilIn(scene, 'SELECT id FROM shop.returns', [{ id: 2 }]);
  await untilIn(scene, 'SELECT id FROM example_db.same', [{ id: 3 }]);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

it.each(['exactly-once', 'at-least-once'])(
  'the records of one partition go into the tables that they name, each with its own properties; one that is missing is named, and waited for (%s)',
  async (delivery) => {
    const scene = await createScene({ columns: 'id INT, kind STRING' });
    const { topic, starrocks } = scene;
    const create = (table: string): Promise<unknown> =>
      starrocks.query(
        `CREATE TABLE example_db.${table} (id INT NOT NULL, kind STRING) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
      );
    const [named, missing] = [`${topic}_named`, `${topic}_missing`];
    await create(named);
    const event = (id: number | string, kind: string): string =>
      JSON.stringify({ before: null, after: { id, kind }, source: {}, op: 'c' });
    const main = scene.run(
      await scene.connectFiles({
        connector: {
          delivery,
          'errors.tolerance': 'all',
          transforms: 'route',
          'transforms.route.type': 'io.debezium.transforms.ExtractNewRecordState',
          'transforms.route.route.by.field': 'kind',
          'transforms.route.delete.tombstone.handling.mode': 'drop',
          [`sink.table.${named}.properties.columns`]: 'id, kind',
          [`sink.table.${named}.properties.jsonpaths`]: '["$.id", "$.kind"]',
        },
      }),
    );
    await produceValues(topic, [event(1, topic), event(2, named), event('no number', named), event(3, topic)]);
    await untilIn(scene, `SELECT id FROM example_db.${topic} ORDER BY id`, [{ id: 1 }, { id: 3 }]);
    await untilIn(scene, `SELECT id, kind FROM example_db.${named}`, [{ id: 2, kind: named }]);

    await produceValues(topic, [event(4, missing), event(5, named)]);
    await eventually(() => expect(main.logged(`StarRocks refuses every load into ${missing}`)).toHaveLength(1));
    await create(missing);
    await untilIn(scene, `SELECT id FROM example_db.${missing}`, [{ id: 4 }]);
    await untilIn(scene, `SELECT id FROM example_db.${named} ORDER BY id`, [{ id: 2 }, { id: 5 }]);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(await committedOffsets(`connect-${scene.pipeline}`, topic)).toEqual([6]);
  },
);

it.each(['exactly-once', 'at-least-once'])(
  'one table is updated in part and mapped by its own properties, the other one as usual (%s)',
  async (delivery) => {
    const scene = await createScene({ columns: 'id INT, city STRING' });
    const { topic, starrocks } = scene;
    const partial = `${topic}_pk`;
    await starrocks.query(
      `CREATE TABLE example_db.${partial} (id INT NOT NULL, city STRING, seen INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    await starrocks.query(`INSERT INTO example_db.${partial} VALUES (1, 'old', 7), (2, 'kept', 8)`);
    await createTopic(partial);
    await produceValues(topic, ['{"id":1,"city":"usual"}']);
    await produceValues(partial, ['{"key":1,"name":"new"}']);
    const main = scene.run(
      await scene.connectFiles({
        connector: {
          topics: `${topic},${partial}`,
          delivery,
          [`sink.table.${partial}.properties.partial_update`]: 'true',
          [`sink.table.${partial}.properties.columns`]: 'id, city',
          [`sink.table.${partial}.properties.jsonpaths`]: '["$.key", "$.name"]',
        },
      }),
    );
    await untilIn(scene, `SELECT id, city FROM example_db.${topic}`, [{ id: 1, city: 'usual' }]);
    await untilIn(scene, `SELECT id, city, seen FROM example_db.${partial} ORDER BY id`, [
      { id: 1, city: 'new', seen: 7 },
      { id: 2, city: 'kept', seen: 8 },
    ]);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  },
);

it('with merge_condition a row that is older than the one in the table is left out', async () => {
  const scene = await createScene();
  const topic = `${scene.topic}_pk`;
  await scene.starrocks.query(
    `CREATE TABLE example_db.${topic} (id INT NOT NULL, at INT, city STRING) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
  );
  await createTopic(topic);
  await produceValues(topic, [
    '{"id":1,"at":20,"city":"newer"}',
    '{"id":1,"at":10,"city":"older, and late"}',
    '{"id":2,"at":5,"city":"alone"}',
  ]);
  const main = scene.run(
    await scene.connectFiles({ connector: { topics: topic, 'sink.properties.merge_condition': 'at' } }),
  );
  await untilIn(scene, `SELECT id, at, city FROM example_db.${topic} ORDER BY id`, [
    { id: 1, at: 20, city: 'newer' },
    { id: 2, at: 5, city: 'alone' },
  ]);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

it('two tables of one name in two databases: one is stopped, its name says which, the other one goes on', async () => {
  const scene = await createScene({ columns: 'id INT NOT NULL' });
  const { topic, starrocks } = scene;
  await starrocks.query('CREATE DATABASE shop');
  await starrocks.query(`CREATE TABLE shop.${topic} (id INT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
  const other = `${topic}_shop`;
  await createTopic(other);
  await produceValues(other, ['{"id":null}']);
  const main = scene.run(
    await scene.connectFiles({
      connector: { topics: `${topic},${other}`, 'starrocks.topic2table.map': `${other}:shop.${topic}` },
    }),
  );
  await eventually(() => expect(main.logged(`Loading into shop.${topic} has stopped`)).toHaveLength(1));
  await produceValues(topic, ['{"id":5}']);
  await untilIn(scene, `SELECT id FROM example_db.${topic}`, [{ id: 5 }]);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 1, signal: null });
});
