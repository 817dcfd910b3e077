import { describe, expect, it } from 'vitest';
import { putFailure } from '../../../src/core/dead-letter.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { type DeadLetter } from '../../../src/core/record-batch.ts';
import { lagOf } from '../../../src/core/task-snapshot.ts';
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
    expect(lagOf(stats)).toBe(12);
    stats.progress(p0, { position: 15 });
    expect(lagOf(stats)).toBe(7);
  });

  it('is not behind where only one of the two is known', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 10 });
    stats.progress(p1, { end: 10 });
    expect(lagOf(stats)).toBe(0);
  });

  it('is never behind by less than nothing', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 12 });
    stats.progress(p0, { end: 10 });
    expect(lagOf(stats)).toBe(0);
  });

  it('forgets the partitions that it had', () => {
    const stats = new TaskStats();
    stats.progress(p0, { position: 0 });
    stats.progress(p0, { end: 10 });
    stats.forgetPartitions();
    expect(lagOf(stats)).toBe(0);
  });

  it('remembers the last 20 loads of each table, and counts all of its rows', () => {
    const stats = new TaskStats();
    for (let rows = 1; rows <= 25; rows++) stats.loaded({ table: 'a', rows, filtered: 1, bytes: 10 * rows, ms: rows });
    stats.loaded({ table: 'b', rows: 7, filtered: 0, bytes: 70, ms: 5 });
    const { rows, loads } = stats.loadedInto('a');
    expect(rows).toBe((25 * 26) / 2 - 25);
    expect(loads.map((load) => load.rows)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
    expect(stats.loadedInto('b').loads).toEqual([
      { at: expect.any(Number) as number, rows: 7, filtered: 0, bytes: 70, ms: 5 },
    ]);
    expect(stats.loadedTables).toEqual(['a', 'b']);
    expect(stats.loadedInto('c')).toEqual({ rows: 0, loads: [] });
  });

  it('remembers the last 20 failures, and counts those that are said again in other numbers only', () => {
    const stats = new TaskStats();
    for (const message of ['too many versions: 1001', 'too many versions: 1002']) stats.failed('a', message);
    stats.failed('b', 'too many versions: 1003');
    stats.failed('a', 'no FE answers');
    expect(stats.failures).toMatchObject([
      { table: 'a', message: 'too many versions: 1002', times: 2 },
      { table: 'b', times: 1 },
      { table: 'a', message: 'no FE answers', times: 1 },
    ]);
    for (let table = 0; table < 30; table++) stats.failed(`t${table}`, 'no');
    expect(stats.failures).toHaveLength(20);
  });

  it('remembers where the last 20 bad records stand and why they are bad, never what is in them', () => {
    const stats = new TaskStats();
    stats.setApart(Array.from({ length: 25 }, (_, offset) => letter(offset)));
    stats.setApart([letter(25)]);
    expect(stats.badRecords).toBe(26);
    expect(stats.lastBadRecords).toHaveLength(20);
    expect(stats.lastBadRecords.at(-1)).toEqual({
      at: expect.any(Number) as number,
      topic: 't',
      partition: 0,
      offset: 25,
      reason: 'it is no JSON',
    });
  });
});

function letter(offset: number): DeadLetter {
  const record = { ...p0, offset, timestamp: -1, key: null, value: Buffer.from('secret'), headers: {} };
  return putFailure(record, new RecordError(record, 'it is no JSON'));
}
