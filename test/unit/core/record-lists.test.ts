import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowBytes, withoutRecords } from '../../../src/core/encoded-batch.ts';
import { partitionKey, recordAt, recordList, withoutOffsets } from '../../../src/core/record-batch.ts';
import { encodedBatch, recordOf, utf8 } from '../../support/records.ts';

describe('recordList', () => {
  it('offers records by index', () => {
    const records = [recordOf('a', 4), recordOf('b', 7)];
    const list = recordList(records);
    expect(list.length).toBe(2);
    expect(list.offset(1)).toBe(7);
    expect(list.value(0)).toBe('a');
    expect(list.record(1)).toBe(records[1]);
  });

  it('refuses an index beyond its end', () => {
    expect(() => recordList([recordOf('a')]).value(1)).toThrow(new RangeError('No record at index 1 of 1'));
    expect(() => recordList([]).offset(0)).toThrow(RangeError);
  });
});

describe('recordAt', () => {
  it('finds each record of a list with gaps, and no other', () => {
    const anyOffsets = fc.uniqueArray(fc.nat(200), { maxLength: 40 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(anyOffsets, (offsets) => {
        const records = offsets.map((offset) => recordOf(utf8(`value ${offset}`), offset));
        const batch = { source: recordList(records) };
        for (let offset = 0; offset <= 201; offset++) {
          expect(recordAt(batch, offset)).toBe(records[offsets.indexOf(offset)]);
        }
      }),
    );
  });

  it('finds nothing in a batch that does not keep its source', () => {
    expect(recordAt({}, 0)).toBeUndefined();
  });
});

describe('withoutOffsets', () => {
  it('offers the other records by their new index', () => {
    const list = withoutOffsets(
      recordList([4, 7, 9, 12].map((offset) => recordOf(`v${offset}`, offset))),
      new Set([4, 9, 10]),
    );
    expect(list.length).toBe(2);
    expect([list.offset(0), list.value(0), list.record(1).offset]).toEqual([7, 'v7', 12]);
    expect(() => list.value(2)).toThrow(new RangeError('No record at index 2 of 2'));
  });
});

describe('withoutRecords', () => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

  it('leaves out the rows of some records and keeps everything else as it was', () => {
    const rowsAndChoice = fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(rowsAndChoice, (drawn) => {
        const whole = encodedBatch(
          drawn.map(([row]) => row),
          { firstOffset: 100, nextOffset: 900, bytes: 77 },
        );
        const bad = new Set(drawn.flatMap(([, isBad], index) => (isBad ? [100 + index] : [])));
        const rest = withoutRecords(whole, bad);
        const kept = drawn.flatMap(([row, isBad], index) => (isBad ? [] : [{ row, offset: 100 + index }]));
        expect(rest).toMatchObject({ firstOffset: 100, nextOffset: 900, bytes: 77, rows: kept.length });
        expect(text(rest.body)).toBe(kept.map(({ row }) => `${row},`).join(''));
        expect(kept.map((_, index) => ({ row: text(rowBytes(rest, index)), offset: rest.rowOffset(index) }))).toEqual(
          kept,
        );
      }),
    );
  });

  it('leaves out every row of a record that became several', () => {
    const whole = { ...encodedBatch(['1', '2', '3', '4']), rowOffset: (row: number) => [5, 6, 6, 7][row] ?? -1 };
    expect(text(withoutRecords(whole, new Set([6])).body)).toBe('1,4,');
  });

  it('keeps the separators as they are', () => {
    const lines = { ...encodedBatch(['a', 'b', 'c']), body: utf8('a\nb\nc\n') };
    expect(text(withoutRecords(lines, new Set([1])).body)).toBe('a\nc\n');
  });

  it('copies nothing when no row is of these records', () => {
    const whole = encodedBatch(['1', '2']);
    expect(withoutRecords(whole, new Set([9]))).toBe(whole);
  });

  it('refuses the offset of a row that is not there any more', () => {
    const rest = withoutRecords(encodedBatch(['1', '2']), new Set([0]));
    expect(() => rest.rowOffset(1)).toThrow(new RangeError('No row at index 1 of 1'));
  });
});

describe('rowBytes', () => {
  it('cuts a row out without its separator', () => {
    const batch = encodedBatch(['{"a":1}', '{}', '{"ü":2}']);
    const rows = [0, 1, 2].map((index) => new TextDecoder().decode(rowBytes(batch, index)));
    expect(rows).toEqual(['{"a":1}', '{}', '{"ü":2}']);
  });

  it('refuses an index beyond the last row', () => {
    expect(() => rowBytes(encodedBatch(['{}']), 1)).toThrow(new RangeError('No row at index 1 of 1'));
  });
});

describe('partitionKey', () => {
  it('keeps partitions apart whose names look alike', () => {
    expect(partitionKey({ topic: 'a', partition: 11 })).not.toBe(partitionKey({ topic: 'a1', partition: 1 }));
  });
});
