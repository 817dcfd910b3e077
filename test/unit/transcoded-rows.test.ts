import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { parseColumnType } from '../../src/core/column-type.ts';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { type RawValue, type RecordBatch, recordList } from '../../src/core/record-batch.ts';
import { type TableColumns } from '../../src/core/table-columns.ts';
import { type RecordReaders, recordOperators, recordReaders } from '../../src/record-operators.ts';
import { tableTarget } from '../../src/sinks/starrocks/table-routes.ts';
import { readRecords } from '../../src/streams/kafka/fetch/read-records.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { batchBytes, varint as long, type WrittenRecord } from '../support/kafka-batches.ts';
import { avroTopics, sized } from '../support/random-avro.ts';
import { type Fields, type RandomTopic } from '../support/random-data.ts';
import { protobufTopics } from '../support/random-protobuf.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { batchOf } from '../support/records.ts';
import { frame } from '../support/registry-converter.ts';
import { through } from '../support/through.ts';
import { connectFiles, loadOne } from './config/support.ts';

/** Topics of each kind and configuration. `TRIBUTARY_RANDOM_TOPICS=5000` is the long run. */
const TOPICS = Number(process.env.TRIBUTARY_RANDOM_TOPICS ?? 300);
/** Milliseconds for all topics of one configuration. */
const MOST_MS = 60_000 + TOPICS * 30;

const PLACE = { topic: 'orders', partition: 0, logger: new RecordingLogger() };

interface Fixture {
  readonly registry: FakeRegistry;
  readonly config: PipelineConfig;
  readonly readers: RecordReaders;
  /** Values that had to be converted. */
  readonly converted: () => number;
}

async function fixture(settings: Readonly<Record<string, string>> = {}): Promise<Fixture> {
  const registry = await FakeRegistry.start();
  const connector = {
    'value.converter': 'io.confluent.connect.avro.AvroConverter',
    'value.converter.schema.registry.url': registry.url,
    'errors.tolerance': 'all',
    ...settings,
  };
  const config = await loadOne(connectFiles({ connector }));
  const readers = recordReaders(config, new RecordingLogger());
  onTestFinished(() => readers.value.close?.());
  const toConnect = vi.spyOn(readers.value, 'toConnect');
  return { registry, config, readers, converted: () => toConnect.mock.calls.length };
}

function columnsOf(types: Fields): TableColumns {
  const known = Object.entries(types).flatMap(([name, type]) =>
    type === undefined ? [] : [{ name, type: parseColumnType(type) }],
  );
  return { known, refresh: () => undefined };
}

/** Records as they are fetched. */
async function fetched(values: readonly (Buffer | null)[], record: WrittenRecord = {}): Promise<RecordBatch<RawValue>> {
  const { records, nextOffset } = await readRecords({
    topic: 'orders',
    partition: 0,
    fetchOffset: 0,
    records: batchBytes(values.map((value) => ({ ...record, value }))),
    aborted: [],
  });
  return { ...batchOf<RawValue>([]), records, nextOffset };
}

type Operators = ReturnType<typeof recordOperators>;

function operatorsOf({ config, readers }: Fixture, columns: TableColumns, watched = false): Operators {
  const tables = {
    own: { target: tableTarget('t', 'db'), properties: config.starrocks.properties, columns },
    tableOf: () => 't',
    named: () => expect.fail('no record names a table'),
  };
  // Whoever watches is shown what each step makes of a record, so that none is left out.
  return recordOperators(config, readers, tables, PLACE, watched ? () => undefined : undefined);
}

function load(made: Fixture, batch: RecordBatch<RawValue>, columns: TableColumns, watched = false) {
  return through(batch, operatorsOf(made, columns, watched));
}

/** All that somebody can see of an envelope's rows. */
function seen(encoded: EncodedBatch): object {
  const { body, rows, rowEnds, nextOffset, failed = [] } = encoded;
  return {
    body: Buffer.from(body).toString('latin1'),
    rowEnds: [...rowEnds],
    offsets: Array.from({ length: rows }, (_, row) => encoded.rowOffset(row)),
    nextOffset,
    failed: failed
      .map(({ record, stage, className, error }) => ({ record, stage, className, message: error.message }))
      .toSorted((one, other) => one.record.offset - other.record.offset),
  };
}

/** Whether what is written straight from data is what converted values make, whatever the topic. */
async function expectSameRows(made: Fixture, topics: fc.Arbitrary<RandomTopic>, schemaType: string): Promise<void> {
  let id = 0;
  await fc.assert(
    fc.asyncProperty(topics, async ({ schema, columns, records }) => {
      made.registry.serve(`/schemas/ids/${++id}`, { schema, schemaType });
      const values = records.map((record) => record && frame(id, record));
      const table = columnsOf(columns);
      const direct = await load(made, await fetched(values), table);
      const converted = await load(made, await fetched(values), table, true);
      expect(seen(direct)).toEqual(seen(converted));
    }),
    { numRuns: TOPICS },
  );
}

const PROTOBUF = { 'value.converter': 'io.confluent.connect.protobuf.ProtobufConverter' };

describe('rows that are written straight from Protobuf', () => {
  it.each([
    {},
    { 'value.compatibility': 'java' },
    {
      'value.converter.int.for.enums': 'true',
      'value.converter.flatten.unions': 'true',
      'value.converter.wrapper.for.raw.primitives': 'false',
    },
  ])(
    'are those that converted values make, and bad records are as bad, with %j',
    async (settings) => {
      const made = await fixture({ ...PROTOBUF, ...settings });
      await expectSameRows(made, protobufTopics, 'PROTOBUF');
    },
    MOST_MS,
  );

  it('need no value to be converted, in whatever message of the file they are', async () => {
    const made = await fixture(PROTOBUF);
    const schema =
      'syntax = "proto3"; message First { message Inner { int64 id = 1; } string name = 2; optional int32 n = 3; } message Second { repeated int32 all = 1; bool last = 2; }';
    made.registry.serve('/schemas/ids/1', { schema, schemaType: 'PROTOBUF' });
    const values = ['00 1202c3bc', '00 1800', '040000 0805', '0202 08050806 1001'];
    const batch = await fetched(values.map((hex) => frame(1, Buffer.from(hex.replaceAll(' ', ''), 'hex'))));
    const { body, failed } = await load(made, batch, columnsOf({ id: 'int(11)' }));
    expect(Buffer.from(body).toString()).toBe(
      '{"name":"ü","n":null},{"name":"","n":0},{"id":5},{"all":[5,6],"last":true},',
    );
    expect(failed).toEqual([]);
    expect(made.converted()).toBe(0);
  });

  it('have false for a boolean of many bytes without a bit in them', async () => {
    const made = await fixture(PROTOBUF);
    made.registry.serve('/schemas/ids/1', {
      schema: 'syntax = "proto3"; message M { bool b = 1; }',
      schemaType: 'PROTOBUF',
    });
    const values = ['0880808080808080808000', '0880808080808080808001'];
    for (const isWatched of [false, true]) {
      const batch = await fetched(values.map((hex) => frame(1, Buffer.from(`00${hex}`, 'hex'))));
      const { body } = await load(made, batch, columnsOf({}), isWatched);
      expect(Buffer.from(body).toString()).toBe('{"b":false},{"b":true},');
    }
  });
});

describe('rows that are written straight from Avro', () => {
  it.each([
    {},
    { 'value.compatibility': 'java' },
    { 'errors.log.enable': 'true', 'errors.log.include.messages': 'true' },
  ])(
    'are those that converted values make, and bad records are as bad, with %j',
    async (settings) => {
      const made = await fixture(settings);
      await expectSameRows(made, avroTopics, 'AVRO');
    },
    MOST_MS,
  );

  const ORDER = {
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: ['null', 'string'] },
    ],
  };
  const order = (id: number, note: string): Buffer => Buffer.concat([long(id), long(1), sized(Buffer.from(note))]);

  it('need no value to be converted, whatever headers records have', async () => {
    const made = await fixture();
    made.registry.serve('/schemas/ids/1', { schema: JSON.stringify(ORDER) });
    const values = [frame(1, order(1, 'a')), null, frame(1, order(2, 'ü'))];
    for (const record of [{}, { headers: [['trace', '1']] }] satisfies WrittenRecord[]) {
      const { body, failed } = await load(made, await fetched(values, record), columnsOf({ id: 'int(11)' }));
      expect(Buffer.from(body).toString()).toBe('{"id":1,"note":"a"},{"id":2,"note":"ü"},');
      expect(failed).toEqual([]);
    }
    expect(made.converted()).toBe(0);
  });

  it('are of the schema that each record names, also where a header does', async () => {
    const made = await fixture();
    const guid = '00112233-4455-6677-8899-aabbccddeeff';
    const item = { type: 'record', name: 'Item', fields: [{ name: 'sku', type: 'string' }] };
    made.registry.serve('/schemas/ids/1', { schema: JSON.stringify(ORDER) });
    made.registry.serve('/schemas/ids/2', { schema: JSON.stringify(item) });
    made.registry.serve(`/schemas/guids/${guid}`, { schema: JSON.stringify(item) });
    const two = await fetched([frame(1, order(1, 'a')), frame(2, sized(Buffer.from('x')))]);
    const { body } = await load(made, two, columnsOf({}));
    expect(Buffer.from(body).toString()).toBe('{"id":1,"note":"a"},{"sku":"x"},');
    const header = Buffer.from(`01${guid.replaceAll('-', '')}`, 'hex');
    const batch = await fetched([sized(Buffer.from('y'))]);
    const named = { ...batch.records.record(0), headers: { __value_schema_id: header } };
    const rows = await load(made, { ...batch, records: recordList([named]) }, columnsOf({}));
    expect(Buffer.from(rows.body).toString()).toBe('{"sku":"y"},');
  });

  it('are written for the columns as they are known by then', async () => {
    const made = await fixture();
    made.registry.serve('/schemas/ids/1', {
      schema: JSON.stringify({ ...ORDER, fields: [{ name: 'id', type: 'double' }] }),
    });
    const half = Buffer.from(Float64Array.of(0.5).buffer);
    let known = columnsOf({ id: 'int(11)' }).known;
    const columns: TableColumns = {
      get known() {
        return known;
      },
      refresh: () => undefined,
    };
    const operators = operatorsOf(made, columns);
    const next = async (): Promise<EncodedBatch> => through(await fetched([frame(1, half)]), operators);
    expect((await next()).failed).toMatchObject([
      { error: { message: expect.stringContaining('0.5 would lose its fraction') as string } },
    ]);
    known = columnsOf({ id: 'double' }).known;
    expect(Buffer.from((await next()).body).toString()).toBe('{"id":0.5},');
  });

  it.each([
    ['more items than it has bytes', { type: 'array', items: 'string' }, long(2n ** 40n)],
    ['more items than there is memory for', { type: 'array', items: 'null' }, long(2n ** 40n)],
    ['more entries than it has bytes', { type: 'map', values: 'int' }, long(-(2n ** 40n))],
  ])('leave out a record that says it has %s', async (_, type, payload) => {
    const made = await fixture();
    made.registry.serve('/schemas/ids/1', { schema: JSON.stringify({ ...ORDER, fields: [{ name: 'all', type }] }) });
    for (const isWatched of [false, true]) {
      const { rows, failed } = await load(made, await fetched([frame(1, payload)]), columnsOf({}), isWatched);
      expect(rows).toBe(0);
      expect(failed).toMatchObject([{ stage: 'VALUE_CONVERTER' }]);
    }
  });
});
