import { describe, expect, it } from 'vitest';
import { ROW_BYTES, rowText, timesIn } from '../../../benchmarks/workload.ts';

describe('a row of the benchmark', () => {
  it.each([0, 7, 1_999_999, 99_999_999])('%d is JSON of exactly 208 bytes', (id) => {
    const text = rowText(id, 1_700_000_000_000);
    expect(Buffer.byteLength(text)).toBe(ROW_BYTES);
    expect(JSON.parse(text)).toMatchObject({ id, ts: 1_700_000_000_000 });
  });

  it('carries a time that is found in a load body', () => {
    const rows = [1_700_000_000_001, 1_700_000_000_002].map((ts, id) => rowText(id, ts));
    expect(timesIn(`[${rows.join(',')}]`)).toEqual([1_700_000_000_001, 1_700_000_000_002]);
  });
});
