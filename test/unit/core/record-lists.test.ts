import { describe, expect, it } from 'vitest';
import { rowBytes } from '../../../src/core/encoded-batch.ts';
import { partitionKey, recordList } from '../../../src/core/record-batch.ts';
import { encodedBatch, recordOf } from '../../support/records.ts';

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
