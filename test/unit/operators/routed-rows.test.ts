import { describe, expect, it } from 'vitest';
import { type EncodedBatch, rowBytes, rowsOfAll, targetsOf } from '../../../src/core/encoded-batch.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { type KafkaRecord, type RecordBatch, recordList } from '../../../src/core/record-batch.ts';
import { jsonRows } from '../../../src/operators/encode/json-rows.ts';
import { encodeRows, type OtherTable, RowError } from '../../../src/operators/encode-rows.ts';
import { batchOf, recordOf, utf8 } from '../../support/records.ts';
import { through } from '../../support/through.ts';

const TABLES: Readonly<Record<string, OtherTable>> = Object.fromEntries(
  ['a', 'b'].map((name) => [name, { target: { name, database: 'db', table: name }, writer: jsonRows }]),
);

function namedTable(name: string): OtherTable | undefined {
  if (name === 'no name') throw new RowError('it names no table');
  return TABLES[name];
}

/** Records whose value is their place, with what they name. */
function batchFor(tables: readonly (string | undefined)[], values?: readonly unknown[]): RecordBatch {
  const records = tables.map((table, index): KafkaRecord => {
    const record = recordOf<unknown>(values ? values[index] : { id: index }, 10 + index);
    return table === undefined ? record : { ...record, table };
  });
  return { ...batchOf(tables, { firstOffset: 10, bytes: 77 }), records: recordList(records) };
}

const encode = (batch: RecordBatch, keepSource = false): Promise<EncodedBatch> =>
  through(batch, encodeRows(jsonRows, { namedTable, keepSource }));
const rowsIn = (part: EncodedBatch): string[] =>
  Array.from(
    { length: part.rows },
    (_, row) => `${part.rowOffset(row)} ${Buffer.from(rowBytes(part, row)).toString()}`,
  );

describe('encodeRows of records that name tables', () => {
  it('keeps the rows of each table apart, in their order, with their offsets', async () => {
    const encoded = await encode(batchFor(['a', undefined, 'b', 'a', undefined]));
    expect(rowsIn(encoded)).toEqual(['11 {"id":1}', '14 {"id":4}']);
    expect(encoded.others?.map((part) => [part.target?.name, ...rowsIn(part)])).toEqual([
      ['a', '10 {"id":0}', '13 {"id":3}'],
      ['b', '12 {"id":2}'],
    ]);
    expect(rowsOfAll(encoded)).toBe(5);
    expect(targetsOf(encoded).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('counts the credits once, and covers the same offsets with each', async () => {
    const encoded = await encode(batchFor(['a', 'b']));
    expect(encoded).toMatchObject({ rows: 0, bytes: 77, firstOffset: 10, nextOffset: 12 });
    for (const part of encoded.others ?? []) {
      expect(part).toMatchObject({ rows: 1, bytes: 0, firstOffset: 10, nextOffset: 12 });
      expect(part).not.toHaveProperty('failed');
    }
  });

  it('has no batch of a table that only tombstones go to, and none at all where all rows stay', async () => {
    expect((await encode(batchFor(['a', 'b'], [null, { id: 1 }]))).others).toHaveLength(1);
    expect(await encode(batchFor(['a', undefined], [null, { id: 1 }]))).not.toHaveProperty('others');
    // It is the name of the partition's own.
    expect(await encode(batchFor(['own', undefined]))).toMatchObject({ rows: 2 });
  });

  it('keeps the fetched records with each table, where they are kept', async () => {
    const source = batchOf([utf8('0'), utf8('1')], { firstOffset: 10 }).records;
    const encoded = await encode({ ...batchFor(['a', undefined]), failed: [], source }, true);
    expect(encoded.source).toBe(source);
    expect(encoded.others?.[0]?.source).toBe(source);
  });

  it('names the record whose table is none, or sets it apart', async () => {
    const batch = batchFor([undefined, 'no name', 'a']);
    const error = new RecordError({ topic: 'orders', partition: 0, offset: 11 }, 'it names no table');
    await expect(encode(batch)).rejects.toThrow(error);
    const source = batchOf([utf8('0'), utf8('1'), utf8('2')], { firstOffset: 10 }).records;
    const encoded = await encode({ ...batch, failed: [], source });
    expect(encoded.failed).toMatchObject([{ record: { offset: 11 }, error: { reason: 'it names no table' } }]);
    expect([encoded, ...(encoded.others ?? [])].flatMap(rowsIn)).toEqual(['10 {"id":0}', '12 {"id":2}']);
  });

  it('leaves a record out of all tables when one of its rows is none', async () => {
    const source = batchOf([utf8('0'), utf8('1')], { firstOffset: 10 }).records;
    const batch = {
      ...batchOf([0, 1], { firstOffset: 10 }),
      records: recordList<unknown>([
        { ...recordOf({ id: 0 }, 10), table: 'a' },
        { ...recordOf('no object', 10), table: 'b' },
        { ...recordOf({ id: 1 }, 11), table: 'b' },
      ]),
      failed: [],
      source,
    };
    const encoded = await encode(batch);
    expect(encoded.failed).toHaveLength(1);
    expect([encoded, ...(encoded.others ?? [])].flatMap(rowsIn)).toEqual(['11 {"id":1}']);
  });
});
