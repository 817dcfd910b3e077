import { describe, expect, it } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { parseColumnType } from '../../src/core/column-type.ts';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { type TableColumns } from '../../src/core/table-columns.ts';
import { recordOperators, recordReaders } from '../../src/record-operators.ts';
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
  const operators = recordOperators(config, readers, {
    own: { target: { name: 't', database: 'db', table: 't' }, properties, columns },
    tableOf: () => 't',
    named: () => expect.fail('no record names a table'),
  });
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
});
