import kafkajs from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { deadAddress } from '../support/servers.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, kafkaClient, produceValues } from './support/topic.ts';

interface Field {
  readonly field: string;
  readonly type: string;
  readonly [more: string]: unknown;
}

const ID: Field = { field: 'id', type: 'int64', optional: false };

/** A value with its schema, as Kafka Connect's JsonConverter writes it. */
function json(fields: readonly Field[], payload: object): string {
  return JSON.stringify({ schema: { type: 'struct', optional: false, fields }, payload });
}

const SETTINGS = { 'value.converter.schemas.enable': 'true', 'bufferflush.intervalms': '1000' };

function settings(
  { starrocks }: Scene,
  more: Readonly<Record<string, string>> = {},
): { connector: Record<string, string> } {
  const connector = { 'starrocks.mysql.url': `127.0.0.1:${starrocks.queryPort}`, 'auto.evolve': 'true' };
  return {
    connector: { ...SETTINGS, 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', ...connector, ...more },
  };
}

async function produceKeyed(topic: string, messages: readonly { key: string; value: string }[]): Promise<void> {
  const producer = kafkaClient().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  await producer.send({ topic, messages: [...messages] });
}

it('two processes load what gained a field in mid-topic, once, while StarRocks takes its time with the column', {
  timeout: 120_000,
}, async () => {
  // Before 3.3 StarRocks adds columns in a job.
  const emulator = { version: '3.2.16', limits: { schemaChangeMs: 1_500 } };
  const scene = await createScene({ columns: 'id BIGINT NOT NULL', partitions: 2, emulator });
  const { topic, table, starrocks } = scene;
  const gained = [ID, { field: 'city', type: 'string', optional: true, doc: 'where it is' }];
  for (const partition of [0, 1]) {
    const rows = Array.from({ length: 150 }, (_, index) => ({ id: partition * 1000 + index, city: `city ${index}` }));
    const values = rows.map(({ id, city }) => (id % 1000 < 100 ? json([ID], { id }) : json(gained, { id, city })));
    await produceValues(topic, values, partition);
  }
  const files = await scene.connectFiles(settings(scene));
  const both = [scene.run(files), scene.run(files)];
  await eventually(async () => expect(await scene.counts()).toEqual({ all: 300, distinct: 300 }));
  // Both add one more each, whoever has which partition.
  const more = [...gained, { field: 'n', type: 'int32', optional: true }];
  for (const partition of [0, 1]) {
    await produceValues(topic, [json(more, { id: partition * 1000 + 500, city: 'last', n: 7 })], partition);
  }
  await eventually(async () => expect(await scene.counts()).toEqual({ all: 302, distinct: 302 }));
  const found = await starrocks.query(
    `SELECT count(*) AS n FROM example_db.${table} WHERE CASE WHEN id % 1000 < 100 THEN city IS NULL AND n IS NULL WHEN id % 1000 = 500 THEN city = 'last' AND n = 7 ELSE city = concat('city ', id % 1000) AND n IS NULL END`,
  );
  expect(found).toEqual([{ n: 302 }]);
  for (const main of both) main.signal('SIGTERM');
  for (const main of both) expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(both.flatMap((main) => main.logged('wait until their table fits them'))).toEqual([]);
  expect(await committedOffsets(`connect-${scene.pipeline}`, topic)).toEqual([151, 151]);
});

it('a field that its column cannot hold stops its own table alone, and nothing is lost when a person has changed it', {
  timeout: 120_000,
}, async () => {
  const scene = await createScene({ columns: 'id BIGINT NOT NULL, v INT NULL' });
  const { topic, table, starrocks } = scene;
  const other = `${topic}_other`;
  await createTopic(other);
  await starrocks.query(
    `CREATE TABLE example_db.${other} (id BIGINT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
  );
  const list = { field: 'v', type: 'array', optional: true, items: { type: 'int32', optional: true } };
  await produceValues(topic, [json([ID, { field: 'v', type: 'int32', optional: true }], { id: 1, v: 5 })]);
  const main = scene.run(
    await scene.connectFiles(
      settings(scene, { topics: `${topic},${other}`, 'errors.tolerance': 'all', 'errors.log.enable': 'true' }),
    ),
  );
  await eventually(async () => expect(await scene.counts()).toEqual({ all: 1, distinct: 1 }));
  await produceValues(topic, [json([ID, list], { id: 2, v: [1, 2] })]);
  await eventually(() => expect(main.logged('wait until their table fits them')).toHaveLength(1));
  const [said] = main.logged('wait until their table fits them');
  expect(JSON.stringify(said)).toContain(
    `the records' field \`v\` is ARRAY<INT> now, and the column \`v\` of ${table} is INT, which cannot hold it`,
  );
  await produceValues(other, [json([ID, { field: 'new', type: 'boolean', optional: true }], { id: 3, new: true })]);
  await eventually(async () =>
    expect(await starrocks.query(`SELECT id, new FROM example_db.${other}`)).toEqual([{ id: 3, new: 1 }]),
  );
  expect(await starrocks.query(`SELECT id, v FROM example_db.${table}`)).toEqual([{ id: 1, v: 5 }]);
  await starrocks.query(`ALTER TABLE example_db.${table} MODIFY COLUMN v VARCHAR(1048576) NULL`);
  await eventually(async () =>
    expect(await starrocks.query(`SELECT id, v FROM example_db.${table} ORDER BY id`)).toEqual([
      { id: 1, v: '5' },
      { id: 2, v: '[1,2]' },
    ]),
  );
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

it('a table that is missing is created from its first record, and holds what every type has', {
  timeout: 120_000,
}, async () => {
  const scene = await createScene();
  const { topic, starrocks } = scene;
  const made = `${topic}_made`;
  await createTopic(made);
  const logical = (field: string, type: string, name: string, more = {}): Field => ({
    field,
    type,
    name,
    optional: true,
    ...more,
  });
  const fields: Field[] = [
    { field: 'small', type: 'int8', optional: true },
    ID,
    { field: 'ratio', type: 'float', optional: true },
    { field: 'exact', type: 'double', optional: true },
    { field: 'ok', type: 'boolean', optional: true },
    { field: 'name', type: 'string', optional: true },
    { field: 'raw', type: 'bytes', optional: true },
    logical('price', 'bytes', 'org.apache.kafka.connect.data.Decimal', {
      parameters: { scale: '2', 'connect.decimal.precision': '20' },
    }),
    logical('any', 'bytes', 'org.apache.kafka.connect.data.Decimal', { parameters: { scale: '0' } }),
    logical('day', 'int32', 'org.apache.kafka.connect.data.Date'),
    logical('clock', 'int32', 'org.apache.kafka.connect.data.Time'),
    logical('at', 'int64', 'org.apache.kafka.connect.data.Timestamp'),
    logical('micros', 'int64', 'io.debezium.time.MicroTimestamp'),
    logical('moment', 'string', 'io.debezium.time.ZonedTimestamp'),
    logical('doc', 'string', 'io.debezium.data.Json'),
    { field: 'list', type: 'array', optional: true, items: { type: 'int64', optional: true } },
    { field: 'inner', type: 'struct', optional: true, fields: [{ field: 'a', type: 'int32', optional: true }] },
    { field: 'map', type: 'map', optional: true, keys: { type: 'string' }, values: { type: 'int32' } },
  ];
  const full = {
    small: -128,
    id: '9007199254740993',
    ratio: 0.5,
    exact: 1e300,
    ok: true,
    name: '東京',
    raw: 'AQI=',
    price: 'AeJA',
    any: 'Kg==',
    day: 19844,
    clock: 61_380_000,
    at: 1_714_583_000_123,
    micros: 1_714_583_000_123_456,
    moment: '2024-05-01T12:00:00+08:00',
    doc: '{"a":[1]}',
    list: [1, null],
    inner: { a: 1 },
    map: { x: 1 },
  };
  const value = json(fields, full).replace('"9007199254740993"', '9007199254740993');
  const key = (id: string): string => json([ID], { id: 0 }).replace('"id":0', `"id":${id}`);
  await produceKeyed(made, [
    { key: key('9007199254740993'), value },
    { key: key('1'), value: json(fields, { id: 1, name: 'overwritten' }) },
    { key: key('1'), value: json(fields, { id: 1 }) },
  ]);
  const main = scene.run(
    await scene.connectFiles(
      settings(scene, {
        topics: made,
        'auto.create': 'true',
        'auto.create.properties.replication_num': '1',
        'record.columns.offset': 'kafka_offset',
      }),
    ),
  );
  await eventually(async () =>
    expect(await starrocks.query(`SELECT count(*) AS n FROM example_db.${made}`)).toEqual([{ n: 2 }]),
  );
  const columns = await starrocks.query(
    `SELECT COLUMN_NAME AS n, COLUMN_TYPE AS t, COLUMN_KEY AS k FROM information_schema.columns WHERE TABLE_NAME = '${made}' ORDER BY ORDINAL_POSITION`,
  );
  expect(columns.map(({ n, t, k }) => [n, t, k].join(' ').trim())).toEqual([
    'id bigint(20) PRI',
    'small tinyint(4)',
    'ratio float',
    'exact double',
    'ok tinyint(1)',
    'name varchar(1048576)',
    'raw varchar(1048576)',
    'price decimal(20, 2)',
    'any varchar(1048576)',
    'day date',
    'clock varchar(1048576)',
    'at datetime',
    'micros datetime',
    'moment datetime',
    'doc json',
    'list array<bigint(20)>',
    'inner json',
    'map json',
    'kafka_offset bigint(20)',
  ]);
  const [one, two] = await starrocks.query(`SELECT * FROM example_db.${made} ORDER BY id`);
  expect(one).toMatchObject({ id: 1, name: null, list: null, kafka_offset: 2 });
  expect(two).toEqual({
    id: '9007199254740993',
    small: -128,
    ratio: 0.5,
    exact: 1e300,
    ok: 1,
    name: '東京',
    raw: 'AQI=',
    price: '1234.56',
    any: '42',
    day: '2024-05-01',
    clock: '17:03:00',
    at: '2024-05-01 17:03:20.123000',
    micros: '2024-05-01 17:03:20.123456',
    moment: '2024-05-01 04:00:00',
    doc: '{"a": [1]}',
    list: '[1,null]',
    inner: '{"a": 1}',
    map: '{"x": 1}',
    kafka_offset: 0,
  });
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

it('a MySQL port that nobody answers shows at the start, and not when a table has to change', {
  timeout: 60_000,
}, async () => {
  const scene = await createScene({ columns: 'id BIGINT NOT NULL' });
  const nobody = (await deadAddress()).replace('http://', '');
  const main = scene.run(await scene.connectFiles(settings(scene, { 'starrocks.mysql.url': nobody })));
  expect(await main.exited).toEqual({ code: 1, signal: null });
  expect(main.stderr).toMatch(
    /StarRocks cannot be reached to change tables: No StarRocks FE answers at its MySQL port .* Check starrocks\.mysql\.url/,
  );
});
