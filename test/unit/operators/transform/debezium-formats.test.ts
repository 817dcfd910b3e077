import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { recordOperators, recordReaders } from '../../../../src/record-operators.ts';
import { FakeRegistry } from '../../../support/fake-registry.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { batchOf } from '../../../support/records.ts';
import { frame } from '../../../support/registry-converter.ts';
import { through } from '../../../support/through.ts';
import { connectFiles, loadOne } from '../../config/support.ts';

const ROW = {
  type: 'record',
  name: 'Value',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'name', type: ['null', 'string'], default: null },
    // Debezium says what its types stand for in Connect's properties of a schema.
    {
      name: 'day',
      type: ['null', { type: 'int', 'connect.version': 1, 'connect.name': 'io.debezium.time.Date' }],
      default: null,
    },
  ],
  'connect.name': 'srv.public.t.Value',
};
const SOURCE = {
  type: 'record',
  name: 'Source',
  namespace: 'io.debezium.connector.postgresql',
  fields: [{ name: 'db', type: 'string' }],
};
/** An event as Confluent's and Apicurio's Avro converters write those of Debezium. */
const ENVELOPE = {
  type: 'record',
  name: 'Envelope',
  namespace: 'srv.public.t',
  fields: [
    { name: 'before', type: ['null', ROW], default: null },
    { name: 'after', type: ['null', 'Value'], default: null },
    { name: 'source', type: SOURCE },
    { name: 'op', type: 'string' },
    { name: 'ts_ms', type: ['null', 'long'], default: null },
  ],
  'connect.version': 1,
  'connect.name': 'srv.public.t.Envelope',
};
const HEARTBEAT = {
  type: 'record',
  name: 'Heartbeat',
  namespace: 'io.debezium.connector.common',
  fields: [{ name: 'ts_ms', type: 'long' }],
  'connect.name': 'io.debezium.connector.common.Heartbeat',
};

const COLUMNS = [
  { type: 'int32', optional: false, field: 'id' },
  { type: 'string', optional: true, field: 'name' },
  { type: 'int32', optional: true, name: 'io.debezium.time.Date', version: 1, field: 'day' },
];
const JSON_ROW = { type: 'struct', optional: true, name: 'srv.public.t.Value', fields: COLUMNS };
const JSON_ENVELOPE = {
  type: 'struct',
  optional: false,
  name: 'srv.public.t.Envelope',
  fields: [
    { ...JSON_ROW, field: 'before' },
    { ...JSON_ROW, field: 'after' },
    {
      type: 'struct',
      optional: false,
      name: 'io.debezium.connector.postgresql.Source',
      fields: [{ type: 'string', optional: false, field: 'db' }],
      field: 'source',
    },
    { type: 'string', optional: false, field: 'op' },
    { type: 'int64', optional: true, field: 'ts_ms' },
  ],
};
const JSON_HEARTBEAT = {
  type: 'struct',
  optional: false,
  name: 'io.debezium.connector.common.Heartbeat',
  fields: [{ type: 'int64', optional: false, field: 'ts_ms' }],
};

interface Row {
  readonly id: number;
  readonly name: string | null;
  readonly day: number | null;
}

/** An event, or a heartbeat, or a tombstone. */
type Event = { readonly op: string; readonly before: Row | null; readonly after: Row | null } | 'heartbeat' | null;

type Write = (event: Event) => Buffer | null;

const ENVELOPE_TYPE = avro.Type.forSchema(ENVELOPE as avro.Schema, { wrapUnions: false });
const HEARTBEAT_TYPE = avro.Type.forSchema(HEARTBEAT as avro.Schema);

const FORMATS: Readonly<Record<string, { readonly settings: Record<string, string>; readonly write: Write }>> = {
  Avro: {
    settings: { 'value.converter': 'io.confluent.connect.avro.AvroConverter' },
    write: (event) => {
      if (event === null) return null;
      return event === 'heartbeat'
        ? frame(2, HEARTBEAT_TYPE.toBuffer({ ts_ms: 1 }))
        : frame(1, ENVELOPE_TYPE.toBuffer({ ...event, source: { db: 'd' }, ts_ms: 1 }));
    },
  },
  'JSON with schemas': {
    settings: {
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'true',
    },
    write: (event) => {
      if (event === null) return null;
      const given =
        event === 'heartbeat'
          ? { schema: JSON_HEARTBEAT, payload: { ts_ms: 1 } }
          : { schema: JSON_ENVELOPE, payload: { ...event, source: { db: 'd' }, ts_ms: 1 } };
      return Buffer.from(JSON.stringify(given));
    },
  },
  'JSON without schemas': {
    settings: {
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    },
    write: (event) => {
      if (event === null) return null;
      return Buffer.from(
        JSON.stringify(event === 'heartbeat' ? { ts_ms: 1 } : { ...event, source: { db: 'd' }, ts_ms: 1 }),
      );
    },
  },
};

const DOC = {
  transforms: 'addfield,unwrap',
  'transforms.addfield.type': 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.unwrap.drop.tombstones': 'true',
  'transforms.unwrap.delete.handling.mode': 'rewrite',
};

/** The rows that events become with the product doc's transforms. */
function rowsOf(format: string, events: readonly Event[]): Promise<unknown[]> {
  const { settings = {}, write = () => null } = FORMATS[format] ?? {};
  return rowsFrom(settings, events.map(write));
}

async function rowsFrom(
  settings: Readonly<Record<string, string>>,
  values: readonly (Buffer | null)[],
): Promise<unknown[]> {
  const registry = await FakeRegistry.start({
    '/schemas/ids/1': { schema: JSON.stringify(ENVELOPE) },
    '/schemas/ids/2': { schema: JSON.stringify(HEARTBEAT) },
  });
  const url = settings['value.converter']?.includes('Avro')
    ? { 'value.converter.schema.registry.url': registry.url }
    : {};
  const config = await loadOne(connectFiles({ connector: { ...settings, ...url, ...DOC } }));
  const readers = recordReaders(config, new RecordingLogger());
  const properties = { ...config.starrocks.properties, format: config.starrocks.format };
  const tables = {
    own: { target: { name: 't', database: 'db', table: 't' }, properties },
    tableOf: () => 't',
    named: () => expect.fail('no record names a table'),
  };
  const operators = recordOperators(config, readers, tables, {
    topic: 'orders',
    partition: 0,
    logger: new RecordingLogger(),
  });
  const { body } = await through(batchOf(values), operators);
  readers.value.close?.();
  readers.key?.close?.();
  return JSON.parse(`[${Buffer.from(body).toString().slice(0, -1)}]`) as unknown[];
}

const OLD: Row = { id: 1, name: 'old', day: 19_844 };
const NEW: Row = { id: 1, name: null, day: null };

describe.each(Object.keys(FORMATS))("Debezium's events in %s", (format) => {
  // Without a schema nobody knows that it is a day.
  const day = format === 'JSON without schemas' ? 19_844 : '2024-05-01';

  it.each<[string, Event, object[]]>([
    ['c: an insert', { op: 'c', before: null, after: OLD }, [{ id: 1, name: 'old', day, __op: 0, __deleted: 'false' }]],
    [
      'r: a row of the snapshot',
      { op: 'r', before: null, after: OLD },
      [{ id: 1, name: 'old', day, __op: 0, __deleted: 'false' }],
    ],
    [
      'u: an update',
      { op: 'u', before: OLD, after: NEW },
      [{ id: 1, name: null, day: null, __op: 0, __deleted: 'false' }],
    ],
    [
      'u without the row as it was',
      { op: 'u', before: null, after: NEW },
      [{ id: 1, name: null, day: null, __op: 0, __deleted: 'false' }],
    ],
    ['d: a delete', { op: 'd', before: OLD, after: null }, [{ id: 1, name: 'old', day, __op: 1, __deleted: 'true' }]],
    ['t: a truncate makes no row', { op: 't', before: null, after: null }, []],
    ['m: a message makes no row', { op: 'm', before: null, after: null }, []],
    ['a tombstone makes no row', null, []],
    ['a heartbeat is a record like any other', 'heartbeat', [{ ts_ms: 1 }]],
  ])('%s', async (_, event, rows) => {
    expect(await rowsOf(format, [event])).toEqual(rows);
  });

  it('a changed primary key is a delete, a tombstone and an insert, in their order', async () => {
    const events: Event[] = [
      { op: 'd', before: OLD, after: null },
      null,
      { op: 'c', before: null, after: { ...OLD, id: 2 } },
    ];
    expect(await rowsOf(format, events)).toMatchObject([
      { id: 1, __op: 1 },
      { id: 2, __op: 0 },
    ]);
  });

  it('a delete that does not say of which row is no row, and said', async () => {
    await expect(rowsOf(format, [{ op: 'd', before: null, after: null }])).rejects.toThrow(
      'The delete event has no `before`',
    );
  });
});

/** What Debezium writes besides changes of rows, into topics of its own that a regular expression may match as well. */
describe.each(['true', 'false'])('events that are no changes of rows, in JSON with schemas.enable=%s', (schemas) => {
  const string = (field: string): object => ({ field, type: 'string', optional: true });

  it.each([
    [
      'a change of a schema',
      'io.debezium.connector.postgresql.SchemaChangeValue',
      { databaseName: 'shop', ddl: 'ALTER TABLE orders ADD COLUMN note text' },
    ],
    [
      'the end of a transaction',
      'io.debezium.connector.common.TransactionMetadataValue',
      { status: 'END', id: '571:53195832', ts_ms: '1' },
    ],
  ])('%s is a row as it stands there, and nothing is taken for a delete', async (_, name, payload) => {
    const schema = { type: 'struct', name, fields: Object.keys(payload).map(string) };
    const text = JSON.stringify(schemas === 'true' ? { schema, payload } : payload);
    const converter = 'org.apache.kafka.connect.json.JsonConverter';
    const settings = { 'value.converter': converter, 'value.converter.schemas.enable': schemas };
    expect(await rowsFrom(settings, [Buffer.from(text)])).toEqual([payload]);
  });
});
