import { describe, expect, it } from 'vitest';
import { putFailure } from '../../../src/core/dead-letter.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { type DeadLetter, type KafkaRecord, type RawValue } from '../../../src/core/record-batch.ts';
import { deadLetterRecord } from '../../../src/sinks/dead-letter/dead-letter-record.ts';
import { errorLine } from '../../../src/sinks/dead-letter/error-line.ts';
import { utf8 } from '../../support/records.ts';

const record: KafkaRecord<RawValue> = {
  topic: 'orders',
  partition: 3,
  offset: 41,
  timestamp: 1_700_000_000_123,
  key: utf8('k-1'),
  value: utf8('{"id":1}'),
  headers: { trace: utf8('abc'), many: [utf8('x'), 'y'], empty: null },
};
const refused = putFailure(record, new RecordError(record, 'StarRocks refused its row: the value is out of range'));
const notJson: DeadLetter = {
  record,
  stage: 'VALUE_CONVERTER',
  className: 'org.apache.kafka.connect.json.JsonConverter',
  error: new RecordError(record, 'its value is not JSON'),
};
const originals = [
  ['trace', utf8('abc')],
  ['many', utf8('x')],
  ['many', 'y'],
  ['empty', null],
];
const source = ['tributary.source', 'orders/3/41'];
const context = { pipeline: 'loader', task: 0, contextHeaders: true };

describe('deadLetterRecord', () => {
  it('holds what was read, and where', () => {
    expect(deadLetterRecord(refused, { ...context, contextHeaders: false })).toEqual({
      source: { topic: 'orders', partition: 3, offset: 41 },
      key: record.key,
      value: record.value,
      headers: [...originals, source],
      timestamp: 1_700_000_000_123,
    });
  });

  it("adds Kafka Connect's ten headers behind those of the record, in their order", () => {
    const { headers } = deadLetterRecord(refused, { pipeline: 'loader', task: 2, contextHeaders: true });
    expect(headers).toEqual([
      ...originals,
      ['__connect.errors.topic', 'orders'],
      ['__connect.errors.partition', '3'],
      ['__connect.errors.offset', '41'],
      ['__connect.errors.connector.name', 'loader'],
      ['__connect.errors.task.id', '2'],
      ['__connect.errors.stage', 'TASK_PUT'],
      ['__connect.errors.class.name', 'org.apache.kafka.connect.sink.SinkTask'],
      ['__connect.errors.exception.class.name', 'RecordError'],
      [
        '__connect.errors.exception.message',
        'The record at topic orders, partition 3, offset 41 cannot be loaded: StarRocks refused its row: the value is out of range',
      ],
      ['__connect.errors.exception.stacktrace', refused.error.stack],
      source,
    ]);
  });

  it('calls what a converter refused as Kafka Connect does', () => {
    const headers = new Map(deadLetterRecord(notJson, context).headers);
    expect(headers.get('__connect.errors.stage')).toBe('VALUE_CONVERTER');
    expect(headers.get('__connect.errors.class.name')).toBe('org.apache.kafka.connect.json.JsonConverter');
    expect(headers.get('__connect.errors.exception.class.name')).toBe('org.apache.kafka.connect.errors.DataException');
  });

  it('tells the causes of an error in its stack trace, and no message where there is none', () => {
    const error = new TypeError('', { cause: new Error('the service said no') });
    const transformed: DeadLetter = { record, stage: 'TRANSFORMATION', className: 'addCustomer', error };
    const headers = new Map(deadLetterRecord(transformed, context).headers);
    expect(headers.get('__connect.errors.exception.class.name')).toBe('TypeError');
    expect(headers.get('__connect.errors.exception.message')).toBeNull();
    expect(headers.get('__connect.errors.exception.stacktrace')).toMatch(
      /^TypeError: ?\n +at .*\nCaused by: Error: the service said no\n +at /s,
    );
  });

  it('keeps the headers of a record that was a dead letter before', () => {
    const again = { ...record, headers: { 'tributary.source': utf8('old/0/7') } };
    expect(deadLetterRecord({ ...refused, record: again }, { ...context, contextHeaders: false }).headers).toEqual([
      ['tributary.source', utf8('old/0/7')],
      source,
    ]);
  });

  it('leaves the time of writing to a record that has no timestamp, and nothing to one without key and value', () => {
    const bare = { ...record, timestamp: -1, key: null, value: null, headers: {} };
    expect(deadLetterRecord({ ...refused, record: bare }, { ...context, contextHeaders: false })).toMatchObject({
      key: null,
      value: null,
      headers: [source],
      timestamp: undefined,
    });
  });
});

describe('errorLine', () => {
  const line = { pipeline: 'loader', task: 1 };

  it("is Kafka Connect's, and then the error", () => {
    expect(errorLine(notJson, { ...line, includeMessages: false })).toBe(
      "Error encountered in task loader-1. Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter'. RecordError: The record at topic orders, partition 3, offset 41 cannot be loaded: its value is not JSON",
    );
  });

  it('says where the record stood when it is asked to', () => {
    expect(errorLine(refused, { ...line, includeMessages: true })).toMatch(
      /^Error encountered in task loader-1\. Executing stage 'TASK_PUT' with class 'org\.apache\.kafka\.connect\.sink\.SinkTask', where consumed record is \{topic='orders', partition=3, offset=41, timestamp=1700000000123\}\. RecordError: /,
    );
  });

  it('leaves out a timestamp that the record does not have', () => {
    const bare = { ...refused, record: { ...record, timestamp: -1 } };
    expect(errorLine(bare, { ...line, includeMessages: true })).toContain("{topic='orders', partition=3, offset=41}.");
  });
});
