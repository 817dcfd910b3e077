import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type DebeziumService, type PostgresService, startDebezium, startPostgres } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { type Capture, captureChanges, untilSame } from './support/change-capture.ts';
import { readDeadLetters, untilMessages } from './support/dead-letters.ts';
import { MainProcess } from './support/main-process.ts';
import { createTopic, produceValues } from './support/topic.ts';

const CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
/** The product doc's worker, which Debezium's connector and the sink share there. */
const DOC_CONVERTERS = {
  'key.converter': CONVERTER,
  'value.converter': CONVERTER,
  'key.converter.schemas.enable': 'true',
  'value.converter.schemas.enable': 'false',
};
/** As Kafka Connect's own sample of a worker has it. */
const SCHEMAS = { ...DOC_CONVERTERS, 'value.converter.schemas.enable': 'true' };
const DOC_TRANSFORMS = {
  transforms: 'addfield,unwrap',
  'transforms.addfield.type': 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.unwrap.drop.tombstones': 'true',
  'transforms.unwrap.delete.handling.mode': 'rewrite',
};
const UNWRAP = { transforms: 'unwrap', 'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState' };

let postgres: PostgresService;
let debezium: DebeziumService;

beforeAll(async () => {
  postgres = await startPostgres();
  debezium = await startDebezium({ bootstrapServers: inject('kafka').bootstrapServers, properties: DOC_CONVERTERS });
}, 600_000);

afterAll(async () => {
  await debezium.stop();
  await postgres.stop();
});

const SAME = {
  ours: 'SELECT id, name, age, ok FROM test.customers ORDER BY id',
  theirs: 'SELECT id, name, age, ok FROM customers ORDER BY id',
};

async function createCustomers({ postgres: source, starrocks }: Capture): Promise<void> {
  await source.query('CREATE TABLE customers (id INT PRIMARY KEY, name TEXT, age INT, ok BOOLEAN)');
  await starrocks.query(
    'CREATE TABLE test.customers (id INT NOT NULL, name VARCHAR(100), age INT, ok BOOLEAN) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
  );
}

/** Rows that were there before anybody looked, and then one change of each kind; after each the tables are the same. */
async function changeCustomers(capture: Capture, same = SAME): Promise<void> {
  const { postgres: source } = capture;
  await untilSame(capture, same);
  for (const change of [
    "INSERT INTO customers VALUES (4, 'Dora', 44, true), (5, '東京', NULL, NULL)",
    "UPDATE customers SET name = 'Bob the second', age = NULL WHERE id = 2",
    'DELETE FROM customers WHERE id = 1',
    // The primary key itself changes: a delete of the old one, a tombstone, and an insert.
    'UPDATE customers SET id = 30 WHERE id = 3',
    // All in one batch, of one row.
    "BEGIN; INSERT INTO customers VALUES (6, 'x', 1, true); UPDATE customers SET age = 2 WHERE id = 6; DELETE FROM customers WHERE id = 6; INSERT INTO customers VALUES (6, 'back', 3, false); COMMIT",
    'DELETE FROM customers WHERE id IN (4, 6)',
  ]) {
    await source.query(change);
    await untilSame(capture, same);
  }
}

async function stop(main: MainProcess): Promise<void> {
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
}

describe('changes of PostgreSQL', () => {
  it("arrive in a Primary Key table with the product doc's files", { timeout: 180_000 }, async () => {
    const capture = await captureChanges({ postgres, debezium, tables: { customers: 1 }, prefix: 'test' });
    await createCustomers(capture);
    await capture.postgres.query(
      "INSERT INTO customers VALUES (1, 'Ann', 31, true), (2, 'Bob', 32, false), (3, '', 33, NULL)",
    );
    await capture.connect();
    // As the doc has them, with other addresses, a password that is empty here, and no REST API: tests run side by side.
    const files = ['connect-standalone.properties', 'pg-source.properties', 'sr-sink.properties'].map((file) =>
      join(capture.dir, file),
    );
    const [worker = '', source = '', sink = ''] = files;
    await writeFile(
      worker,
      `bootstrap.servers=${inject('kafka').bootstrapServers}
offset.storage.file.filename=${join(capture.dir, 'connect.offsets')}
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=true
value.converter.schemas.enable=false

offset.flush.interval.ms=10000
listeners=
bufferflush.maxbytes = 94371840
bufferflush.intervalms = 1000
`,
    );
    await writeFile(source, JSON.stringify(capture.source));
    await writeFile(
      sink,
      `{
    "name": "starrocks-kafka-connector",
    "config": {
        "connector.class": "com.starrocks.connector.kafka.StarRocksSinkConnector",
        "tasks.max": "1",
        "topics": "test.public.customers",
        "starrocks.http.url": "${capture.starrocks.feHostPort}",
        "starrocks.database.name": "test",
        "starrocks.username": "root",
        "starrocks.password": "",
        "sink.properties.strip_outer_array": "true",
        "connect.timeoutms": "3000",
        "starrocks.topic2table.map": "test.public.customers:customers",
        "transforms": "addfield,unwrap",
        "transforms.addfield.type": "com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.unwrap.drop.tombstones": "true",
        "transforms.unwrap.delete.handling.mode": "rewrite"
    }
}
`,
    );
    const main = new MainProcess(files);
    await changeCustomers(capture);
    await stop(main);
  });

  it('arrive with what their types are: decimals, dates and times as SQL has them', { timeout: 180_000 }, async () => {
    const capture = await captureChanges({ postgres, debezium, tables: { things: 1 } });
    const { postgres: source, starrocks } = capture;
    await source.query(
      'CREATE TABLE things (id BIGINT PRIMARY KEY, price NUMERIC(20, 4), day DATE, at TIMESTAMP, moment TIMESTAMPTZ, ratio DOUBLE PRECISION, doc JSONB, tag UUID)',
    );
    await starrocks.query(
      'CREATE TABLE test.things (id BIGINT NOT NULL, price DECIMAL(20, 4), day DATE, at DATETIME, moment DATETIME, ratio DOUBLE, doc JSON, tag VARCHAR(40)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await source.query(
      `INSERT INTO things VALUES (9007199254740993, 1234567890123456.0700, '1969-07-20', '2024-02-29 23:59:59.123456', '2024-05-01 12:00:00+08', 0.1, '{"a":[1]}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
    );
    await capture.connect({ 'value.converter': CONVERTER, 'value.converter.schemas.enable': 'true' });
    const topic = `${capture.prefix}.public.things`;
    const main = await capture.run(SCHEMAS, {
      ...DOC_TRANSFORMS,
      topics: topic,
      'starrocks.topic2table.map': `${topic}:things`,
    });
    const columns = (text: string, doc: string): string =>
      `SELECT CAST(id AS ${text}) AS id, CAST(price AS ${text}) AS price, CAST(day AS ${text}) AS day, CAST(at AS ${text}) AS at, CAST(ratio AS ${text}) AS ratio, ${doc} AS doc, tag`;
    const same = {
      ours: `${columns('VARCHAR', "replace(CAST(doc AS VARCHAR), ' ', '')")}, CAST(moment AS VARCHAR) AS moment FROM test.things ORDER BY id`,
      theirs: `${columns('TEXT', "replace(CAST(doc AS TEXT), ' ', '')")}, CAST(moment AT TIME ZONE 'UTC' AS TEXT) AS moment FROM things ORDER BY id`,
    };
    expect(await untilSame(capture, same)).toHaveLength(2);
    await source.query("UPDATE things SET price = -0.0001, at = '1905-01-01 00:00:00' WHERE id = 2");
    await source.query('DELETE FROM things WHERE id <> 2');
    expect(await untilSame(capture, same)).toHaveLength(1);
    await stop(main);
  });

  it.each([
    ['without', 'false', DOC_CONVERTERS],
    ['with', 'true', SCHEMAS],
  ])(
    'delete by the keys of tombstones, in events %s schemas; a router names the table',
    { timeout: 180_000 },
    async (_, schemas, converters) => {
      const capture = await captureChanges({ postgres, debezium, tables: { customers: 1 } });
      await createCustomers(capture);
      await capture.postgres.query(
        "INSERT INTO customers VALUES (1, 'Ann', 31, true), (2, 'Bob', 32, false), (3, '', 33, NULL)",
      );
      await capture.connect({ 'value.converter': CONVERTER, 'value.converter.schemas.enable': schemas });
      const main = await capture.run(converters, {
        'topics.regex': `${capture.prefix}\\.public\\..*`,
        transforms: 'unwrap,route',
        'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
        'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
        'transforms.route.regex': '.*\\.(.*)',
        'transforms.route.replacement': '$1',
        'delete.tombstones': 'true',
      });
      await changeCustomers(capture);
      await stop(main);
    },
  );

  it.each([
    [
      'soft',
      'a mark in a column',
      { 'delete.mode': 'soft', 'delete.column': 'gone' },
      [
        [1, true],
        [2, false],
      ],
    ],
    [
      'ignore',
      'nothing',
      { 'delete.mode': 'ignore' },
      [
        [1, null],
        [2, null],
      ],
    ],
  ] as const)('delete with delete.mode=%s: %s', { timeout: 180_000 }, async (_mode, _what, settings, rows) => {
    const capture = await captureChanges({ postgres, debezium, tables: { t: 1 } });
    const { postgres: source, starrocks } = capture;
    await source.query('CREATE TABLE t (id INT PRIMARY KEY, name TEXT)');
    await source.query('ALTER TABLE t REPLICA IDENTITY FULL');
    await source.query("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    await starrocks.query(
      'CREATE TABLE test.t (id INT NOT NULL, name VARCHAR(100), gone BOOLEAN) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await capture.connect();
    await source.query('DELETE FROM t WHERE id = 1');
    await source.query("UPDATE t SET name = 'c' WHERE id = 2");
    const topic = `${capture.prefix}.public.t`;
    const main = await capture.run(DOC_CONVERTERS, {
      ...DOC_TRANSFORMS,
      ...settings,
      topics: topic,
      'starrocks.topic2table.map': `${topic}:t`,
    });
    await eventually(async () => {
      const found = await starrocks.query('SELECT id, name, gone FROM test.t ORDER BY id');
      const texts = found.map(({ id, name, gone }) => [id, name, gone === null ? null : Boolean(Number(gone))]);
      expect(texts).toEqual(rows.map(([id, gone]) => [id, id === 1 ? 'a' : 'c', gone]));
    });
    await stop(main);
  });
});

it('a table is made by its key, and gains the column that PostgreSQL gained, where that is asked for', {
  timeout: 180_000,
}, async () => {
  const capture = await captureChanges({ postgres, debezium, tables: { grown: 1 } });
  const { postgres: source, starrocks } = capture;
  await source.query('CREATE TABLE grown (id BIGINT PRIMARY KEY, name TEXT)');
  await source.query("INSERT INTO grown VALUES (1, 'a'), (2, 'b')");
  // Heartbeats go to a topic of their own, which is not read.
  await createTopic(`__debezium-heartbeat.${capture.prefix}`);
  await capture.connect({
    'value.converter': CONVERTER,
    'value.converter.schemas.enable': 'true',
    'heartbeat.interval.ms': '200',
  });
  const topic = `${capture.prefix}.public.grown`;
  const main = await capture.run(SCHEMAS, {
    ...DOC_TRANSFORMS,
    'topics.regex': `${capture.prefix}\\..*`,
    'starrocks.topic2table.map': `${topic}:grown`,
    'starrocks.mysql.url': `127.0.0.1:${starrocks.queryPort}`,
    'auto.create': 'true',
    'auto.evolve': 'true',
  });
  const both = (columns: string): { ours: string; theirs: string } => ({
    ours: `SELECT ${columns} FROM test.grown ORDER BY id`,
    theirs: `SELECT ${columns} FROM grown ORDER BY id`,
  });
  await untilSame(capture, both('id, name'));
  await source.query('ALTER TABLE grown ADD COLUMN price NUMERIC(10, 2)');
  await source.query("INSERT INTO grown VALUES (3, 'c', 1234567.89); UPDATE grown SET price = -0.5 WHERE id = 1");
  await source.query('DELETE FROM grown WHERE id = 2');
  expect(await untilSame(capture, both('id, name, price'))).toHaveLength(2);
  const columns = await starrocks.query(
    "SELECT COLUMN_NAME AS n, COLUMN_TYPE AS t, COLUMN_KEY AS k FROM information_schema.columns WHERE TABLE_NAME = 'grown' ORDER BY ORDINAL_POSITION",
  );
  expect(columns.map(({ n, t, k }) => [n, t, k].join(' ').trim())).toEqual([
    'id bigint(20) PRI',
    'name varchar(1048576)',
    '__deleted varchar(1048576)',
    'price decimal(10, 2)',
  ]);
  await stop(main);
});

describe('what would lose deletes', () => {
  it('is refused at the start: a table that is no Primary Key table', async () => {
    const capture = await captureChanges({ postgres, debezium, tables: { t: 1 } });
    await capture.starrocks.query('CREATE TABLE test.t (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
    const topic = `${capture.prefix}.public.t`;
    const settings = { ...DOC_TRANSFORMS, topics: topic, 'starrocks.topic2table.map': `${topic}:t` };
    const main = await capture.run(DOC_CONVERTERS, settings);
    expect(await main.exited).toEqual({ code: 2, signal: null });
    expect(main.stderr.trim()).toBe(
      `StarRocks at http://${capture.starrocks.feHostPort} refuses loads by root into test.t: it is no Primary Key table, so that rows with \`__op\` 1 would be added to it and not deleted. Make it one, take what marks deletes out of \`transforms\`, or set \`delete.mode\` (in a pipeline file \`deletes.mode\`) to \`ignore\` or \`soft\``,
    );
  });

  it.each([
    [
      'an unknown transform',
      { 'transforms.unwrap.type': 'ExtractNewRecordStat' },
      /Did you mean io\.debezium\.transforms\.ExtractNewRecordState\?/,
    ],
    ['tombstones that do nothing', {}, /^`unwrap` makes records without a value of deletes/],
  ])('is refused at the start: %s', async (_, settings, sentence) => {
    const capture = await captureChanges({ postgres, debezium, tables: {} });
    const main = await capture.run(DOC_CONVERTERS, { topics: 'x', ...UNWRAP, ...settings });
    expect(await main.exited).toEqual({ code: 2, signal: null });
    expect(main.stderr).toMatch(sentence);
  });

  it('goes to the dead letter topic: a delete that does not say of which row', async () => {
    const capture = await captureChanges({ postgres, debezium, tables: { t: 1 } });
    await capture.starrocks.query(
      'CREATE TABLE test.t (id INT NOT NULL, name VARCHAR(9)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const [topic, letters] = [`${capture.prefix}.public.t`, `${capture.prefix}.dlq`];
    const event = JSON.stringify({ op: 'd', before: null, after: null, source: {}, ts_ms: 1 });
    await produceValues(topic, [event]);
    const main = await capture.run(DOC_CONVERTERS, {
      ...DOC_TRANSFORMS,
      topics: topic,
      'starrocks.topic2table.map': `${topic}:t`,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    await untilMessages(letters, 1, 30_000);
    const [letter] = await readDeadLetters(letters);
    expect(letter).toMatchObject({
      value: event,
      headers: {
        '__connect.errors.stage': 'TRANSFORMATION',
        '__connect.errors.class.name': DOC_TRANSFORMS['transforms.addfield.type'],
        '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
      },
    });
    await stop(main);
  });
});
