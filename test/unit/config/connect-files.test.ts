import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { connectFiles, connectText, load, loadOne, problemsOf } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const expected = {
  name: 'starrocks-kafka-connector',
  kafka: {
    brokers: ['127.0.0.1:9092'],
    clientId: 'tributary-starrocks-kafka-connector',
    groupId: 'connect-starrocks-kafka-connector',
    topics: ['test'],
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_uncommitted',
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 3000,
    rebalanceTimeoutMs: 300_000,
    fetchMinBytes: 1,
    fetchMaxWaitMs: 500,
    fetchMaxBytes: 52_428_800,
    maxPartitionFetchBytes: 1_048_576,
    metadataMaxAgeMs: 300_000,
    requestTimeoutMs: 30_000,
    connectionTimeoutMs: 10_000,
  },
  value: { converter: 'json', compatibility: 'exact', timeZone: 'UTC', options: {} },
  recordColumns: {},
  starrocks: {
    urls: ['http://127.0.0.1:8030'],
    mysqlAddresses: ['127.0.0.1:9030'],
    database: 'example_db',
    username: 'user1',
    password: '123456',
    tables: { test: 'test_tbl' },
    connectTimeoutMs: 1000,
    addressMap: {},
    tableProperties: {},
    tableRules: [],
    idleTimeoutMs: 60_000,
    preparedTimeoutMs: 86_400_000,
    format: 'json',
    compression: 'none',
    properties: {
      strict_mode: 'true',
      max_filter_ratio: '0',
      strip_outer_array: 'true',
      ignore_json_size: 'true',
      timeout: '600',
    },
  },
  flush: { maxBytes: 94_371_840, intervalMs: 1000 },
  buffer: { maxBytes: 188_743_680 },
  commit: { intervalMs: 10_000 },
  delivery: 'exactly-once',
  errors: {
    tolerance: 'none',
    retryTimeoutMs: 0,
    retryDelayMaxMs: 60_000,
    log: { enable: false, includeMessages: false },
  },
  tasksMax: 1,
  shutdownTimeoutMs: 30_000,
  connectTransforms: {},
  deletes: { mode: 'apply', tombstones: false },
  schemaEvolution: { addColumns: false, createTables: false, keyFields: [], tableProperties: {} },
  transforms: [],
};

describe('the examples', () => {
  it("load the product doc's two files unchanged", async () => {
    const files = ['examples/connect-standalone.properties', 'examples/connect-StarRocks-sink.properties'];
    const { pipelines, warnings } = await loadConfig(files, { cwd: root, env: {} });
    expect({ pipelines, warnings }).toEqual({ pipelines: [expected], warnings: [] });
  });

  it('load the pipeline file, which says the same but for its flush', async () => {
    const { pipelines, warnings } = await loadConfig(['examples/pipeline.yaml'], { cwd: root, env: {} });
    const flush = { maxBytes: 16_777_216, intervalMs: 200 };
    expect(pipelines).toEqual([{ ...expected, flush, buffer: { maxBytes: 67_108_864 } }]);
    expect(warnings).toEqual([]);
  });
});

const workerFile = connectFiles({})['w'] ?? '';
const config = {
  'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
  'tasks.max': 1,
  topics: 'test.public.customers',
  'starrocks.http.url': '172.26.195.69:28030',
  'starrocks.database.name': 'test',
  'starrocks.username': 'root',
  'starrocks.password': 'StarRocks@123',
  'sink.properties.strip_outer_array': true,
  'connect.timeoutms': '3000',
  'starrocks.topic2table.map': 'test.public.customers:customers',
};

describe("a connector's JSON", () => {
  it.each([
    ['wrapped as for the REST API', { name: 'sr', config }],
    ['flat', { name: 'sr', ...config }],
  ])('is read %s, whatever its file is called', async (_, json) => {
    const pipeline = await loadOne({
      'w.properties': workerFile,
      'sr-sink.properties': JSON.stringify(json, undefined, 4),
    });
    expect(pipeline.name).toBe('sr');
    expect(pipeline.starrocks).toMatchObject({
      urls: ['http://172.26.195.69:28030'],
      password: 'StarRocks@123',
      connectTimeoutMs: 3000,
      tables: { 'test.public.customers': 'customers' },
    });
  });

  it('is pointed at by line', async () => {
    const json = '{\n  "name": "sr",\n  "config": {\n    "connect.timeoutms": 99,\n    "topics": ["a"]\n  }\n}';
    expect(await problemsOf({ w: workerFile, 'c.json': json })).toEqual(
      expect.arrayContaining([
        '`connect.timeoutms` is `99` (c.json:4), but it must be a whole number from 100 to 60000 ms.',
        '`topics` (c.json:5) must be a text, as every setting of a connector is.',
      ]),
    );
  });

  it('warns about a key that stands there twice, and takes the last', async () => {
    const json = JSON.stringify({ name: 'sr', ...config }).replace('"tasks.max":1', '"topics":"x","tasks.max":1');
    const { pipelines, warnings } = await load({ w: workerFile, c: json });
    expect(pipelines[0]?.kafka.topics).toEqual(['test.public.customers']);
    expect(warnings).toContainEqual(
      expect.stringMatching(/^`topics` \(c:1:\d+\) stands there for the second time; the last one counts\.$/),
    );
  });

  it.each([
    ['{\n  "name": "x",\n  oops\n}', 'c:4:1 cannot be read: '],
    ['{"name": "x"', 'c:1:13 cannot be read: '],
    ['{"name": "x",}', 'c:1:14 cannot be read: '],
  ])('that is broken is refused with its place: %j', async (json, beginning) => {
    const [problem = ''] = await problemsOf({ w: workerFile, c: json });
    expect(problem).toMatch(
      new RegExp(`^${beginning.replace(/[.:]/g, '\\$&').replace(/\\:\d+\\:\d+/, '(?::\\d+:\\d+)?')}`),
    );
    expect(problem).toMatch(/^c:\d+:\d+ cannot be read: [^"]+\.$/);
  });
});

describe('layers of Kafka Connect', () => {
  it('take the consumer settings of the connector before those of the worker', async () => {
    const { kafka } = await loadOne(
      connectFiles({
        worker: {
          'consumer.session.timeout.ms': '20000',
          'consumer.isolation.level': 'read_committed',
          'consumer.client.id': 'w',
        },
        connector: { 'consumer.override.session.timeout.ms': '30000', 'consumer.override.auto.offset.reset': 'latest' },
      }),
    );
    expect(kafka).toMatchObject({
      sessionTimeoutMs: 30_000,
      isolationLevel: 'read_committed',
      autoOffsetReset: 'latest',
      clientId: 'w',
    });
  });

  it('let the consumer have brokers and a group of its own', async () => {
    const { kafka } = await loadOne(
      connectFiles({
        connector: { 'consumer.override.bootstrap.servers': 'a:1, b:2,', 'consumer.override.group.id': 'g' },
      }),
    );
    expect(kafka).toMatchObject({ brokers: ['a:1', 'b:2'], groupId: 'g' });
  });

  it("make the worker's bufferflush.* the default of its connectors", async () => {
    const worker = { 'bufferflush.maxbytes': '67108864', 'bufferflush.intervalms': '5000' };
    const { flush, buffer } = await loadOne(
      connectFiles({ worker, connector: { 'bufferflush.intervalms': ' 2000 ' } }),
    );
    expect(flush).toEqual({ maxBytes: 67_108_864, intervalMs: 2000 });
    expect(buffer).toEqual({ maxBytes: 134_217_728 });
  });

  it('take times of the worker, its shutdown time only when given', async () => {
    const pipeline = await loadOne(connectFiles({ worker: { 'task.shutdown.graceful.timeout.ms': '5000' } }));
    expect(pipeline).toMatchObject({ commit: { intervalMs: 60_000 }, shutdownTimeoutMs: 5000 });
  });

  it("use the worker's converter, unless the connector has one", async () => {
    const avro = 'io.confluent.connect.avro.AvroConverter';
    const json = { 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'FALSE' };
    const { value } = await loadOne(connectFiles({ worker: { 'value.converter': avro }, connector: json }));
    expect(value.converter).toBe('json');
  });
});

describe("a connector's settings", () => {
  it.each([
    ['topics', { topics: ' a , b,' }, { kafka: { topics: ['a', 'b'] } }],
    ['topics.regex beside empty topics', { topics: '', 'topics.regex': 'a.*' }, { kafka: { topicsRegex: 'a.*' } }],
    [
      'several FEs',
      { 'starrocks.http.url': 'a:1, https://b:2/,[::1]:3' },
      { starrocks: { urls: ['http://a:1', 'https://b:2', 'http://[::1]:3'] } },
    ],
    ['a password with signs', { 'starrocks.password': 'a=b:c#d ' }, { starrocks: { password: 'a=b:c#d' } }],
    ['limits of sizes', { 'bufferflush.maxbytes': '10737418240' }, { flush: { maxBytes: 10_737_418_240 } }],
    [
      'limits of times',
      { 'bufferflush.intervalms': '3600000', 'connect.timeoutms': '60000' },
      { flush: { intervalMs: 3_600_000 }, starrocks: { connectTimeoutMs: 60_000 } },
    ],
    ['a compression', { 'sink.properties.compression': 'LZ4_FRAME' }, { starrocks: { compression: 'lz4_frame' } }],
    ['a format in capitals', { 'sink.properties.format': 'JSON' }, { starrocks: { format: 'json' } }],
    [
      'headers of loads, in lower case',
      {
        'sink.properties.Partial_Update': 'TRUE',
        'sink.properties.partial_update_mode': 'column',
        'sink.properties.strict_mode': 'false',
      },
      {
        starrocks: {
          properties: {
            partial_update: 'TRUE',
            partial_update_mode: 'column',
            strict_mode: 'false',
            max_filter_ratio: '0',
          },
        },
      },
    ],
    [
      'table names that the Java connector cannot take',
      { topics: 'a,b,c', 'starrocks.topic2table.map': ' a : t , b:my-table,c:表, ' },
      { starrocks: { tables: { a: 't', b: 'my-table', c: '表' } } },
    ],
    [
      'tables of other databases',
      { topics: 'a,b', 'starrocks.topic2table.map': 'a:shop.orders,b:t' },
      { starrocks: { tables: { a: 'shop.orders', b: 't' } } },
    ],
    [
      'Stream Load headers of one table',
      {
        'sink.table.orders.properties.Columns': 'id, city',
        'sink.table.shop.orders.properties.partial_update': 'true',
      },
      {
        starrocks: {
          properties: { strict_mode: 'true' },
          tableProperties: { orders: { columns: 'id, city' }, 'shop.orders': { partial_update: 'true' } },
        },
      },
    ],
    [
      'errors.* as Kafka Connect has them by default',
      {
        'errors.tolerance': 'none',
        'errors.deadletterqueue.topic.name': '',
        'errors.retry.timeout': '0',
        'errors.retry.delay.max.ms': '60000',
        'errors.log.enable': 'false',
        'errors.log.include.messages': 'false',
      },
      { errors: expected.errors },
    ],
    [
      'errors.* with dead letters',
      {
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'orders-dlq',
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'TRUE',
        'errors.retry.timeout': '-1',
        'errors.retry.delay.max.ms': '500',
        'errors.log.enable': 'true',
        'errors.log.include.messages': ' true ',
      },
      {
        errors: {
          tolerance: 'all',
          retryTimeoutMs: -1,
          retryDelayMaxMs: 500,
          log: { enable: true, includeMessages: true },
          deadLetterTopic: { name: 'orders-dlq', replicationFactor: 1, contextHeaders: true },
        },
      },
    ],
    [
      "a dead letter topic of the brokers' own replication",
      { 'errors.deadletterqueue.topic.name': 'x', 'errors.deadletterqueue.topic.replication.factor': '-1' },
      { errors: { deadLetterTopic: { name: 'x', replicationFactor: -1, contextHeaders: false } } },
    ],
    ['delivery', { delivery: 'at-least-once' }, { delivery: 'at-least-once' }],
    ['no transforms', { transforms: '' }, { name: 'orders' }],
    ['a short class name', { 'connector.class': 'StarRocksSink' }, { name: 'orders' }],
  ])('are read: %s', async (_, connector, wanted) =>
    expect(await loadOne(connectFiles({ connector }))).toMatchObject(wanted),
  );

  it('may hold UTF-8, escapes or Latin-1', async () => {
    const { starrocks } = await loadOne(connectText({ connector: 'starrocks.topic2table.map=orders:\\u8868表' }));
    expect(starrocks.tables).toEqual({ orders: '表表' });
  });
});
