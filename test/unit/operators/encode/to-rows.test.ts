import { describe, expect, it } from 'vitest';
import { LOGICAL, optionalSchema, type SchemaAndValue } from '../../../../src/core/connect-data.ts';
import { type RecordError } from '../../../../src/core/errors.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import { type RecordBatch } from '../../../../src/core/record-batch.ts';
import { type RowOptions } from '../../../../src/operators/encode/connect-row.ts';
import { toRows } from '../../../../src/operators/encode/to-rows.ts';
import { batchOf, recordOf, utf8, valuesOf } from '../../../support/records.ts';
import { through } from '../../../support/through.ts';

const string = optionalSchema('string');
const date = { type: 'int32', optional: true, name: LOGICAL.date } as const;
const struct = { type: 'struct', optional: false, fields: [{ name: 'day', schema: date }] } as const;
const day = (days: number): SchemaAndValue => ({ schema: struct, value: { day: days } });

function rows(batch: RecordBatch<SchemaAndValue>, options?: RowOptions): Promise<RecordBatch> {
  return through(batch, toRows(options));
}

describe('toRows', () => {
  it('makes rows as the schema says, and takes a value without a schema for its own row', async () => {
    const value = { a: 1 };
    const made = valuesOf(await rows(batchOf([day(0), { schema: null, value }, day(19_844)])));
    expect(made).toEqual([{ day: '1970-01-01' }, { a: 1 }, { day: '2024-05-01' }]);
    expect(made[1]).toBe(value);
  });

  it('leaves nulls, which are tombstones, whatever their schema is', async () => {
    const nothing = [null, string, struct].map((schema) => ({ schema, value: null }));
    expect(valuesOf(await rows(batchOf(nothing)))).toEqual([null, null, null]);
  });

  it('does as the Java connector when it is asked to', async () => {
    expect(valuesOf(await rows(batchOf([day(1)]), { compatibility: 'java' }))).toEqual([{ day: 1 }]);
  });

  it('takes a text for the JSON that it holds, every digit of it', async () => {
    expect(valuesOf(await rows(batchOf([{ schema: string, value: '{"a":0.10}' }])))).toEqual([
      { a: new NumberText('0.10') },
    ]);
  });

  it('leaves everything else of the envelope and of its records', async () => {
    const batch = batchOf([day(0)], { topic: 't', partition: 4, firstOffset: 6, nextOffset: 9, bytes: 50 });
    const made = await rows(batch);
    expect({ ...made, records: undefined }).toEqual({ ...batch, records: undefined });
    expect(made.records.record(0)).toEqual({ ...batch.records.record(0), value: { day: '1970-01-01' } });
  });

  it.each([
    [
      'a day that DATE cannot hold',
      day(1e9),
      'The day 1000000000 after 1970-01-01 is outside of 0000-01-01 to 9999-12-31, which DATE and DATETIME can hold',
    ],
    [
      'a text that is not JSON',
      { schema: string, value: 'hello' },
      expect.stringMatching(/^its value is not JSON \(.+\): it starts with "hello"$/) as string,
    ],
  ])('names the record with %s, or sets it apart as one that fails in the sink', async (_, value, reason) => {
    const batch = batchOf<SchemaAndValue>([day(0), value, day(1)], { topic: 'orders', partition: 1, firstOffset: 20 });
    await expect(rows(batch)).rejects.toMatchObject({ name: 'RecordError', partition: 1, offset: 21, reason });

    const source = batchOf([utf8('a'), utf8('b'), utf8('c')], { topic: 'orders', partition: 1, firstOffset: 20 });
    const made = await rows({ ...batch, failed: [], source: source.records });
    expect(valuesOf(made)).toEqual([{ day: '1970-01-01' }, { day: '1970-01-02' }]);
    expect(made.failed).toEqual([
      {
        record: recordOf(utf8('b'), 21, { topic: 'orders', partition: 1 }),
        stage: 'TASK_PUT',
        className: 'org.apache.kafka.connect.sink.SinkTask',
        error: expect.objectContaining({ reason }) as RecordError,
      },
    ]);
  });

  it('lets an error that is not about the record through as it is', async () => {
    const broken = { ...struct, fields: undefined } as unknown as typeof struct;
    await expect(rows(batchOf([{ schema: broken, value: {} }]))).rejects.toThrow(TypeError);
  });
});
