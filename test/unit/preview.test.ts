import { map, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { type Column, parseColumnType } from '../../src/core/column-type.ts';
import { type KafkaRecord, type RawValue, type RecordBatch } from '../../src/core/record-batch.ts';
import { type TableColumns } from '../../src/core/table-columns.ts';
import { type Preview, type PreviewRequest, previewRecords } from '../../src/preview.ts';
import { recordReaders } from '../../src/record-operators.ts';
import { loadProperties } from '../../src/sinks/starrocks/load-properties.ts';
import { createTableRoutes, tableTarget } from '../../src/sinks/starrocks/table-routes.ts';
import { type SampleRequest } from '../../src/streams/kafka/read-sample.ts';
import { type Position } from '../../src/streams/source.ts';
import { envelopeOperator } from '../support/own-operator.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { recordOf, utf8 } from '../support/records.ts';
import { connectFiles, loadOne } from './config/support.ts';

const EXTENTS = [
  { topic: 'orders', partition: 0, low: 3, high: 100 },
  { topic: 'orders', partition: 1, low: 0, high: 4 },
];
const REQUEST: PreviewRequest = { records: 20, from: 'committed', waitMs: 1_000 };

interface Scene {
  readonly request?: Partial<PreviewRequest>;
  readonly records?: readonly KafkaRecord<RawValue>[];
  readonly columns?: readonly Column[] | 'not told';
  readonly connector?: Readonly<Record<string, string>>;
  readonly transforms?: PipelineConfig['transforms'];
  /** How often Kafka doesn't know the group yet. */
  readonly loadingTimes?: number;
}

/** A preview of these records, and what was asked of Kafka for it. */
async function preview({
  request,
  records = [],
  columns = [],
  connector = {},
  transforms = [],
  loadingTimes = 0,
}: Scene) {
  let loading = loadingTimes;
  const config: PipelineConfig = { ...(await loadOne(connectFiles({ connector }))), transforms };
  const asked: SampleRequest[] = [];
  const routes = createTableRoutes(config.starrocks);
  const told: TableColumns = { known: columns === 'not told' ? undefined : columns, refresh: () => undefined };
  const seen = await previewRecords(
    { ...REQUEST, ...request },
    {
      config,
      readers: recordReaders(config, new RecordingLogger()),
      logger: new RecordingLogger(),
      source: {
        connect: () => Promise.resolve(['orders']),
        extents: () => Promise.resolve(EXTENTS),
        committed: (partitions) =>
          loading-- > 0
            ? Promise.reject(new Error('The coordinator is loading'))
            : Promise.resolve(
                partitions.map(({ topic, partition }) => ({
                  topic,
                  partition,
                  offset: partition === 0 ? 42 : undefined,
                  metadata: '',
                })),
              ),
        startingPositions: (committed) =>
          Promise.resolve(
            committed.map(({ topic, partition, offset = 4 }): Position => ({ topic, partition, offset })),
          ),
      },
      read: (sample) => {
        asked.push(sample);
        return Promise.resolve(records);
      },
      sink: {
        loadRequest: ({ table }) => ({ path: '/load', headers: { table, 'x-token': 'abc' } }),
      },
      targetOf: (topic) => routes.targetOf(topic),
      partitionTables: (target, rowTable) => ({
        own: rowTable(target),
        tableOf: (topic) => routes.targetOf(topic).name,
        named: (name) => rowTable(tableTarget(name, config.starrocks.database)),
      }),
      rowTable: (target) => ({ target, properties: loadProperties(config.starrocks, target), columns: told }),
    },
  );
  return { seen, asked };
}

function starts({ starts: all }: Preview): string[] {
  return all.map(
    ({ partition, offset, end, committed }) => `${partition}: ${offset} to ${end}, ${committed ?? 'none'}`,
  );
}

describe('a preview', () => {
  it('shows the rows and the loads of each table that records go into', async () => {
    const connector = {
      transforms: 'day',
      'transforms.day.type': 'TimestampRouter',
      'transforms.day.topic.format': '${topic}_${timestamp}',
      'transforms.day.timestamp.format': 'yyyy',
    };
    const records = [2025, 2026].map((year, offset) => ({
      ...recordOf<RawValue>(utf8(`{"id":${offset}}`), offset),
      timestamp: Date.UTC(year, 5),
    }));
    const { seen } = await preview({ connector, records, columns: [{ name: 'id', type: parseColumnType('int(11)') }] });
    expect(seen.errors).toEqual([]);
    expect(seen.records.map(({ rows }) => rows.map(({ target }) => target?.name))).toEqual([
      ['orders_2025'],
      ['orders_2026'],
    ]);
    expect(seen.loads.map(({ table, body }) => `${table.name} ${Buffer.from(body).toString()}`)).toEqual([
      'orders ',
      'orders_2025 [{"id":0}]',
      'orders_2026 [{"id":1}]',
    ]);
  });

  it('begins where a run would: at what is committed, or where auto.offset.reset points', async () => {
    const { seen, asked } = await preview({});
    expect(starts(seen)).toEqual(['0: 42 to 100, 42', '1: 4 to 4, none']);
    expect(asked).toEqual([{ starts: seen.starts, records: 20, limitMs: 1_000 }]);
  });

  it('asks a broker again that has just started and does not know its groups yet', async () => {
    expect(starts((await preview({ loadingTimes: 2 })).seen)).toEqual(['0: 42 to 100, 42', '1: 4 to 4, none']);
  });

  it('begins at the first records, or at the newest ones of all partitions together', async () => {
    expect(starts((await preview({ request: { from: 'earliest' } })).seen)).toEqual([
      '0: 3 to 100, none',
      '1: 0 to 4, none',
    ]);
    expect(starts((await preview({ request: { from: 'latest' } })).seen)).toEqual([
      '0: 90 to 100, none',
      '1: 0 to 4, none',
    ]);
  });

  it('has each record with its table, and the load of each table without passwords', async () => {
    const records = [
      recordOf(utf8('{"id":1}'), 42),
      recordOf(utf8('no'), 43),
      recordOf(utf8('{"id":2}'), 0, { partition: 1 }),
    ];
    const { seen } = await preview({ records, connector: { 'record.columns.offset': 'o' } });
    expect(seen.records.map(({ record, table, failure }) => [record.offset, table.table, failure?.stage])).toEqual([
      [42, 'orders', undefined],
      [43, 'orders', 'VALUE_CONVERTER'],
      [0, 'orders', undefined],
    ]);
    expect(seen.loads).toEqual([
      {
        table: { name: 'orders', database: 'shop', table: 'orders' },
        request: {
          path: '/load',
          headers: {
            Authorization: 'Basic ***',
            label: '(a new one for each load)',
            table: 'orders',
            'x-token': '***',
          },
        },
        rows: 2,
        body: Buffer.from('[{"id":1,"o":42},{"id":2,"o":0}]'),
        unchecked: undefined,
      },
    ]);
  });

  it('fits rows to the columns as they are told, and says where they are not', async () => {
    const records = [recordOf(utf8('{"id":1.5}'), 42)];
    const connector = { 'record.columns.offset': 'o' };
    const columns = [{ name: 'id', type: parseColumnType('int(11)') }];
    expect((await preview({ records, connector, columns })).seen.records[0]?.failure?.reason).toContain(
      '"id" does not fit',
    );
    const { seen } = await preview({ records, connector, columns: 'not told' });
    expect(seen.records[0]?.failure).toBeUndefined();
    expect(seen.loads[0]?.unchecked).toMatchObject({ isFault: true });
  });

  it('has a load without rows where no record makes one', async () => {
    const { seen } = await preview({ records: [recordOf(null, 42)] });
    expect(seen.loads).toMatchObject([{ rows: 0, body: Buffer.alloc(0) }]);
  });

  it('says which partition an operator ends, and goes on with the others', async () => {
    const records = [recordOf(utf8('{"id":1}'), 42), recordOf(utf8('{"id":2}'), 0, { partition: 1 })];
    const breaks: OperatorFunction<RecordBatch, RecordBatch> = map((batch) => {
      if (batch.partition === 0) throw new Error('no more');
      return batch;
    });
    const { seen } = await preview({ records, transforms: [envelopeOperator(breaks)] });
    expect(seen.errors).toEqual([
      {
        topic: 'orders',
        partition: 0,
        message: expect.stringContaining('offsets 42 to 42: no more') as string,
      },
    ]);
    expect(seen.records.map(({ rows }) => rows.length)).toEqual([0, 1]);
  });
});
