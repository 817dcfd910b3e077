import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { frameBody } from '../../../src/sinks/starrocks/load-body.ts';
import { RowList } from '../../../src/sinks/starrocks/row-list.ts';
import { type LoadBody } from '../../../src/sinks/starrocks/starrocks-http.ts';
import { encodedBatch } from '../../support/records.ts';

const PARTS = [
  encodedBatch(['{"a":0}', '{"a":1}']),
  encodedBatch([]),
  encodedBatch(['{"a":2}'], { partition: 1 }),
  encodedBatch(['{"a":3}', '{"a":4}', '{"a":5}'], { partition: 2 }),
];

function textOf({ chunks, length }: LoadBody): string {
  const bytes = Buffer.concat(chunks);
  expect(bytes).toHaveLength(length);
  return bytes.toString('utf8');
}

describe('RowList', () => {
  it('numbers the rows of all parts', () => {
    const rows = new RowList(PARTS);
    expect(rows.length).toBe(6);
    expect([0, 1, 2, 3, 5].map((number) => rows.at(number))).toEqual([
      { part: PARTS[0], row: 0 },
      { part: PARTS[0], row: 1 },
      { part: PARTS[2], row: 0 },
      { part: PARTS[3], row: 0 },
      { part: PARTS[3], row: 2 },
    ]);
    expect([...rows.parts()].map(({ start }) => start)).toEqual([0, 2, 3]);
    expect(() => rows.at(6)).toThrow('No row 6 among 6');
    expect(() => new RowList([]).at(0)).toThrow('No row 0 among 0');
  });

  it('sends all rows as a whole load does', () => {
    const rows = new RowList(PARTS);
    expect(textOf(rows.body(rows.select(() => true)))).toBe(textOf(frameBody(PARTS)));
  });

  it.each([
    [[0], '[{"a":0}]'],
    [[5], '[{"a":5}]'],
    [[0, 2, 3, 5], '[{"a":0},{"a":2},{"a":3},{"a":5}]'],
    [[1, 2, 4], '[{"a":1},{"a":2},{"a":4}]'],
  ])('sends rows %j as an array of their own, in few pieces', (numbers, text) => {
    const body = new RowList(PARTS).body(Uint32Array.from(numbers));
    expect(textOf(body)).toBe(text);
    expect(body.chunks.length).toBeLessThanOrEqual(numbers.length + 2);
  });

  it('finds the rows whose text an entry of the error log has, all of them', () => {
    const rows = new RowList([encodedBatch(['{"a":"é"}', '{"a":2}', '{"a":"é"}', '{"a":4}'])]);
    const all = rows.select(() => true);
    const entries = ['Value \'. Row: x\' is out. Row: {"a":4}', 'too long. Row: {"a":"é"}', 'NULL. Row: [2, NULL]'];
    expect([...rows.named(all, entries)]).toEqual([
      [0, 'too long'],
      [2, 'too long'],
      [3, "Value '. Row: x' is out"],
    ]);
    expect([...rows.named(all.subarray(1, 2), entries)]).toEqual([]);
    expect([...rows.named(all, [])]).toEqual([]);
  });
});
