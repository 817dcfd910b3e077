import { map, NEVER, type OperatorFunction, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PipelineConfig } from '../../src/config/model.ts';
import { type Column, parseColumnType } from '../../src/core/column-type.ts';
import { type KafkaRecord, type RawValue, type RecordBatch } from '../../src/core/record-batch.ts';
import { liftRecords } from '../../src/operators/lift-records.ts';
import { recordReaders } from '../../src/record-operators.ts';
import { type PartitionTrace, type RecordTrace, traceRecords } from '../../src/record-trace.ts';
import { tableTarget } from '../../src/sinks/starrocks/table-routes.ts';
import { envelopeOperator } from '../support/own-operator.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { recordOf, utf8 } from '../support/records.ts';
import { connectFiles, loadOne } from './config/support.ts';

function configOf(connector: Readonly<Record<string, string>> = {}): Promise<PipelineConfig> {
  return loadOne(connectFiles({ connector }));
}

function recordsOf(...values: (string | null)[]): KafkaRecord<RawValue>[] {
  return values.map((value, offset) => recordOf(value === null ? null : utf8(value), offset));
}

function trace(
  config: PipelineConfig,
  records: readonly KafkaRecord<RawValue>[],
  { columns, limitMs = 10_000 }: { columns?: readonly Column[]; limitMs?: number } = {},
): Promise<PartitionTrace> {
  const readers = recordReaders(config, new RecordingLogger());
  const known = columns && { known: columns, refresh: () => undefined };
  const properties = { ...config.starrocks.properties, format: config.starrocks.format };
  const tables = {
    own: { target: tableTarget('t', 'db'), properties, columns: known },
    tableOf: (topic: string) => (topic === 'orders' ? 't' : topic),
    named: (name: string) => ({ target: tableTarget(name, 'db'), properties, columns: known }),
  };
  return traceRecords(records, { config, readers, tables, logger: new RecordingLogger(), limitMs });
}

/** A record's stages, each with its outputs. */
function stages({ stages: passed }: RecordTrace): [string, ...string[]][] {
  return passed.map(({ stage, outputs }) => [stage, ...outputs.map(({ value }) => value)]);
}

function sent({ rows }: RecordTrace): string[] {
  return rows.map(({ bytes }) => Buffer.from(bytes).toString());
}

const CHAIN = {
  transforms: 'city,drop',
  'transforms.city.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.city.renames': 'c:city',
  'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
  'transforms.drop.predicate': 'empty',
  predicates: 'empty',
  'predicates.empty.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
};

describe('the trace of records', () => {
  it('has what each stage made, by the name that the user gave it, with every digit', async () => {
    const { records, error } = await trace(await configOf(CHAIN), recordsOf('{"c":"Lima","n":0.10}'));
    const [record] = records as [RecordTrace];
    expect(error).toBeUndefined();
    expect(stages(record)).toEqual([
      ['value.converter (json)', '{"c":"Lima","n":0.10}'],
      ['transform city', '{"city":"Lima","n":0.10}'],
      ['transform drop', '{"city":"Lima","n":0.10}'],
      ['row', '{"city":"Lima","n":0.10}'],
    ]);
    expect(sent(record)).toEqual(['{"city":"Lima","n":0.10}']);
  });

  it('ends at the stage that leaves a record out', async () => {
    const { records } = await trace(await configOf(CHAIN), recordsOf(null, '{"c":"Lima"}'));
    expect(stages(records[0] as RecordTrace)).toEqual([
      ['value.converter (json)', 'null'],
      ['transform city', 'null'],
      ['transform drop'],
    ]);
    expect(sent(records[1] as RecordTrace)).toEqual(['{"city":"Lima"}']);
  });

  it('has the topic and the key that transforms change', async () => {
    const config = await configOf({
      transforms: 'key,route',
      'transforms.key.type': 'org.apache.kafka.connect.transforms.ValueToKey',
      'transforms.key.fields': 'id',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': 'orders',
      'transforms.route.replacement': 'sales',
    });
    const { records } = await trace(config, recordsOf('{"id":1}'));
    expect(records[0]?.stages.map(({ outputs }) => outputs[0])).toEqual([
      { value: '{"id":1}' },
      { value: '{"id":1}', key: '{"id":1}', topic: 'orders' },
      { value: '{"id":1}', key: '{"id":1}', topic: 'sales' },
      { value: '{"id":1}' },
    ]);
  });

  it('names what fails on a bad record, whatever errors.tolerance is, and goes on with the others', async () => {
    const { records } = await trace(await configOf(CHAIN), recordsOf('{', '"text"', '{"c":"Lima"}'));
    expect(records.map(({ failure }) => failure?.stage)).toEqual(['VALUE_CONVERTER', 'TRANSFORMATION', undefined]);
    expect(records[1]?.failure).toMatchObject({
      className: 'org.apache.kafka.connect.transforms.ReplaceField$Value',
      reason: expect.stringContaining('the transform `city`') as string,
    });
    expect(records.map(sent)).toEqual([[], [], ['{"city":"Lima"}']]);
  });

  it('shows nothing between a value that nobody parses and its row, and says what StarRocks will refuse', async () => {
    const { records } = await trace(await configOf(), recordsOf('{"id":1.0}', '{no}'));
    expect(records.map(stages)).toEqual([[], []]);
    expect(records.map(sent)).toEqual([['{"id":1.0}'], ['{no}']]);
    expect(records[1]?.rows[0]?.findings).toMatchObject([{ kind: 'refused' }]);
  });

  it('compares rows with columns, also where a run would leave that to StarRocks', async () => {
    const columns = [{ name: 'id', type: parseColumnType('int(11)') }];
    const values = recordsOf('{"id":1.5}', '{"id":"x"}', '{"ID":1}');
    const passed = await trace(await configOf(), values, { columns });
    expect(passed.records.map(({ rows }) => rows[0]?.findings.map(({ kind }) => kind))).toEqual([
      ['changed'],
      ['refused'],
      ['ignored', 'nulled'],
    ]);
    const parsed = await trace(await configOf(CHAIN), values, { columns });
    expect(parsed.records[0]?.failure).toEqual({
      stage: 'TASK_PUT',
      className: 'org.apache.kafka.connect.sink.SinkTask',
      reason: 'its field "id" does not fit the table\'s column, which is INT: 1.5 would lose its fraction',
    });
  });

  it('follows operators by their place and name, with the rows that several of them make of one record', async () => {
    const twice: OperatorFunction<KafkaRecord, KafkaRecord> = map((record) => ({
      ...record,
      value: [record.value, record.value],
    }));
    const config = { ...(await configOf()), transforms: [envelopeOperator(liftRecords(twice))] };
    const { records } = await trace(config, recordsOf('{"id":1}'));
    expect(stages(records[0] as RecordTrace).at(-1)).toEqual(['transforms[0] (./own.js)', '[{"id":1},{"id":1}]']);
    expect(sent(records[0] as RecordTrace)).toEqual(['{"id":1}', '{"id":1}']);
  });

  it('says what ends the stream', async () => {
    const broken = {
      ...(await configOf()),
      transforms: [envelopeOperator(() => throwError(() => new Error('no more')))],
    };
    const { records, error } = await trace(broken, recordsOf('{"id":1}'));
    expect(error?.message).toContain('The operator ./own.js fails: no more');
    expect(records[0]?.failure).toBeUndefined();
  });

  it('waits no longer than its limit for an operator that does not end', async () => {
    const stuck: OperatorFunction<RecordBatch, RecordBatch> = () => NEVER;
    const config = { ...(await configOf()), transforms: [envelopeOperator(stuck)] };
    const { error } = await trace(config, recordsOf('{"id":1}'), { limitMs: 20 });
    expect(error?.message).toBe(
      'The records did not get through their stages within 20 ms: a schema registry does not answer, or an operator does not end.',
    );
  });
});
