import { describe, expect, it } from 'vitest';
import { describeWorkload, difference, startsOf, type Workload, workloadsOf } from '../../../benchmarks/workload.ts';

const base: Workload = { rows: 2_000_000, rowBytes: 208, partitions: 4, topics: 1, codec: 'none' };

describe('the workloads of a run', () => {
  it('are the base, and the base with one thing changed at a time', () => {
    expect(
      workloadsOf({
        rows: [2_000_000],
        rowBytes: [208, 50],
        partitions: [4, 1200],
        topics: [1, 100],
        codec: ['none', 'lz4'],
      }),
    ).toEqual([
      base,
      { ...base, rowBytes: 50 },
      { ...base, partitions: 1200 },
      { ...base, topics: 100 },
      { ...base, codec: 'lz4' },
    ]);
  });

  it('have fewer rows where these are large: 1 GB of them at most', () => {
    const [small, large, huge] = workloadsOf({
      rows: [2_000_000],
      rowBytes: [499, 2_000, 100_000],
      partitions: [4],
      topics: [1],
      codec: ['none'],
    });
    expect([small, large, huge].map((workload) => workload?.rows)).toEqual([2_000_000, 500_000, 10_000]);
  });

  it('have a start of hardly any rows for each number of partitions and topics', () => {
    const large = { ...base, rowBytes: 100_000, codec: 'lz4' as const };
    expect(startsOf([base, large, { ...base, partitions: 1200 }, { ...base, topics: 100 }])).toEqual([
      { ...base, rows: 1000 },
      { ...base, rows: 1000, partitions: 1200 },
      { ...base, rows: 1000, topics: 100 },
    ]);
  });

  it('say what they are', () => {
    expect(describeWorkload(base)).toBe('2,000,000 rows of 208 bytes, 4 partitions, 1 topic, not compressed');
    expect(describeWorkload({ ...base, topics: 100, codec: 'zstd' })).toBe(
      '2,000,000 rows of 208 bytes, 4 partitions each, 100 topics, zstd',
    );
  });

  it.each([
    [{ codec: 'gzip' as const }, 'gzip'],
    [{ partitions: 1200 }, '1,200 partitions'],
    [{ topics: 100 }, '100 topics'],
    [{ rows: 10_000, rowBytes: 100_000 }, 'rows of 100,000 bytes, 10,000 rows'],
  ])('say that they differ from their base in %j', (change, text) => {
    expect(difference({ ...base, ...change }, base)).toBe(text);
  });
});
