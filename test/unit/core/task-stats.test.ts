import { describe, expect, it } from 'vitest';
import { TaskStats } from '../../../src/core/task-stats.ts';

const p0 = { topic: 't', partition: 0 };
const p1 = { topic: 't', partition: 1 };

describe('TaskStats', () => {
  it('adds up how far the partitions are behind', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 10 });
    stats.progress(p0, { end: 15 });
    stats.progress(p1, { position: 0 });
    stats.progress(p1, { end: 7 });
    expect(stats.lag).toBe(12);
    stats.progress(p0, { position: 15 });
    expect(stats.lag).toBe(7);
  });

  it('is not behind where only one of the two is known', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 10 });
    stats.progress(p1, { end: 10 });
    expect(stats.lag).toBe(0);
  });

  it('is never behind by less than nothing', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 12 });
    stats.progress(p0, { end: 10 });
    expect(stats.lag).toBe(0);
  });

  it('forgets the partitions that it had', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 0 });
    stats.progress(p0, { end: 10 });
    stats.forgetPartitions();
    expect(stats.lag).toBe(0);
  });
});
