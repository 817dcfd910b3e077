import { concatMap, map, type OperatorFunction, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type EncodedBatch, rowBytes } from '../../../src/core/encoded-batch.ts';
import { RecordError } from '../../../src/core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  recordAt,
} from '../../../src/core/record-batch.ts';
import { collectFailures } from '../../../src/operators/collect-failures.ts';
import { conversionFailure, convertValues } from '../../../src/operators/decode/convert-values.ts';
import { createConverter } from '../../../src/operators/decode/create-converter.ts';
import { jsonRows } from '../../../src/operators/encode/json-rows.ts';
import { toRows } from '../../../src/operators/encode/to-rows.ts';
import { encodeRows } from '../../../src/operators/encode-rows.ts';
import { liftRecords } from '../../../src/operators/lift-records.ts';
import { batchOf, utf8 } from '../../support/records.ts';
import { through } from '../../support/through.ts';

type Operators = OperatorFunction<RecordBatch<RawValue>, RecordBatch>;

const passThrough: Operators = map((batch) => batch);

const CLASS_NAME = 'org.apache.kafka.connect.json.JsonConverter';
const json = createConverter(CLASS_NAME, { 'schemas.enable': 'false' }, { prefix: 'value.converter.' });
const decodeJson = (): Operators => pipe(convertValues(json, CLASS_NAME), toRows());

function encoded(texts: (string | null)[], operators: Operators, keepSource = false): Promise<EncodedBatch> {
  const batch = batchOf(
    texts.map((text) => (text === null ? null : utf8(text))),
    { topic: 'orders', partition: 2, firstOffset: 10 },
  );
  return through(
    batch,
    pipe(
      collectFailures(operators),
      encodeRows(jsonRows, { keepSource, conversionFailure: (record) => conversionFailure(json, CLASS_NAME, record) }),
    ),
  );
}

/** The rows with the offsets of their records. */
function rows(batch: EncodedBatch): string[] {
  return Array.from(
    { length: batch.rows },
    (_, row) => `${batch.rowOffset(row)} ${new TextDecoder().decode(rowBytes(batch, row))}`,
  );
}

function letters({ failed = [] }: EncodedBatch): object[] {
  return failed.map(({ record, stage, className, error }) => ({
    offset: record.offset,
    value: record.value === null ? null : new TextDecoder().decode(record.value),
    stage,
    className,
    error: error instanceof RecordError ? error.reason : error.message,
  }));
}

const converter = { stage: 'VALUE_CONVERTER', className: CLASS_NAME };
const put = { stage: 'TASK_PUT', className: 'org.apache.kafka.connect.sink.SinkTask' };
const transform = { stage: 'TRANSFORMATION', className: 'liftRecords' };

describe('collectFailures', () => {
  it('has nothing to set apart when every record is good', async () => {
    const batch = await encoded(['{"a":1}', null, '{"b":2}'], passThrough);
    expect(rows(batch)).toEqual(['10 {"a":1}', '12 {"b":2}']);
    expect(batch.failed).toEqual([]);
  });

  it.each([
    ['the first', 0],
    ['a middle one', 2],
    ['the last', 4],
  ])('sets apart a record that is not JSON: %s', async (_, bad) => {
    const texts = [0, 1, 2, 3, 4].map((id) => (id === bad ? 'nope' : `{"id":${id}}`));
    const wanted = texts.flatMap((text, index) => (index === bad ? [] : [`${10 + index} ${text}`]));
    for (const operators of [passThrough, decodeJson()]) {
      const batch = await encoded(texts, operators);
      expect(rows(batch)).toEqual(wanted);
      expect(letters(batch)).toMatchObject([{ offset: 10 + bad, value: 'nope', ...converter }]);
      expect(batch).toMatchObject({ topic: 'orders', partition: 2, firstOffset: 10, nextOffset: 15, bytes: 5 });
    }
  });

  it('names the same place and reason whether a transform has the values parsed or not', async () => {
    for (const operators of [passThrough, decodeJson()]) {
      const { failed = [] } = await encoded(['nope', '12', '{"a":', '[1]', '{"a":1}'], operators);
      const found = failed.map(({ record, stage, error }) => `${record.offset} ${stage} ${error.message}`).sort();
      const at = 'The record at topic orders, partition 2, offset';
      expect(found).toEqual([
        expect.stringMatching(`^10 VALUE_CONVERTER ${at} 10 cannot be loaded: .*: its value is not JSON .*"nope"$`),
        expect.stringMatching(`^11 TASK_PUT ${at} 11 cannot be loaded: its value is not a JSON object: .*"12"$`),
        expect.stringMatching(`^12 VALUE_CONVERTER ${at} 12 cannot be loaded: .*: its value is not JSON .*$`),
        expect.stringMatching(
          `^13 TASK_PUT ${at} 13 cannot be loaded: its value is an array whose element 0 is not a JSON object$`,
        ),
      ]);
    }
  });

  it('passes on an envelope of bad records alone, without rows', async () => {
    const batch = await encoded(['x', 'y'], passThrough);
    expect(rows(batch)).toEqual([]);
    expect(batch.body).toHaveLength(0);
    expect(letters(batch)).toMatchObject([{ offset: 10 }, { offset: 11 }]);
  });

  it('sets apart what was fetched, not what a transform made of it', async () => {
    const broken = {
      toJSON: () => {
        throw new TypeError('no text');
      },
    };
    const unwritable = liftRecords<unknown, unknown>(
      map((record) => (record.offset === 11 ? { ...record, value: { broken }, key: utf8('changed') } : record)),
    );
    const batch = await encoded(['{"a":1}', '{"b":2}'], pipe(decodeJson(), unwritable));
    expect(rows(batch)).toEqual(['10 {"a":1}']);
    expect(letters(batch)).toEqual([
      {
        offset: 11,
        value: '{"b":2}',
        ...put,
        error: 'its value cannot be written as JSON: no text',
      },
    ]);
    expect(batch.failed?.[0]?.record.key).toBeNull();
  });

  it('leaves out every row of a record that became several, one of which is bad, with one letter', async () => {
    const several = liftRecords<unknown, unknown>(
      concatMap((record) => [
        record,
        { ...record, value: record.offset === 11 ? 5 : { more: true } },
        { ...record, value: record.offset === 11 ? 6 : { more: true } },
      ]),
    );
    const batch = await encoded(['{"a":1}', '{"b":2}'], pipe(decodeJson(), several));
    expect(rows(batch)).toEqual(['10 {"a":1}', '10 {"more":true}', '10 {"more":true}']);
    expect(letters(batch)).toMatchObject([{ offset: 11, ...put }]);
  });

  it('gathers what fails at each step, once each', async () => {
    const refusing = liftRecords<unknown, unknown>(
      map((record) => {
        if (record.offset === 12) throw new TypeError('no customer');
        return record;
      }),
    );
    const batch = await encoded(['x', '{"a":1}', '{"b":2}', '7'], pipe(decodeJson(), refusing));
    expect(rows(batch)).toEqual(['11 {"a":1}']);
    expect(letters(batch)).toMatchObject([
      { offset: 10, ...converter },
      { offset: 12, ...transform, error: 'the operator liftRecords fails: no customer' },
      { offset: 13, ...put },
    ]);
    expect(batch.failed?.[1]?.error.cause).toBeInstanceOf(TypeError);
    expect(batch.failed?.[1]?.exceptionClass).toBe('TypeError');
  });

  it('names an operator that has a name of its own', async () => {
    const addCustomer: OperatorFunction<KafkaRecord, KafkaRecord> = (records) =>
      records.pipe(
        map(() => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a user's operator can do
          throw 'a text';
        }),
      );
    const batch = await encoded(['{}'], pipe(decodeJson(), liftRecords(addCustomer)));
    expect(letters(batch)).toEqual([
      {
        offset: 10,
        value: '{}',
        stage: 'TRANSFORMATION',
        className: 'addCustomer',
        error: 'the operator addCustomer fails: a text',
      },
    ]);
  });

  it('keeps the fetched records with the rows when it is asked to', async () => {
    const changing = liftRecords<unknown, unknown>(map((record) => ({ ...record, value: { changed: true } })));
    const batch = await encoded(['{"a":1}', 'nope', '{"c":3}'], pipe(decodeJson(), changing), true);
    expect(recordAt(batch, 12)).toMatchObject({ topic: 'orders', partition: 2, offset: 12, value: utf8('{"c":3}') });
    expect(recordAt(batch, 13)).toBeUndefined();
  });

  it('keeps nothing that was fetched when it is not asked to', async () => {
    expect(await encoded(['{"a":1}'], passThrough)).not.toHaveProperty('source');
    expect(await encoded(['x'], passThrough)).not.toHaveProperty('source');
  });

  it('sets apart a record to which an operator gave another offset', async () => {
    const moved = liftRecords<unknown, unknown>(map((record) => ({ ...record, offset: 99, value: 5 })));
    expect(letters(await encoded(['{"a":1}'], pipe(decodeJson(), moved)))).toMatchObject([
      {
        offset: 10,
        ...transform,
        error:
          'the operator liftRecords fails: it emits a record with the offset 99, which it was not given. Make records of those that it is given: { ...record, value }',
      },
    ]);
  });

  it('ends the stream when an operator dropped what was set apart', async () => {
    const own: Operators = map(({ topic, partition, generation, firstOffset, nextOffset, bytes, records }) => ({
      topic,
      partition,
      generation,
      firstOffset,
      nextOffset,
      bytes,
      records,
    }));
    await expect(encoded(['{"a":1}'], own)).rejects.toThrow(
      'A transform made an envelope for topic orders, partition 2 that lacks what was set apart of the one that it was given. Make it from that one: { ...batch, records }.',
    );
  });

  it('does not change what happens without it: the first bad record ends the stream', async () => {
    const batch = batchOf([utf8('{}'), utf8('x')]);
    await expect(through(batch, pipe(decodeJson(), encodeRows(jsonRows)))).rejects.toThrow(RecordError);
    await expect(through(batch, encodeRows(jsonRows, { keepSource: true }))).rejects.toThrow(RecordError);
    const good: DeadLetter[] | undefined = (await through(batchOf([utf8('{}')]), encodeRows(jsonRows))).failed?.slice();
    expect(good).toBeUndefined();
  });
});
