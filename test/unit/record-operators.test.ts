import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { columnTypeText, parseColumnType } from '../../src/core/column-type.ts';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { type KafkaRecord, type RawValue, type RecordBatch, recordList } from '../../src/core/record-batch.ts';
import { type TableColumns } from '../../src/core/table-columns.ts';
import { type TableEvolution, type WantedTable } from '../../src/core/table-evolution.ts';
import { recordOperators, recordReaders, stageNames } from '../../src/record-operators.ts';
import { tableTarget } from '../../src/sinks/starrocks/table-routes.ts';
import { recordOperator } from '../support/own-operator.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { batchOf, recordOf, utf8 } from '../support/records.ts';
import { through } from '../support/through.ts';
import { connectFiles, loadOne } from './config/support.ts';

/** The pipeline of Kafka Connect's files with these settings of the connector. */
function configOf(connector: Readonly<Record<string, string>>): Promise<PipelineConfig> {
  return loadOne(connectFiles({ connector }));
}

const FRACTION = '{"v":1.5}';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const PLAIN = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false' };

const PLACE = { topic: 'orders', partition: 0, logger: new RecordingLogger() };

interface Asked {
  readonly columns: TableColumns;
  readonly times: () => number;
}

/** A table with one INT column, which counts how often it is asked for it. */
function table(): Asked {
  let asked = 0;
  const columns: TableColumns = {
    known: [{ name: 'v', type: parseColumnType('int(11)') }],
    refresh: () => {
      asked++;
      return undefined;
    },
  };
  return { columns, times: () => asked };
}

async function run(config: PipelineConfig, value: string, columns: TableColumns): Promise<EncodedBatch> {
  const readers = recordReaders(config, new RecordingLogger());
  const properties = { ...config.starrocks.properties, format: config.starrocks.format };
  const tables = {
    own: { target: tableTarget('t', 'db'), properties, columns },
    tableOf: () => 't',
    named: () => expect.fail('no record names a table'),
  };
  const operators = recordOperators(config, readers, tables, PLACE);
  return through(batchOf([utf8(value)], { topic: 'orders' }), operators);
}

const ENVELOPE = `{"schema":null,"payload":${FRACTION}}`;
const WITH_SCHEMAS = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' };

/** Records of the topic `orders`, in a pipeline whose other tables are called like their topics. */
async function route(config: PipelineConfig, batch: RecordBatch<RawValue>, other: TableColumns): Promise<EncodedBatch> {
  const readers = recordReaders(config, new RecordingLogger());
  const { properties } = config.starrocks;
  const tables = {
    own: { target: tableTarget('orders', 'db'), properties, columns: table().columns },
    tableOf: (topic: string) => topic,
    named: (name: string) => ({ target: tableTarget(name, 'db'), properties, columns: other }),
  };
  const operators = recordOperators(config, readers, tables, PLACE);
  return through(batch, operators);
}

const bodyOf = ({ body }: EncodedBatch): string => Buffer.from(body).toString();

describe('records on their way to several tables', () => {
  const BY_DAY = {
    ...PLAIN,
    transforms: 'day',
    'transforms.day.type': 'TimestampRouter',
    'transforms.day.topic.format': '${topic}_${timestamp}',
  };
  const [FIRST_DAY, NEXT_DAY] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
  const batchFor = (...records: Partial<KafkaRecord<RawValue>>[]): RecordBatch<RawValue> => ({
    ...batchOf<RawValue>([]),
    nextOffset: records.length,
    records: recordList(
      records.map((record, offset) => ({ ...recordOf<RawValue>(utf8('{"v":1}'), offset), ...record })),
    ),
  });

  it('follow what the transforms make of their topics', async () => {
    const encoded = await route(
      await configOf(BY_DAY),
      batchFor({ timestamp: FIRST_DAY }, { timestamp: NEXT_DAY }, { timestamp: FIRST_DAY, value: utf8('{"v":2}') }),
      table().columns,
    );
    expect(encoded.rows).toBe(0);
    expect(encoded.others?.map((part) => [part.target?.name, bodyOf(part)])).toEqual([
      ['orders_20260101', '{"v":1},{"v":2},'],
      ['orders_20260102', '{"v":1},'],
    ]);
  });

  it('fit the columns of the table that they go into, which are asked for first', async () => {
    const columns = (type: string): TableColumns => ({
      known: [{ name: 'v', type: parseColumnType(type) }],
      refresh: () => undefined,
    });
    const config = await configOf({ ...BY_DAY, 'errors.tolerance': 'all' });
    const batch = batchFor({ timestamp: FIRST_DAY, value: utf8(FRACTION) }, { timestamp: FIRST_DAY });
    const whole = await route(config, batch, columns('bigint(20)'));
    expect(whole.failed).toMatchObject([{ record: { offset: 0 } }]);
    expect(whole.others?.map(bodyOf)).toEqual(['{"v":1},']);
    const fractions = await route(config, batch, columns('double'));
    expect(fractions.failed).toEqual([]);
    expect(fractions.others?.map(bodyOf)).toEqual([`${FRACTION},{"v":1},`]);

    let asked = 0;
    const late = {
      known: undefined,
      async refresh() {
        await Promise.resolve();
        asked++;
      },
    };
    await route(await configOf(BY_DAY), batchFor({ timestamp: FIRST_DAY }), late);
    expect(asked).toBe(1);
  });

  it('follow what an operator of the user says, who may name a database', async () => {
    const config = await configOf(PLAIN);
    const byValue = recordOperator(
      map((record) => ((record.value as { v: number }).v === 1 ? record : { ...record, table: 'shop.returns' })),
    );
    const encoded = await route(
      { ...config, transforms: [byValue] },
      batchFor({}, { value: utf8('{"v":2}') }),
      table().columns,
    );
    expect(bodyOf(encoded)).toBe('{"v":1},');
    expect(encoded.others).toMatchObject([{ target: { name: 'shop.returns', database: 'shop', table: 'returns' } }]);
  });

  it.each<[unknown, string]>([
    ['', 'it shall go into the table "", which is no name of one. Name it as table or database.table'],
    ['.t', 'it shall go into the table ".t", which is no name of one. Name it as table or database.table'],
    [7, 'it shall go into the table 7, which is no name of one. Name it as table or database.table'],
    ['t'.repeat(3_000), `the name of its table is too long: ${'t'.repeat(3_000)}`],
  ])('are bad when they name none: %j', async (name, reason) => {
    const config = await configOf(PLAIN);
    const misnamed = recordOperator(map((record) => ({ ...record, table: name as string })));
    await expect(route({ ...config, transforms: [misnamed] }, batchFor({}), table().columns)).rejects.toThrow(
      `The record at topic orders, partition 0, offset 0 cannot be loaded: ${reason}`,
    );
  });
});

describe('records on their way to their table', () => {
  it.each<[string, Record<string, string>]>([
    ['plain JSON', PLAIN],
    ['text that is JSON', { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' }],
    ['bytes that are JSON', { 'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter' }],
  ])('go on as they are, and nobody asks for columns: %s', async (_, connector) => {
    const { columns, times } = table();
    const { body } = await run(await configOf(connector), FRACTION, columns);
    expect(Buffer.from(body).toString()).toBe(`${FRACTION},`);
    expect(times()).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ['JSON with schemas', WITH_SCHEMAS, ENVELOPE],
    [
      'text of another encoding',
      {
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'value.converter.converter.encoding': 'US-ASCII',
      },
      FRACTION,
    ],
    ['JSON that becomes CSV', { ...PLAIN, 'sink.properties.format': 'csv', 'sink.properties.columns': 'v' }, FRACTION],
  ])('are parsed, and fit their columns or are refused by name: %s', async (_, connector, value) => {
    const { columns, times } = table();
    await expect(run(await configOf(connector), value, columns)).rejects.toThrow(
      'The record at topic orders, partition 0, offset 0 cannot be loaded: its field "v" does not fit the table\'s column, which is INT: 1.5 would lose its fraction',
    );
    expect(times()).toBeGreaterThan(0);
  });

  it('are set apart where bad records are wanted', async () => {
    const config = await configOf({ ...WITH_SCHEMAS, 'errors.tolerance': 'all' });
    const { rows, failed } = await run(config, ENVELOPE, table().columns);
    expect(rows).toBe(0);
    expect(failed).toMatchObject([{ stage: 'TASK_PUT', error: { offset: 0 } }]);
  });

  it('are what the Java connector sends with value.compatibility=java, for StarRocks to judge', async () => {
    const { columns, times } = table();
    const config = await configOf({ ...PLAIN, 'value.compatibility': 'java' });
    const { body } = await run(config, '{"v":1.50}', columns);
    expect(Buffer.from(body).toString()).toBe('{"v":1.5},');
    expect(times()).toBe(0);
  });

  it('bring to a table that follows them their fields and the columns that they get from elsewhere, with the key that tells rows apart', async () => {
    const config = await configOf({
      ...WITH_SCHEMAS,
      'auto.create': 'true',
      'key.converter': JSON_CONVERTER,
      'key.converter.schemas.enable': 'true',
      'record.columns.key': 'k',
      'record.columns.headers': 'h',
      'record.columns.timestamp': 'at',
      'record.columns.topic': 't',
      'record.columns.partition': 'p',
      'record.columns.offset': 'o',
      'delete.mode': 'soft',
      'delete.column': 'gone',
    });
    const asked: WantedTable[] = [];
    const evolution: TableEvolution = {
      fits: (wanted) => asked.push(wanted) > 0,
      evolve: () => Promise.reject(new Error('It fits')),
    };
    const readers = recordReaders(config, new RecordingLogger());
    const properties = { ...config.starrocks.properties, format: config.starrocks.format };
    const tables = {
      own: { target: tableTarget('t', 'db'), properties, evolution },
      tableOf: () => 't',
      named: () => expect.fail('no record names a table'),
    };
    const operators = recordOperators(config, readers, tables, PLACE);
    const schema = { type: 'struct', fields: [{ field: 'id', type: 'int32' }] };
    const text = utf8(JSON.stringify({ schema, payload: { id: 1 } }));
    const batch = batchOf([text]);
    const records = recordList([{ ...batch.records.record(0), key: text }]);
    await through({ ...batch, records }, operators);
    expect(asked.map(({ keys }) => keys)).toEqual([['id']]);
    expect(asked[0]?.columns.map(({ name, type }) => `${name} ${columnTypeText(type)}`)).toEqual([
      'id INT',
      'k JSON',
      'h JSON',
      'at DATETIME',
      't VARCHAR(1048576)',
      'p INT',
      'o BIGINT',
      'gone BOOLEAN',
    ]);
  });
});

describe('the names of what records pass', () => {
  const namesOf = async (connector: Record<string, string>): Promise<string[]> => {
    const config = await configOf(connector);
    return stageNames(config, recordReaders(config, new RecordingLogger()));
  };

  it('say that bytes go on as they are', async () => {
    expect(await namesOf(PLAIN)).toEqual(['bytes as they are']);
  });

  it('are the converter, the transforms and what becomes of deletes, in order', async () => {
    const transforms = {
      transforms: 'one,two',
      'transforms.one.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
      'transforms.two.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
    };
    expect(await namesOf({ ...WITH_SCHEMAS, ...transforms, 'delete.mode': 'ignore' })).toEqual([
      'value.converter (json-with-schemas)',
      'transform one',
      'transform two',
      'deletes.mode (ignore)',
    ]);
  });
});
