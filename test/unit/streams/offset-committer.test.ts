import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { OffsetCommitter } from '../../../src/streams/offset-committer.ts';
import { type Position } from '../../../src/streams/source.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const at = (partition: number, offset: number): Position => ({ topic: 't', partition, offset });

let source: FakeSource;
let stats: TaskStats;
let logger: RecordingLogger;
let committer: OffsetCommitter;

const asked = (): Position[][] => source.commits.map(({ positions }) => [...positions]);
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  source = new FakeSource();
  stats = new TaskStats();
  logger = new RecordingLogger();
  committer = new OffsetCommitter({ source, positionDelayMs: 0, stats, logger });
  committer.resume();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('OffsetCommitter', () => {
  it('commits a position at once', async () => {
    committer.update(at(0, 5));
    expect(asked()).toEqual([[at(0, 5)]]);
    source.commits[0]?.succeed();
    await settled();
    expect(stats.commits).toBe(1);
    expect(asked()).toHaveLength(1);
  });

  it('has one commit under way, and gathers the newest positions of all partitions meanwhile', async () => {
    committer.update(at(0, 5));
    committer.update(at(0, 6));
    committer.update(at(1, 3));
    committer.update(at(0, 7));
    await settled();
    expect(asked()).toEqual([[at(0, 5)]]);
    source.commits[0]?.succeed();
    await settled();
    expect(asked()).toEqual([[at(0, 5)], [at(0, 7), at(1, 3)]]);
  });

  it('tries a failed commit again later, with what came meanwhile', async () => {
    committer.update(at(0, 5));
    committer.update(at(1, 1));
    source.commits[0]?.fail(new Error('coordinator is loading'));
    await settled();
    committer.update(at(1, 2));
    expect(asked()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked().slice(1)).toEqual([[at(1, 2), at(0, 5)]]);
    expect(logger.messages('warn')).toEqual(['Committing offsets failed; trying again']);
    expect(logger.entries[0]?.facts).toEqual({ error: 'coordinator is loading', failures: 1 });
  });

  it('does not put a failed position in the place of a newer one', async () => {
    committer.update(at(0, 5));
    committer.update(at(0, 9));
    source.commits[0]?.fail();
    await vi.advanceTimersByTimeAsync(200);
    expect(asked().slice(1)).toEqual([[at(0, 9)]]);
  });

  it('waits longer from one failure to the next', async () => {
    committer.update(at(0, 5));
    for (let failures = 1; failures <= 6; failures++) {
      source.commits.at(-1)?.fail();
      await settled();
      expect(logger.entries.at(-1)?.facts).toMatchObject({ failures });
      await vi.advanceTimersByTimeAsync(200 * 2 ** failures);
      expect(asked()).toHaveLength(failures + 1);
    }
  });

  it('commits nothing while it is suspended, and forgets what was to be committed', async () => {
    committer.suspend();
    committer.update(at(0, 5));
    await committer.flush();
    expect(asked()).toEqual([]);
    committer.suspend();
    committer.resume();
    committer.update(at(1, 1));
    expect(asked()).toEqual([[at(1, 1)]]);
  });

  it('commits nothing before the first assignment', async () => {
    const fresh = new OffsetCommitter({ source, positionDelayMs: 0, stats, logger });
    fresh.update(at(0, 5));
    await fresh.flush();
    expect(asked()).toEqual([]);
  });

  it('gives up a retry when it is suspended', async () => {
    committer.update(at(0, 5));
    source.commits[0]?.fail();
    await settled();
    committer.suspend();
    expect(vi.getTimerCount()).toBe(0);
    committer.resume();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(1);
  });

  it('never takes a position of one generation into the next, also when its commit fails only then', async () => {
    committer.update(at(0, 5));
    committer.suspend();
    committer.resume();
    source.commits[0]?.fail();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(1);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('commits what came in the new generation once the last commit of the old one has ended', async () => {
    committer.update(at(0, 5));
    committer.suspend();
    committer.resume();
    committer.update(at(1, 7));
    expect(asked()).toHaveLength(1);
    source.commits[0]?.fail();
    await settled();
    expect(asked().slice(1)).toEqual([[at(1, 7)]]);
  });

  describe('flush', () => {
    it('waits for the commit under way and then commits the rest', async () => {
      committer.update(at(0, 5));
      committer.update(at(0, 6));
      const done = vi.fn();
      const flushed = committer.flush().then(done);
      await settled();
      expect(done).not.toHaveBeenCalled();
      source.commits[0]?.succeed();
      await settled();
      expect(asked().slice(1)).toEqual([[at(0, 6)]]);
      expect(done).not.toHaveBeenCalled();
      source.commits[1]?.succeed();
      await flushed;
      expect(source.committedOffsets.get('t/0')).toBe(6);
    });

    it('returns at once when there is nothing', async () => {
      await committer.flush();
      expect(asked()).toEqual([]);
    });

    it('commits what a failed commit had left, without waiting for its retry', async () => {
      committer.update(at(0, 5));
      source.commits[0]?.fail();
      await settled();
      const flushed = committer.flush();
      await settled();
      expect(asked()).toHaveLength(2);
      source.commits[1]?.succeed();
      await flushed;
    });

    it('tries once and does not wait for ever', async () => {
      committer.update(at(0, 5));
      const flushed = committer.flush();
      source.commits[0]?.fail();
      await settled();
      source.commits[1]?.fail();
      await flushed;
      expect(asked()).toHaveLength(2);
    });
  });
});
