import { describe, expect, it } from 'vitest';
import { type ConnectSchema, type ConnectValue } from '../../../src/core/connect-data.ts';
import { connectRecordList } from '../../../src/core/connect-record.ts';
import { NumberText } from '../../../src/core/number-text.ts';
import { type RawValue } from '../../../src/core/record-batch.ts';
import { redirectDeletes } from '../../../src/operators/deletes/redirect-deletes.ts';
import { tombstonesToDeletes } from '../../../src/operators/deletes/tombstones-to-deletes.ts';
import { connectRecord } from '../../support/connect-records.ts';
import { batchOf, valuesOf } from '../../support/records.ts';
import { through } from '../../support/through.ts';

const ROWS = [
  { id: 1, __op: 0 },
  { id: 2, __op: 1 },
  { id: 3 },
  { id: 4, __op: '1' },
  { id: 5, __op: new NumberText('1.0') },
  [
    { id: 6, __op: 1 },
    { id: 7, __op: 0 },
  ],
  null,
];

describe('redirectDeletes', () => {
  it('leaves rows out that would delete, and nothing else', async () => {
    const batch = await through(batchOf(ROWS), redirectDeletes({ mode: 'ignore' }));
    expect(valuesOf(batch)).toEqual([{ id: 1, __op: 0 }, null, { id: 3 }, null, null, [{ id: 7, __op: 0 }], null]);
    expect(batch).toMatchObject({ firstOffset: 0, nextOffset: 7 });
  });

  it('marks each row as deleted or not, in place of __op', async () => {
    const batch = await through(batchOf(ROWS), redirectDeletes({ mode: 'soft', column: 'gone' }));
    expect(valuesOf(batch)).toEqual([
      { id: 1, gone: false },
      { id: 2, gone: true },
      { id: 3, gone: false },
      { id: 4, gone: true },
      { id: 5, gone: true },
      [
        { id: 6, gone: true },
        { id: 7, gone: false },
      ],
      null,
    ]);
  });
});

describe('tombstonesToDeletes', () => {
  const schema: ConnectSchema = {
    type: 'struct',
    optional: false,
    fields: [{ name: 'id', schema: { type: 'int64', optional: false } }],
  };
  const envelope = (value: ConnectValue, key: { schema: ConnectSchema | null; value: ConnectValue }) => ({
    ...batchOf([value], { firstOffset: 7 }),
    records: connectRecordList([connectRecord(value, { key })]),
  });

  it.each([
    ['without schema', null, { id: 5 }],
    ['with schema', schema, { id: 5n }],
  ])('make a row that deletes of a key %s', async (_, keySchema, value) => {
    const batch = await through(envelope(null, { schema: keySchema, value }), tombstonesToDeletes());
    expect(batch.records.value(0).value).toEqual({ ...value, __op: 1 });
    expect(batch.records.value(0).schema).toEqual(
      keySchema && {
        ...schema,
        fields: [
          { name: 'id', schema: { type: 'int64', optional: false } },
          { name: '__op', schema: { type: 'int32', optional: false } },
        ],
      },
    );
  });

  it('leave records that have a value', async () => {
    const given = envelope({ id: 1 }, { schema: null, value: null });
    const batch = await through(given, tombstonesToDeletes());
    expect(batch.records.value(0)).toBe(given.records.value(0));
  });

  it.each<[string, ConnectSchema | null, ConnectValue, string]>([
    ['no key', null, null, 'it has none'],
    [
      'a text for a key',
      null,
      'k',
      'that has no fields. The transform HoistField$Key gives a key the name of a column',
    ],
    [
      'a number with schema for a key',
      { type: 'int32', optional: false },
      5,
      'that has no fields. The transform HoistField$Key gives a key the name of a column',
    ],
    [
      'bytes for a key',
      null,
      Buffer.from('k'),
      'that has no fields. The transform HoistField$Key gives a key the name of a column',
    ],
  ])('are set apart with %s', async (_, keySchema, value, fault) => {
    const source = batchOf<RawValue>([null], { firstOffset: 7 }).records;
    const given = { ...envelope(null, { schema: keySchema, value }), failed: [], source };
    const { records, failed } = await through(given, tombstonesToDeletes());
    expect(records.length).toBe(0);
    expect(failed).toMatchObject([
      {
        stage: 'TASK_PUT',
        error: { reason: `its value is null, so that its key should say which row is deleted, but ${fault}` },
      },
    ]);
  });
});
