import { describe, expect, it } from 'vitest';
import { type EncodedBatch } from '../../../src/core/encoded-batch.ts';
import { type RefusedRow } from '../../../src/core/refused-row.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { encodedBatch } from '../../support/records.ts';

const firstOf = (parts: readonly EncodedBatch[]): RefusedRow | undefined =>
  findBadRows(parts).next().value ?? undefined;

describe('the first of findBadRows', () => {
  it('finds nothing when every row is an object', () => {
    expect(firstOf([encodedBatch(['{"a":1}', ' {} ']), encodedBatch([]), encodedBatch(['{"b":2}'])])).toBeUndefined();
    expect(firstOf([])).toBeUndefined();
  });

  it.each([
    ['is cut off but ends in a brace', '{"a":{"b":1}', /^its value is not JSON \(/],
    ['holds two objects', '{"a":1},{"b":2}', /^its value is not JSON \(/],
    ['ends twice', '{"a":1}}', /^its value is not JSON \(/],
    ['is not UTF-8', '{"a":"\u{1F600}"}', undefined],
    ['has a bare word', '{"a":undefined}', /^its value is not JSON \(/],
    ['is a list', '[]', /^its value is not a JSON object$/],
    ['is a number', '5', /^its value is not a JSON object$/],
    ['is null', 'null', /^its value is not a JSON object$/],
  ])('looks at a row that %s', (_, row, reason) => {
    const parts = [
      encodedBatch(['{"a":1}'], { topic: 'a' }),
      encodedBatch(['{"a":1}', row], { topic: 'b', partition: 3, firstOffset: 100 }),
    ];
    const found = firstOf(parts);
    if (reason === undefined) expect(found).toBeUndefined();
    else
      expect(found).toMatchObject({
        part: parts[1],
        offset: 101,
        reason: expect.stringMatching(reason) as string,
      });
  });

  it('names the first of several', () => {
    const parts = [encodedBatch(['{}', 'x', 'y'], { firstOffset: 7 }), encodedBatch(['z'], { firstOffset: 20 })];
    expect(firstOf(parts)).toMatchObject({ offset: 8 });
  });

  it('finds a row that is not UTF-8', () => {
    const part = encodedBatch(['{"a":"??"}'], { firstOffset: 7 });
    part.body.set([0xc3, 0x28], 6);
    expect(firstOf([part])).toMatchObject({ offset: 7, reason: 'its value is not valid UTF-8' });
  });
});

describe('findBadRows', () => {
  it('yields every bad row in order, with its part, its index, its offset and the reason', () => {
    const first = encodedBatch(['{}', 'x', '[]'], { firstOffset: 7 });
    const clean = encodedBatch(['{}'], { partition: 1 });
    const last = encodedBatch(['{}}', '{}'], { partition: 2, firstOffset: 20 });
    expect([...findBadRows([first, clean, last])]).toEqual([
      { part: first, row: 1, offset: 8, reason: expect.stringMatching(/^its value is not JSON \(/) as string },
      { part: first, row: 2, offset: 9, reason: 'its value is not a JSON object' },
      { part: last, row: 0, offset: 20, reason: expect.stringMatching(/^its value is not JSON \(/) as string },
    ]);
  });

  it('parses no further than it is asked to', () => {
    const asked = new Set<number>();
    const part = {
      ...encodedBatch(['x', 'y']),
      rowOffset: (row: number) => {
        asked.add(row);
        return row;
      },
    };
    expect(findBadRows([part]).next().value).toMatchObject({ row: 0 });
    expect([...asked]).toEqual([0]);
  });
});
