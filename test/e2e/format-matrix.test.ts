import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { connectHeader, readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { type Cell, COLUMN_NAMES, COLUMNS, type ColumnName, fieldOf } from './support/matrix/columns.ts';
import { cellsWithSchema, csvCells, parsedCells, plainCells } from './support/matrix/json-sources.ts';
import { avroCells, jsonSchemaCells, protobufCells } from './support/matrix/registry-sources.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';

/*
 * Every type that a converter can read, on its way into every type that a column can have: through the broker, the schema
 * registry and the emulator, and out through SQL. A value is there as it was, or its record is a dead letter that says
 * why. What is expected stands in support/matrix/, cell by cell.
 */

const TABLE = ['id BIGINT NOT NULL', ...COLUMN_NAMES.map((name) => `${fieldOf(name)} ${COLUMNS[name]}`)].join(', ');

type Settings = Readonly<Record<string, string>>;
type Format = readonly [
  name: string,
  converter: string,
  settings: Settings,
  cells: (url: string, topic: string) => Cell[] | Promise<Cell[]>,
];

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
const WITH_SCHEMAS = { 'value.converter.schemas.enable': 'true' };
const CSV = {
  'sink.properties.format': 'csv',
  'sink.properties.column_separator': '\\\\x01',
};

const FORMATS: readonly Format[] = [
  ['Connect schemas in JSON', JSON_CONVERTER, WITH_SCHEMAS, cellsWithSchema],
  ['parsed JSON', JSON_CONVERTER, WITH_SCHEMAS, parsedCells],
  ['plain JSON, passed on', JSON_CONVERTER, { 'value.converter.schemas.enable': 'false' }, plainCells],
  ['CSV text, passed on', STRING_CONVERTER, CSV, csvCells],
  ['Avro', 'io.confluent.connect.avro.AvroConverter', {}, avroCells],
  ['Protobuf', 'io.confluent.connect.protobuf.ProtobufConverter', {}, protobufCells],
  ['JSON Schema', 'io.confluent.connect.json.JsonSchemaConverter', {}, jsonSchemaCells],
];

let registry: RegistryService;
const counts: string[] = [];
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  process.stdout.write(`source types x column types: ${counts.join('; ')}\n`);
  await registry.stop();
});

/** What became of one cell: the text that SQL finds, or why there is none. */
interface Seen {
  readonly text?: string;
  readonly reason?: string;
}

async function load(scene: Scene, cells: readonly Cell[], connector: Settings): Promise<Seen[]> {
  const letters = `${scene.topic}_dead`;
  await produceValues(
    scene.topic,
    cells.map(({ write }, id) => write(id)),
  );
  const files = await scene.connectFiles({
    connector: {
      ...connector,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    },
  });
  const main = scene.run(files);
  const committed = (): Promise<number[]> => committedOffsets(`connect-${scene.pipeline}`, scene.topic);
  await eventually(async () => expect(await committed()).toEqual([cells.length]), 90_000);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });

  const columns = COLUMN_NAMES.map(fieldOf).join(', ');
  const rows = await scene.starrocks.query(`SELECT id, ${columns} FROM example_db.${scene.table}`);
  const rowOf = new Map(rows.map((row) => [Number(row.id), row]));
  const reasonOf = new Map(
    (await readDeadLetters(letters)).map((letter) => [
      Number(sourceOf(letter).split('/')[1]),
      connectHeader(letter, 'exception.message') ?? '',
    ]),
  );
  expect(rowOf.size + reasonOf.size).toBe(cells.length);
  return cells.map(({ column }, id) => {
    const row = rowOf.get(id);
    return row === undefined ? { reason: reasonOf.get(id) ?? '' } : { text: textOf(row[fieldOf(column)]) };
  });
}

/** Of very many bad rows in one load StarRocks logs the first 50; that there is no more is said too. */
function isNamed(reason: string, column: ColumnName): boolean {
  return reason.includes(fieldOf(column)) || reason.includes('its error log ends before this row');
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return String(value);
}

it.each(FORMATS)(
  '%s: a value is in its column as it was, or its record is a dead letter that says why',
  async (name, converter, settings, cellsOf) => {
    const scene = await createScene({ columns: TABLE });
    const cells = await cellsOf(registry.url, scene.topic);
    const seen = await load(scene, cells, {
      'value.converter': converter,
      'value.converter.schema.registry.url': registry.url,
      ...settings,
    });
    const wrong = cells.flatMap(({ source, column, expected }, index) => {
      const text = typeof expected === 'object' ? expected.text : expected;
      const { text: found, reason } = seen[index] ?? {};
      const isRight = found === text && (text !== undefined || isNamed(reason ?? '', column));
      return isRight ? [] : [{ source, column, expected: text ?? 'refused', found: found ?? `refused: ${reason}` }];
    });
    expect(wrong).toEqual([]);
    counts.push(`${name} ${summary(cells, seen)}`);
  },
);

it('bytes are in a VARBINARY column as they were, by properties that decode their base64', async () => {
  const scene = await createScene({ columns: 'id BIGINT, b VARBINARY' });
  const hex = ['deadbeef', '00', '', 'e4b8ad'];
  const fields = [
    { field: 'id', type: 'int64' },
    { field: 'b', type: 'bytes' },
  ];
  await produceValues(
    scene.topic,
    hex.map((each, id) =>
      JSON.stringify({
        schema: { type: 'struct', fields },
        payload: { id, b: Buffer.from(each, 'hex').toString('base64') },
      }),
    ),
  );
  const main = scene.run(
    await scene.connectFiles({
      connector: {
        'value.converter': JSON_CONVERTER,
        ...WITH_SCHEMAS,
        'sink.properties.jsonpaths': '["$.id", "$.b"]',
        'sink.properties.columns': "id, b64, b = to_binary(b64, 'encode64')",
      },
    }),
  );
  await eventually(async () => {
    const rows = await scene.starrocks.query(`SELECT hex(b) AS h FROM example_db.${scene.table} ORDER BY id`);
    expect(rows.map(({ h }) => String(h).toLowerCase())).toEqual(hex);
  });
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
});

function summary(cells: readonly Cell[], seen: readonly Seen[]): string {
  const of = (kind: string): number =>
    cells.filter(({ expected }) => typeof expected === 'object' && expected.kind === kind).length;
  const same = cells.filter(({ expected }) => typeof expected === 'string').length;
  const refused = seen.filter(({ text }) => text === undefined);
  const ours = refused.filter(({ reason }) => reason?.includes("does not fit the table's column")).length;
  const parts = [
    `${cells.length} cells`,
    `${same} equal`,
    `${of('nearest')} the nearest FLOAT or DOUBLE`,
    `${of('starrocks')} as StarRocks reads them`,
    `${refused.length} refused by name (${ours} before they were sent)`,
  ];
  return parts.join(', ');
}
