import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { fetchJars } from '../../services/support/jars.ts';
import { findJava } from '../../services/support/java.ts';
import { JVM_OPTIONS } from '../../services/support/jvm-options.ts';
import { eventually } from '../support/eventually.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets } from './support/topic.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, 'java-serdes');
const DOWNLOAD_MS = 300_000;
/** Of the registry: its own API, which its serializers speak. */
const NATIVE_PATH = '/apis/registry/v2';

const COLUMNS = `id BIGINT NOT NULL, name VARCHAR(100), note VARCHAR(100), amount DECIMAL(38,9), day DATE, at DATETIME,
  buyer STRUCT<name VARCHAR(100), zip INT>, tags ARRAY<VARCHAR(100)>`;

interface Order {
  readonly id: string;
  readonly name: string;
  readonly note: string | null;
  readonly amount: string;
  readonly day: string;
  readonly at: string;
  readonly buyer: { readonly name: string; readonly zip: number | null } | null;
  readonly tags: readonly string[];
}

/** Numbers that JavaScript can't hold, microseconds before and after 1970, nulls at both levels. */
const ORDERS: readonly Order[] = [
  {
    id: '1',
    name: '東京',
    note: 'a "quoted", place\\',
    amount: '12345678901234567890.123456789',
    day: '2024-02-29',
    at: '2024-05-01 00:00:00.000001',
    buyer: { name: 'Ada', zip: 12_345 },
    tags: ['new', 'ü'],
  },
  {
    id: '2',
    name: '',
    note: null,
    amount: '-0.100000000',
    day: '1969-12-31',
    at: '1969-12-31 23:59:59.999999',
    buyer: { name: '', zip: null },
    tags: [],
  },
  {
    id: '9007199254740993',
    name: 'New York',
    note: '',
    amount: '99999999999999999999999999999.999999999',
    day: '9999-12-31',
    at: '2026-01-01 12:30:15.250000',
    buyer: null,
    tags: ['last'],
  },
];

/** SQL gives small integers as numbers, and structs and arrays as JSON. */
async function loaded(scene: Scene): Promise<unknown[]> {
  const rows = await scene.starrocks.query(`SELECT * FROM example_db.${scene.table} ORDER BY id`);
  return rows.map(({ id, buyer, tags, ...rest }) => ({
    ...rest,
    id: String(id),
    buyer: parsed(buyer),
    tags: parsed(tags),
  }));
}

function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/**
 * Producers in Java, as most are. Confluent's own serializers are not on Maven Central. Apicurio's are, and write the
 * same wire format if asked to, but for the indexes of Protobuf's messages, which the program adds.
 */
describe('records that a Java producer wrote with Apicurio’s serializers', () => {
  let registry: RegistryService;
  let jars: string;
  beforeAll(async () => {
    jars = await fetchJars(
      { name: 'java-serdes', title: 'Apicurio’s serializers (55 MB)', pom: join(FOLDER, 'pom.xml') },
      () => undefined,
    );
    registry = await startRegistry();
  }, DOWNLOAD_MS);
  afterAll(() => registry.stop());

  async function produce(topic: string, format: string, schema: string): Promise<void> {
    const { bootstrapServers } = inject('kafka');
    const classPath = [join(jars, '*'), FOLDER].join(':');
    const native = new URL(NATIVE_PATH, registry.url).href;
    const program = [...JVM_OPTIONS, '-cp', classPath, join(FOLDER, 'ProduceOrders.java')];
    const args = [bootstrapServers, native, topic, format, join(FOLDER, schema), JSON.stringify(ORDERS)];
    const { stdout } = await run(await findJava(), [...program, ...args], { timeout: 100_000 });
    expect(stdout.trim()).toBe('done');
  }

  it.each([
    ['Avro', 'avro', 'order.avsc', 'io.confluent.connect.avro.AvroConverter'],
    ['Protobuf', 'protobuf', 'order.proto', 'io.confluent.connect.protobuf.ProtobufConverter'],
    ['JSON Schema', 'json', 'order.schema.json', 'io.confluent.connect.json.JsonSchemaConverter'],
  ])('in %s are the rows that SQL finds', async (_, format, schema, converter) => {
    const scene = await createScene({ columns: COLUMNS });
    await produce(scene.topic, format, schema);
    const connector = { 'value.converter': converter, 'value.converter.schema.registry.url': registry.url };
    const main = scene.run(await scene.connectFiles({ connector }));
    await eventually(async () => expect(await loaded(scene), main.stderr).toEqual(ORDERS));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([ORDERS.length]);
  });
});
