import { describe, expect, it } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { columnTypeText, parseColumnType } from '../../src/core/column-type.ts';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { recordList } from '../../src/core/record-batch.ts';
import { type TableColumns } from '../../src/core/table-columns.ts';
import { type TableEvolution, type WantedTable } from '../../src/core/table-evolution.ts';
import { recordOperators, recordReaders, stageNames } from '../../src/record-operators.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { batchOf, utf8 } from '../support/records.ts';
import { through } from '../support/through.ts';
import { connectFiles, loadOne } from './config/support.ts';

/** The pipeline of Kafka Connect's files with these settings of the connector. */
function configOf(connector: Readonly<Record<string, string>>): Promise<PipelineConfig> {
  return loadOne(connectFiles({ connector }));
}

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
  const operators = recordOperators(
    config,
    readers,
    { name: 't', properties, columns, tableOf: () => 't' },
    { topic: 'orders', partition: 0, logger: new RecordingLogger() },
  );
  return through(batchOf([utf8(value)], { topic: 'orders' }), operators);
}

const FRACTION = '{"v":1.5}';
const ENVELOPE = `{"schema":null,"payload":${FRACTION}}`;
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const WITH_SCHEMAS = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'true' };
const PLAIN = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false' };

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
    expect(times()).toBe(1);
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
    const operators = recordOperators(
      config,
      readers,
      { name: 't', properties, evolution, tableOf: () => 't' },
      { topic: 'orders', partition: 0, logger: new RecordingLogger() },
    );
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
