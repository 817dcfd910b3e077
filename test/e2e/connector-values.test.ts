import { readFile, writeFile } from 'node:fs/promises';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import {
  connectHeader,
  type DeadLetterMessage,
  produceMessages,
  readDeadLetters,
  sourceOf,
} from './support/dead-letters.ts';
import { registeredHead } from './support/matrix/registered-head.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, createTopic, produceValues } from './support/topic.ts';

/*
 * The edge cases of values that every replacement of the Java connector has to meet, by their numbers in its review:
 *
 * 11 below
 * 12 formats.test.ts (numbers that JavaScript cannot hold), below (duplicate keys)
 * 13 format-matrix.test.ts (Decimal of scale 2, 0, -2; 0E-10; VariableScaleDecimal; decimal.handling.mode=string and =double
 *    are its string of a fraction and its float64)
 * 14 format-matrix.test.ts (Date, Time, Timestamp, ZonedTimestamp), below (zero date, time zone)
 * 15, 16 format-matrix.test.ts
 * 17 formats.test.ts (its JSON with schemas has a default), below (missing key)
 * 18 formats.test.ts, format-matrix.test.ts, registry-login.test.ts, unit/operators/decode/avro-converter.test.ts (recursive)
 * 19 below, format-matrix.test.ts, formats.test.ts (JSON Schema's frame)
 * 20 formats.test.ts (text that is JSON), csv.test.ts, below (lines of a Windows file, \N)
 * 21, 22 below
 * 23 large-records.test.ts
 * 24 below
 */

const STRING = 'org.apache.kafka.connect.storage.StringConverter';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

let registry: RegistryService;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

const DEAD_LETTERS = (topic: string): Record<string, string> => ({
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': `${topic}_dead`,
  'errors.deadletterqueue.topic.replication.factor': '1',
  'errors.deadletterqueue.context.headers.enable': 'true',
});

async function untilRows(scene: Scene, sql: string, expected: readonly unknown[][]): Promise<void> {
  await eventually(async () =>
    expect((await scene.starrocks.query(sql)).map((row) => Object.values(row))).toEqual(expected),
  );
}

async function untilCommitted(scene: Scene, offset: number): Promise<void> {
  await eventually(async () =>
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([offset]),
  );
}

function offsetOf(letter: DeadLetterMessage): number {
  return Number(sourceOf(letter).split('/')[1]);
}

it.each([true, false])(
  '11: the rows of the documentation are loaded, whether strip_outer_array is set or not (%s)',
  async (isSet) => {
    const scene = await createScene({ columns: 'id INT, city STRING' });
    const files = await scene.connectFiles();
    const connector = files[1] ?? '';
    const text = await readFile(connector, 'utf8');
    expect(text).toContain('strip_outer_array=true');
    if (!isSet) await writeFile(connector, text.replace(/^.*strip_outer_array.*$/m, ''));
    await produceValues(
      scene.topic,
      ['New York', 'Los Angeles', 'Chicago'].map((city, index) => `{"id":${index + 1},"city":"${city}"}`),
    );
    scene.run(files);
    await untilRows(scene, `SELECT id, city FROM example_db.${scene.table} ORDER BY id`, [
      [1, 'New York'],
      [2, 'Los Angeles'],
      [3, 'Chicago'],
    ]);
  },
);

it('14: a zero date is NULL, and a moment is shown by the clocks of value.time.zone, across its changes', async () => {
  const scene = await createScene({ columns: 'id INT, d DATE, z DATETIME, t DATETIME, l DATETIME' });
  const fields = [
    { field: 'id', type: 'int32' },
    { field: 'd', type: 'int32', name: 'io.debezium.time.Date', optional: true },
    { field: 'z', type: 'string', name: 'io.debezium.time.ZonedTimestamp' },
    { field: 't', type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' },
    { field: 'l', type: 'int64', name: 'io.debezium.time.Timestamp' },
  ];
  const rows = [
    { id: 1, d: null, z: '2024-03-31T00:59:59Z', t: 1_711_846_799_000, l: 1_711_846_799_000 },
    { id: 2, d: 0, z: '2024-03-31T01:00:00Z', t: 1_711_846_800_000, l: 1_711_846_800_000 },
  ];
  await produceValues(
    scene.topic,
    rows.map((payload) => JSON.stringify({ schema: { type: 'struct', fields }, payload })),
  );
  scene.run(
    await scene.connectFiles({
      connector: {
        'value.converter': JSON_CONVERTER,
        'value.converter.schemas.enable': 'true',
        'value.time.zone': 'Europe/Berlin',
      },
    }),
  );
  await untilRows(scene, `SELECT d, z, t, l FROM example_db.${scene.table} ORDER BY id`, [
    [null, '2024-03-31 01:59:59', '2024-03-31 01:59:59', '2024-03-31 00:59:59'],
    ['1970-01-01', '2024-03-31 03:00:00', '2024-03-31 03:00:00', '2024-03-31 01:00:00'],
  ]);
});

it.each(['exactly-once', 'at-least-once'])(
  '12, 17, 24: the first of duplicate keys counts, a missing key is NULL, names keep their letters, cases and dots (%s)',
  async (delivery) => {
    const scene = await createScene({ columns: 'id INT' });
    const topic = `${scene.topic}.with.dots`;
    await createTopic(topic);
    await scene.starrocks.query(
      'CREATE TABLE example_db.`订单` (id INT, `城市` STRING, `select` INT, `Mixed` INT, gone STRING DEFAULT "default") DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await produceValues(topic, ['{"id":1,"id":2,"城市":"東京","select":3,"Mixed":4,"mixed":5}']);
    scene.run(
      await scene.connectFiles({
        connector: {
          delivery,
          topics: topic,
          'starrocks.topic2table.map': `${topic}:订单`,
          'sink.properties.columns': 'id, 城市, `select`, Mixed, gone',
        },
      }),
    );
    await untilRows(scene, 'SELECT id, `城市`, `select`, `Mixed`, gone FROM example_db.`订单`', [
      [1, '東京', 3, 4, null],
    ]);
  },
);

const PROTOBUF = `syntax = "proto3"; package shop;
  message Other { int32 x = 1; }
  message Outer { message Row {
    int64 id = 1; int32 zero = 2; optional int32 maybe = 3; Unit unit = 4; oneof pay { int32 card = 5; string cash = 6; }
  } }
  enum Unit { ONE = 0; KILO = 1; }`;

it('19: Protobuf: unset fields are their zero or NULL, one of a oneof is set, an unknown enum has its number, messages are nested', async () => {
  const scene = await createScene({ columns: 'id INT, zero INT, maybe INT, unit STRING, pay JSON' });
  const head = await registeredHead(registry.url, 'PROTOBUF', PROTOBUF, `${scene.topic}-value`);
  const type = protobuf.parse(PROTOBUF).root.lookupType('shop.Outer.Row');
  // Two indexes: the first message in the second one of the file, zigzag.
  const before = Buffer.concat([head, Buffer.from([4, 2, 0])]);
  const messages = [
    { id: 1 },
    { id: 2, zero: 0, maybe: 0, unit: 1, card: 7 },
    { id: 3, zero: 5, maybe: 6, unit: 9, cash: '' },
  ];
  await produceValues(
    scene.topic,
    messages.map((message) => Buffer.concat([before, type.encode(type.create(message)).finish()])),
  );
  scene.run(
    await scene.connectFiles({
      connector: {
        'value.converter': 'io.confluent.connect.protobuf.ProtobufConverter',
        'value.converter.schema.registry.url': registry.url,
        'value.converter.flatten.unions': 'false',
        'value.converter.generate.index.for.unions': 'false',
      },
    }),
  );
  await untilRows(
    scene,
    `SELECT id, zero, maybe, unit, CAST(pay AS STRING) AS pay FROM example_db.${scene.table} ORDER BY id`,
    [
      [1, 0, null, 'ONE', null],
      [2, 0, 0, 'KILO', '{"card": 7, "cash": null}'],
      [3, 5, 6, 'UNKNOWN_ENUM_VALUE_Unit_9', '{"card": null, "cash": ""}'],
    ],
  );
});

it('20: lines of a file from Windows are rows, \\N is NULL', async () => {
  const scene = await createScene({ columns: 'id INT, a STRING, b STRING' });
  await produceValues(scene.topic, ['1,x,\\N\r\n2,\\N,y\r\n']);
  scene.run(
    await scene.connectFiles({
      connector: {
        'value.converter': STRING,
        'sink.properties.format': 'csv',
        'sink.properties.column_separator': ',',
        'sink.properties.row_delimiter': '\\\\x0D0A',
      },
    }),
  );
  await untilRows(scene, `SELECT id, a, b FROM example_db.${scene.table} ORDER BY id`, [
    [1, 'x', null],
    [2, null, 'y'],
  ]);
});

it('21: an array is a row for each of its objects, an empty one none; what is no object is a dead letter that says so', async () => {
  const scene = await createScene({ columns: 'id INT, city STRING' });
  const bad: readonly (readonly [string | Buffer, RegExp])[] = [
    ['5', /not a JSON object: it starts with "5"/],
    ['"text"', /not a JSON object/],
    ['[{"id":8},5]', /an array whose element 1 is not a JSON object/],
    [Buffer.from('7b2263697479223a22ff227d', 'hex'), /UTF-8|not JSON/i],
    ['{"id":9,"city":"a\u0001b"}', /not JSON/],
    ['{"id":9} x', /not JSON|not a JSON object/],
    ['', /empty/],
    ['   ', /its value is not JSON .*: it starts with " {3}"/],
  ];
  const good = ['[{"id":1},{"id":2,"city":"two"}]', '[]', '\ufeff{"id":3}'];
  await produceValues(scene.topic, [...good, ...bad.map(([value]) => value), '{"id":4}']);
  const main = scene.run(await scene.connectFiles({ connector: DEAD_LETTERS(scene.topic) }));
  await untilRows(scene, `SELECT id, city FROM example_db.${scene.table} ORDER BY id`, [
    [1, null],
    [2, 'two'],
    [3, null],
    [4, null],
  ]);
  await untilCommitted(scene, good.length + bad.length + 1);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  // What only parsing finds comes behind what is seen at once.
  const letters = (await readDeadLetters(`${scene.topic}_dead`)).sort((a, b) => offsetOf(a) - offsetOf(b));
  expect(letters.map(sourceOf)).toEqual(bad.map((_, index) => `0/${good.length + index}`));
  for (const [index, letter] of letters.entries()) {
    expect(connectHeader(letter, 'exception.message')).toMatch(bad[index]?.[1] ?? /^$/);
  }
});

it('22: records without a value make no row and no dead letter, and headers of any kind are no matter', async () => {
  const scene = await createScene({ columns: 'id INT' });
  await produceMessages(scene.topic, [
    { key: 'only a key', value: null },
    { key: null, value: null },
    { key: Buffer.from([0xff, 0x00]), value: null, headers: { binary: Buffer.from([0xff, 0x00]), empty: '' } },
    { key: 'k', value: '{"id":1}', headers: { binary: Buffer.from([0xff]), many: ['a', 'b'] } },
    { key: null, value: null },
  ]);
  const main = scene.run(await scene.connectFiles({ connector: DEAD_LETTERS(scene.topic) }));
  await untilRows(scene, `SELECT id FROM example_db.${scene.table}`, [[1]]);
  await untilCommitted(scene, 5);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(await readDeadLetters(`${scene.topic}_dead`)).toEqual([]);
});
