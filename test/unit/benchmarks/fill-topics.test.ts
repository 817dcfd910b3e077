import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../../benchmarks/fill-topics.ts';

describe('the record batches of a topic', () => {
  it('hold 208 kB each and go round the partitions', () => {
    const batches = batchesOf({ rowBytes: 208, partitions: 4 }, { from: 0, to: 2_000_000 });
    expect(batches.length).toBe(2000);
    expect(batches[5]).toEqual({ partition: 1, from: 5000, to: 6000 });
  });

  it.each([
    [1_200, 208, 2_000_000],
    [4, 100_000, 10_000],
    [4, 50, 20_000],
    [7, 208, 1_000],
  ])('give each of %d partitions its part, and each row of %d bytes to one of them', (partitions, rowBytes, rows) => {
    const batches = batchesOf({ rowBytes, partitions }, { from: 100, to: 100 + rows });
    let next = 100;
    const held = new Map<number, number>();
    for (const { partition, from, to } of batches) {
      expect(from).toBe(next);
      expect((to - from) * rowBytes).toBeLessThanOrEqual(208_000);
      next = to;
      held.set(partition, (held.get(partition) ?? 0) + to - from);
    }
    expect(next).toBe(100 + rows);
    expect(held.size).toBe(partitions);
  });
});
