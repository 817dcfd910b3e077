import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROW_BYTES, rowText, timesIn } from '../../../benchmarks/rows.ts';

describe('a row of the benchmark', () => {
  it.each([0, 7, 1_999_999, 99_999_999])('%d is JSON of exactly 208 bytes', (id) => {
    const text = rowText(id, 1_700_000_000_000);
    expect(Buffer.byteLength(text)).toBe(ROW_BYTES);
    expect(JSON.parse(text)).toMatchObject({ id, ts: 1_700_000_000_000 });
  });

  it.each([50, 149, 150, 2_000, 500_000])('can be JSON of exactly %d bytes', (bytes) => {
    for (const id of [0, 99_999_999]) {
      const text = rowText(id, 1_700_000_000_000, bytes);
      expect(Buffer.byteLength(text)).toBe(bytes);
      expect(JSON.parse(text)).toMatchObject({ id, ts: 1_700_000_000_000 });
    }
  });

  it.each([208, 100_000])('of %d bytes is to a compression what text is, not one letter over and over', (bytes) => {
    const rows = Array.from({ length: Math.ceil(200_000 / bytes) }, (_, id) => rowText(id, 1_700_000_000_000, bytes));
    const text = Buffer.from(rows.join(''));
    const share = gzipSync(text).length / text.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.5);
  });

  it('carries a time that is found in a load body', () => {
    const rows = [1_700_000_000_001, 1_700_000_000_002].map((ts, id) => rowText(id, ts));
    expect(timesIn(`[${rows.join(',')}]`)).toEqual([1_700_000_000_001, 1_700_000_000_002]);
  });
});
