import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { connectHeader, readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { type MainProcess } from './support/main-process.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';
import {
  AVRO_NEXT,
  avroWriter,
  type FormatRow,
  jsonSchemaWriter,
  jsonText,
  jsonWithSchema,
  protobufWriter,
  type WriteValue,
} from './support/written-values.ts';

const COLUMNS = 'id BIGINT NOT NULL, name VARCHAR(100), ok BOOLEAN, note VARCHAR(100), extra INT';
const AVRO = 'io.confluent.connect.avro.AvroConverter';

let registry: RegistryService;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

const row = (id: number): FormatRow => ({
  id,
  name: ['New York', '東京', 'a "quoted", place\\', ''][id % 4] as string,
  ok: id % 2 === 0,
  note: id % 3 === 0 ? null : `note ${id}`,
});
const ROWS = Array.from({ length: 20 }, (_, id) => row(id));
const LARGE = { ...row(20), id: 9_007_199_254_740_990 };

function avro(url: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    'value.converter': AVRO,
    'value.converter.schema.registry.url': url,
    'value.converter.http.connect.timeout.ms': '500',
    'value.converter.http.read.timeout.ms': '500',
    'errors.retry.delay.max.ms': '500',
    ...more,
  };
}

async function produce(scene: Scene, rows: readonly FormatRow[], write: WriteValue): Promise<void> {
  await produceValues(scene.topic, await Promise.all(rows.map(write)));
}

async function loaded(scene: Scene): Promise<unknown[]> {
  const rows = await scene.starrocks.query(`SELECT id, name, ok, note FROM example_db.${scene.table} ORDER BY id`);
  return rows.map(({ id, name, ok, note }) => ({ id: Number(id), name, ok: Boolean(Number(ok)), note }));
}

async function untilLoaded(scene: Scene, rows: readonly FormatRow[]): Promise<void> {
  await eventually(async () => expect(await loaded(scene)).toEqual(rows));
}

/** A clean stop, after which all of the topic is committed. */
async function stop(main: MainProcess, scene: Scene, offset: number): Promise<void> {
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([offset]);
}

describe('records that another program wrote', () => {
  it.each<[string, string, (url: string, topic: string) => Promise<WriteValue> | WriteValue]>([
    ['Avro', AVRO, (url, topic) => avroWriter(url, topic)],
    ['Protobuf', 'io.confluent.connect.protobuf.ProtobufConverter', protobufWriter],
    ['JSON Schema', 'io.confluent.connect.json.JsonSchemaConverter', jsonSchemaWriter],
    ['JSON with schemas', 'org.apache.kafka.connect.json.JsonConverter', () => jsonWithSchema],
    ['text that is JSON', 'org.apache.kafka.connect.storage.StringConverter', () => jsonText],
    ['bytes that are JSON', 'org.apache.kafka.connect.converters.ByteArrayConverter', () => jsonText],
  ])('in %s are the rows that SQL finds, nulls included; a tombstone makes none', async (_, name, writer) => {
    const scene = await createScene({ columns: COLUMNS });
    const write = await writer(registry.url, scene.topic);
    await produce(scene, ROWS, write);
    await produceValues(scene.topic, [null]);
    await produce(scene, [LARGE], write);
    const connector = avro(registry.url, { 'value.converter': name });
    const main = scene.run(await scene.connectFiles({ connector }));
    await untilLoaded(scene, [...ROWS, LARGE]);
    await stop(main, scene, ROWS.length + 2);
  });

  it('change their schema in mid-topic, back and forth', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const [first, next] = [
      await avroWriter(registry.url, scene.topic),
      await avroWriter(registry.url, scene.topic, AVRO_NEXT),
    ];
    const values = await Promise.all(
      ROWS.map((each) => (each.id % 3 === 1 ? next({ ...each, extra: each.id } as FormatRow) : first(each))),
    );
    await produceValues(scene.topic, values);
    const main = scene.run(await scene.connectFiles({ connector: avro(registry.url) }));
    await untilLoaded(scene, ROWS);
    const extra = await scene.starrocks.query(`SELECT extra FROM example_db.${scene.table} ORDER BY id`);
    expect(extra.map((one) => one.extra)).toEqual(ROWS.map(({ id }) => (id % 3 === 1 ? id : null)));
    await stop(main, scene, ROWS.length);
  });
});

/** Values that a registry's converter cannot read, each with what is said about it. */
const BAD: readonly [name: string, bad: (good: Buffer) => Buffer, reason: RegExp][] = [
  [
    'an unknown schema id',
    (good) => Buffer.concat([Buffer.from('007fffffff', 'hex'), good.subarray(5)]),
    /schemas\/ids\/2147483647 answers 404/,
  ],
  ['a wrong magic byte', (good) => Buffer.concat([Buffer.from([7]), good.subarray(1)]), /Unknown magic byte!/],
  ['no schema id', () => Buffer.from([0, 1]), /Size of data is too small for a schema id/],
  ['an end that is missing', (good) => good.subarray(0, good.length - 3), /truncated|end|range/i],
];

describe('records that cannot be read', () => {
  it('go to the dead letter topic with errors.tolerance=all, and the others into the table', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const letters = `${scene.topic}_dead`;
    const write = await avroWriter(registry.url, scene.topic);
    const values: Buffer[] = [];
    for (const [index, [, bad]] of BAD.entries()) values.push(await write(row(index)), bad(await write(row(0))));
    await produceValues(scene.topic, values);
    const connector = avro(registry.url, {
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    const main = scene.run(await scene.connectFiles({ connector }));
    await untilLoaded(
      scene,
      BAD.map((_, index) => row(index)),
    );
    await stop(main, scene, values.length);
    const found = await readDeadLetters(letters);
    expect(found.map(sourceOf)).toEqual(BAD.map((_, index) => `0/${2 * index + 1}`));
    for (const [index, letter] of found.entries()) {
      expect(connectHeader(letter, 'stage')).toBe('VALUE_CONVERTER');
      expect(connectHeader(letter, 'class.name')).toBe(AVRO);
      expect(connectHeader(letter, 'exception.message')).toMatch(BAD[index]?.[2] ?? /^$/);
    }
  });

  it.each(BAD)('stop their table with errors.tolerance=none: %s', async (_, bad, reason) => {
    const scene = await createScene({ columns: COLUMNS });
    const write = await avroWriter(registry.url, scene.topic);
    await produceValues(scene.topic, [await write(row(0)), bad(await write(row(1)))]);
    const main = scene.run(await scene.connectFiles({ connector: avro(registry.url) }));
    expect(await main.exited).toEqual({ code: 1, signal: null });
    expect(main.stderr).toMatch(
      `The record at topic ${scene.topic}, partition 0, offset 1 cannot be loaded: Failed to deserialize data for topic ${scene.topic} to Avro`,
    );
    expect(main.stderr).toMatch(reason);
  });
});

describe('a schema registry that is down', () => {
  it('at the start is waited for, however bad records are treated, and nothing is lost', async () => {
    const scene = await createScene({ columns: COLUMNS });
    await produce(scene, ROWS, await avroWriter(registry.url, scene.topic));
    const connector = avro(registry.url, { 'errors.tolerance': 'all', 'errors.log.enable': 'true' });
    const files = await scene.connectFiles({ connector });
    await registry.pause();
    let main: MainProcess;
    try {
      main = scene.run(files);
      const asking = (): unknown[] => main.logged('The schema registry does not answer, asking again');
      await eventually(() => expect(asking().length).toBeGreaterThan(2), 60_000);
      expect(main.logged('Records whose schemas are not known yet wait until it does')).toHaveLength(1);
      expect(await loaded(scene)).toEqual([]);
    } finally {
      registry.resume();
    }
    await untilLoaded(scene, ROWS);
    expect(main.logged('Error encountered in task')).toEqual([]);
    await stop(main, scene, ROWS.length);
  });

  it('in the middle holds up the records with new schemas alone', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const write = await avroWriter(registry.url, scene.topic);
    const next = await avroWriter(registry.url, scene.topic, AVRO_NEXT);
    const [early, known, late] = [ROWS.slice(0, 5), ROWS.slice(5, 10), ROWS.slice(10)];
    const lateValues = await Promise.all(late.map((each) => next({ ...each, extra: 1 } as FormatRow)));
    await produce(scene, early, write);
    const main = scene.run(await scene.connectFiles({ connector: avro(registry.url) }));
    await untilLoaded(scene, early);
    await registry.pause();
    try {
      await produce(scene, known, write);
      await untilLoaded(scene, [...early, ...known]);
      await produceValues(scene.topic, lateValues);
      await eventually(() => expect(main.logged('does not answer, asking again').length).toBeGreaterThan(2));
      expect(await loaded(scene)).toEqual([...early, ...known]);
    } finally {
      registry.resume();
    }
    await untilLoaded(scene, ROWS);
    await stop(main, scene, ROWS.length);
  });

  it('makes dead letters only of those who gave it a time in errors.retry.timeout', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const letters = `${scene.topic}_dead`;
    await produce(scene, ROWS.slice(0, 3), await avroWriter(registry.url, scene.topic));
    const connector = avro('http://127.0.0.1:9', {
      'errors.tolerance': 'all',
      'errors.retry.timeout': '300',
      'errors.retry.delay.max.ms': '100',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
    });
    const main = scene.run(await scene.connectFiles({ connector }));
    const committed = (): Promise<number[]> => committedOffsets(`connect-${scene.pipeline}`, scene.topic);
    await eventually(async () => expect(await committed()).toEqual([3]));
    await stop(main, scene, 3);
    expect(await readDeadLetters(letters)).toHaveLength(3);
  });

  it.each([
    ['answers nobody', 'http://127.0.0.1:9', 1, /^http:\/\/127\.0\.0\.1:9: connect ECONNREFUSED/],
    [
      'is something else',
      () => `${registry.url}/nothing`,
      2,
      /answers 404, so the address is not that of a schema registry/,
    ],
  ])('is named by --check: one that %s', async (_, url, code, message) => {
    const scene = await createScene({ columns: COLUMNS });
    const connector = avro(typeof url === 'string' ? url : url());
    const main = scene.run(['--check', ...(await scene.connectFiles({ connector }))]);
    expect(await main.exited).toEqual({ code, signal: null });
    expect(main.stderr).toMatch(message);
  });
});

describe('numbers that JavaScript cannot hold', () => {
  const NUMBERS =
    '{"id":1,"large":18446744073709551616,"wide":12345678901234567890.123456789,"price":0.10,"small":1e-7,"zero":-0,"doc":{"n":[18446744073709551616,0.10,1e-7,-0]}}';
  const columns =
    'id BIGINT, large LARGEINT, wide DECIMAL(38,9), price DECIMAL(10,2), small DECIMAL(20,10), zero DOUBLE, doc JSON';
  const select = (scene: Scene): Promise<unknown[]> =>
    scene.starrocks.query(
      `SELECT CAST(large AS STRING) AS large, CAST(wide AS STRING) AS wide, CAST(price AS STRING) AS price, CAST(small AS STRING) AS small, zero, CAST(doc AS STRING) AS doc FROM example_db.${scene.table}`,
    );

  async function pipelineModule(scene: Scene, transforms: string): Promise<string> {
    const file = join(scene.dir, 'pipeline.mjs');
    const config = {
      name: scene.pipeline,
      kafka: { brokers: [inject('kafka').bootstrapServers], topics: [scene.topic] },
      starrocks: { urls: [scene.starrocks.feHostPort], database: 'example_db', username: 'root', password: '' },
    };
    await writeFile(file, `export default { ...${JSON.stringify(config)}, transforms: ${transforms} };\n`);
    return file;
  }

  it('arrive digit for digit, parsed or not', async () => {
    const seen: unknown[] = [];
    for (const transforms of ['[]', '[(source) => source]']) {
      const scene = await createScene({ columns });
      await produceValues(scene.topic, [NUMBERS]);
      const main = scene.run([await pipelineModule(scene, transforms)]);
      await eventually(async () => expect(await select(scene)).toHaveLength(1));
      seen.push((await select(scene))[0]);
      await stop(main, scene, 1);
    }
    expect(seen[0]).toMatchObject({
      large: '18446744073709551616',
      wide: '12345678901234567890.123456789',
      price: '0.10',
      small: '0.0000001000',
    });
    expect(seen[1]).toEqual(seen[0]);
  });
});
