import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { putFailure } from '../../../src/core/dead-letter.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { type RecordBatch, withTables } from '../../../src/core/record-batch.ts';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { cutByTables } from '../../../src/operators/cut-by-tables.ts';
import { batchOf, recordOf, utf8, valuesOf } from '../../support/records.ts';
import { emitted } from '../../support/through.ts';

/** So long that only two fit into a load. */
const nameOf = (table: string): string => table.padEnd(1_000, '_');
const targetOf = (name: string): TableTarget => ({ name, database: 'db', table: name });

/** Records that name these tables, one letter for each; `.` names none. */
function batchFor(tables: string, offsets?: readonly number[]): RecordBatch {
  const batch = batchOf(Array.from(tables), { firstOffset: 10, bytes: 99, ...(offsets && { offsets }) });
  const names = Array.from(tables, (table) => (table === '.' ? undefined : nameOf(table)));
  return { ...batch, records: withTables(batch.records, names) };
}

const cut = (batch: RecordBatch): Promise<RecordBatch[]> => emitted(of(batch).pipe(cutByTables(targetOf)));
const summary = (batches: readonly RecordBatch[]): unknown[] =>
  batches.map((batch) => [valuesOf(batch).join(''), batch.firstOffset, batch.nextOffset, batch.bytes]);

describe('cutByTables', () => {
  it.each(['....', 'ab.ab', 'aaaa'])('leaves an envelope whole whose tables fit into one load: %s', async (tables) => {
    const batch = batchFor(tables);
    expect(await cut(batch)).toEqual([batch]);
  });

  it('cuts between offsets; its parts follow each other, and the last one has the credits', async () => {
    expect(summary(await cut(batchFor('a.bcdcaa')))).toEqual([
      ['a.b', 10, 13, 0],
      ['cdc', 13, 16, 0],
      ['aa', 16, 18, 99],
    ]);
  });

  it('keeps the tables with the records', async () => {
    const [, second] = await cut(batchFor('abc'));
    expect(second?.records.table?.(0)).toBe(nameOf('c'));
  });

  it('does not cut through the rows of one record, nor where records have changed places', async () => {
    expect(summary(await cut(batchFor('abbc', [10, 11, 12, 12])))).toEqual([
      ['ab', 10, 12, 0],
      ['bc', 12, 13, 99],
    ]);
    expect(summary(await cut(batchFor('aabcb', [10, 11, 13, 12, 14])))).toEqual([
      ['aa', 10, 12, 0],
      ['bcb', 12, 15, 99],
    ]);
  });

  it('names a record that goes into too many tables by itself', async () => {
    await expect(cut(batchFor('abcd', [10, 11, 11, 11]))).rejects.toThrow(
      new RecordError(
        { topic: 'orders', partition: 0, offset: 11 },
        'its rows go into 3 tables, and the names of so many do not fit beside an offset in Kafka. Let it make rows for fewer tables, and leave records in their order',
      ),
    );
  });

  it('sets each bad record apart with the records around it', async () => {
    const failed = [10, 12, 13].map((offset) => putFailure(recordOf(utf8('x'), offset), new Error('bad')));
    const parts = await cut({ ...batchFor('abc', [11, 12, 14]), firstOffset: 9, failed });
    expect(summary(parts)).toEqual([
      ['ab', 9, 14, 0],
      ['c', 14, 15, 99],
    ]);
    expect(parts.map((part) => part.failed?.map(({ record }) => record.offset))).toEqual([[10, 12, 13], []]);
  });
});
