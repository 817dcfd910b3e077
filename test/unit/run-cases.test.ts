import { describe, expect, it } from 'vitest';
import { type Case, type CaseFile, type CaseRecord } from '../../src/config/case-file.ts';
import { parseColumnType } from '../../src/core/column-type.ts';
import { NumberText } from '../../src/core/number-text.ts';
import { type CaseResult, runCases } from '../../src/run-cases.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { frame } from '../support/registry-converter.ts';
import { connectFiles, loadOne } from './config/support.ts';

type WrittenCase = Partial<Omit<Case, 'records'>> & { readonly records: readonly Partial<CaseRecord>[] };

/** What differs when these records go through the connector with these settings. */
async function run(
  written: WrittenCase,
  connector: Readonly<Record<string, string>> = {},
  columns: CaseFile['columns'] = new Map(),
): Promise<CaseResult['differences']> {
  const config = await loadOne(connectFiles({ connector }));
  const record: CaseRecord = { topic: 'orders', partition: 0, key: null, value: null, headers: {}, timestamp: -1 };
  const one: Case = {
    name: 'one',
    rows: {},
    deletes: {},
    errors: [],
    dropped: undefined,
    ...written,
    records: written.records.map((given) => ({ ...record, ...given })),
  };
  const [result] = await runCases({ file: 'f', config, warnings: [], columns, cases: [one] }, new RecordingLogger());
  return result?.differences ?? [];
}

const TOMBSTONES = {
  'delete.tombstones': 'true',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter.schemas.enable': 'false',
};

describe('cases', () => {
  it('pass when each table has its rows, in their order, whatever the order of their fields', async () => {
    const records = [{ value: { id: 1, city: 'Lima' } }, { value: '{"id":2}' }, { value: { base64: 'eyJpZCI6M30=' } }];
    const rows = { orders: [{ city: 'Lima', id: 1 }, { id: 2 }, { id: 3 }] };
    expect(await run({ records, rows })).toEqual([]);
  });

  it('compare numbers digit for digit', async () => {
    const records = [{ value: { n: new NumberText('0.10'), m: new NumberText('18446744073709551616') } }];
    const rows = { orders: [{ n: new NumberText('0.10'), m: new NumberText('18446744073709551616') }] };
    expect(await run({ records, rows })).toEqual([]);
    expect(await run({ records, rows: { orders: [{ ...rows.orders[0], n: 0.1 }] } })).toEqual([
      {
        what: 'orders, row 1',
        expected: '{"m":18446744073709551616,"n":0.1}',
        actual: '{"m":18446744073709551616,"n":0.10}',
        fields: [{ name: 'n', expected: '0.1', actual: '0.10' }],
      },
    ]);
  });

  it('name fields that differ, rows that are missing and rows that are not expected', async () => {
    const records = [{ value: { id: 1, city: 'Lima', extra: true } }, { value: { id: 2 } }];
    expect(await run({ records, rows: { orders: [{ id: 1, city: 'Quito' }], sales: [{ id: 9 }] } })).toEqual([
      {
        what: 'orders, row 1',
        expected: '{"city":"Quito","id":1}',
        actual: '{"city":"Lima","extra":true,"id":1}',
        fields: [
          { name: 'city', expected: '"Quito"', actual: '"Lima"' },
          { name: 'extra', expected: undefined, actual: 'true' },
        ],
      },
      { what: 'orders, row 2', expected: undefined, actual: '{"id":2}' },
      { what: 'sales, row 1', expected: '{"id":9}', actual: undefined },
    ]);
  });

  it('tell rows that delete from others, without their `__op`', async () => {
    const records = [
      { key: { id: 7 }, value: null },
      { key: { id: 8 }, value: { id: 8 } },
    ];
    const expected = { rows: { orders: [{ id: 8 }] }, deletes: { orders: [{ id: 7 }] } };
    expect(await run({ records, ...expected }, TOMBSTONES)).toEqual([]);
    expect(await run({ records, rows: expected.rows }, TOMBSTONES)).toEqual([
      { what: 'orders, delete row 1', expected: undefined, actual: '{"id":7}' },
    ]);
  });

  it('expect a part of each error, and the errors of nobody else', async () => {
    const records = [{ value: 'no' }, { value: '[1]' }, { value: { id: 1 } }];
    const rows = { orders: [{ id: 1 }] };
    const first = 'its value is not JSON';
    expect(await run({ records, rows, errors: [first, 'element 0'] })).toEqual([]);
    expect(await run({ records, rows, errors: ['something else'] })).toMatchObject([
      { what: 'error 1', expected: 'something else' },
      { what: 'error 2', expected: undefined, actual: 'its value is an array whose element 0 is not a JSON object' },
    ]);
    expect(await run({ records: [{ value: { id: 1 } }], rows, errors: [first] })).toEqual([
      { what: 'error 1', expected: first, actual: undefined },
    ]);
  });

  it('count the records that make no row, when they are asked to', async () => {
    const records = [{ value: null }, { value: { id: 1 } }];
    const rows = { orders: [{ id: 1 }] };
    expect(await run({ records, rows })).toEqual([]);
    expect(await run({ records, rows, dropped: 1 })).toEqual([]);
    expect(await run({ records, rows, dropped: 2 })).toEqual([
      { what: 'records without a row', expected: '2', actual: '1' },
    ]);
  });

  it('see a row that StarRocks would refuse as an error, when the columns are given', async () => {
    const columns = new Map([['orders', [{ name: 'id', type: parseColumnType('int'), required: true }]]]);
    const records = [{ value: { id: 'x' } }, { value: {} }, { value: { id: 1 } }];
    const errors = ['"x" is no INT', 'the column is NOT NULL'];
    expect(await run({ records, rows: { orders: [{ id: 1 }] }, errors }, {}, columns)).toEqual([]);
  });

  it('go by the tables of topics, and give transforms keys, headers and timestamps', async () => {
    const connector = {
      'starrocks.topic2table.map': 'orders:sales',
      'record.columns.key': 'k',
      'record.columns.headers': 'h',
      'record.columns.timestamp': 't',
      'record.columns.offset': 'o',
    };
    const record = { key: 'a', headers: { trace: 'x' }, timestamp: 1_700_000_000_000, value: {} };
    const row = { k: 'a', h: { trace: 'x' }, t: '2023-11-14 22:13:20' };
    const rows = {
      sales: [
        { ...row, o: 0 },
        { ...row, o: 1 },
      ],
    };
    expect(await run({ records: [record, record], rows }, connector)).toEqual([]);
  });

  it('read values in Avro by the schemas of a registry', async () => {
    const schema = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] };
    const registry = await FakeRegistry.start({ '/schemas/ids/1': { schema: JSON.stringify(schema) } });
    const connector = {
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': registry.url,
    };
    // The number of the schema, and 21 as Avro writes it.
    const records = [{ value: { base64: frame(1, Buffer.from([42])).toString('base64') } }];
    expect(await run({ records, rows: { orders: [{ id: 21 }] } }, connector)).toEqual([]);
  });

  it('know the tables that the records name', async () => {
    const connector = {
      transforms: 'day',
      'transforms.day.type': 'TimestampRouter',
      'transforms.day.topic.format': '${topic}_${timestamp}',
      'transforms.day.timestamp.format': 'yyyy',
    };
    const records = [2025, 2026, 2025].map((year, id) => ({ value: { id }, timestamp: Date.UTC(year, 5) }));
    expect(
      await run({ records, rows: { orders_2025: [{ id: 0 }, { id: 2 }], orders_2026: [{ id: 1 }] } }, connector),
    ).toEqual([]);
  });

  it('compare CSV as text', async () => {
    const connector = {
      'sink.properties.format': 'csv',
      'sink.properties.columns': 'id,city',
      'sink.properties.column_separator': '|',
    };
    const records = [{ value: { id: 1, city: 'Lima' } }];
    expect(await run({ records, rows: { orders: ['1|Lima'] } }, connector)).toEqual([]);
  });
});
