import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonRowCounter } from '../../emulator/json/row-counter.ts';

/** The rows that it finds in a text that comes in pieces of so many bytes. */
function rowsOf(text: string, { stripOuterArray = true, pieceBytes = Number.POSITIVE_INFINITY } = {}): number {
  const counter = new JsonRowCounter(stripOuterArray);
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += pieceBytes) counter.push(bytes.subarray(from, from + pieceBytes));
  return counter.rows;
}

describe('the counter of JSON rows', () => {
  it('counts the objects of an array, and none that are in them', () => {
    expect(rowsOf('[{"a":1},{"b":{"c":[{}]}}, {}]')).toBe(3);
  });

  it('counts the objects one after the other where there is no array', () => {
    expect(rowsOf('{"a":[{}]}\n{"b":2}', { stripOuterArray: false })).toBe(2);
  });

  it.each([
    ['ends with', String.raw`[{"a":"},{"},{"b":1}]`],
    ['is nothing but', String.raw`[{"},{":1},{"b":1}]`],
    ['has, escaped,', String.raw`[{"a":"},{\"b\""},{"b":1}]`],
    ['ends with, before more,', String.raw`[{"a":"},{","b":1},{"b":1}]`],
    ['ends with, before a space,', String.raw`[{"a":"},{" ,"b":1},{"b":1}]`],
    ['is no string but an array that has', String.raw`[{"a":[{"b":1},{"c":1}]},{"b":1}]`],
    ['comes behind an object in the row and', String.raw`[{"a":{"b":{}},"c":"},{"},{"b":1}]`],
  ])('knows two rows where something %s what stands between rows, wherever the body is cut', (_what, text) => {
    expect(JSON.parse(text)).toHaveLength(2);
    for (let pieceBytes = 1; pieceBytes <= text.length; pieceBytes++) expect(rowsOf(text, { pieceBytes })).toBe(2);
  });

  it.each([
    ['a quote that is escaped', String.raw`[{"a":"\"},{"},{}]`],
    ['a backslash that is escaped before the last quote', String.raw`[{"a":"\\"},{"b":1}]`],
    ['an escaped backslash and an escaped quote', String.raw`[{"a":"\\\"},{"},{}]`],
  ])('sees the end of a string behind %s, wherever the body is cut', (_what, text) => {
    for (let pieceBytes = 1; pieceBytes <= text.length; pieceBytes++) expect(rowsOf(text, { pieceBytes })).toBe(2);
  });

  it('counts whatever objects JSON.stringify writes, in pieces of any size', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', '}', ',', '{', ':', ']', 'a') }),
    );
    const value = fc.oneof(text, fc.array(fc.dictionary(text, text)), fc.jsonValue({ maxDepth: 2 }));
    const row = fc.dictionary(text, value, { maxKeys: 3 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 64 }), (rows, pieceBytes) => {
        expect(rowsOf(JSON.stringify(rows), { pieceBytes })).toBe(rows.length);
      }),
    );
  });
});
