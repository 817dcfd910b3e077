import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotTakenError } from '../../../src/core/errors.ts';
import { type LoadIntent, type OffsetRange } from '../../../src/core/load-decisions.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { readDecision } from '../../../src/streams/decision-metadata.ts';
import { OffsetCommitter } from '../../../src/streams/offset-committer.ts';
import { type Position } from '../../../src/streams/source.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const NOW = 1_700_000_000_000;
const DELAY = 1_000;
const at = (partition: number, offset: number): Position => ({ topic: 't', partition, offset });
const range = (partition: number, firstOffset: number, nextOffset: number): OffsetRange => ({
  topic: 't',
  partition,
  firstOffset,
  nextOffset,
});
const load = (label: string): LoadIntent => ({ label, database: 'db', table: 'orders' });

let source: FakeSource;
let stats: TaskStats;
let logger: RecordingLogger;
let committer: OffsetCommitter;

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const movedOn = new NotTakenError('The group is between two generations.');

/** The requests so far; each entry as "partition offset", and what the metadata says. */
const asked = (): string[][] =>
  source.commits.map(({ positions }) =>
    positions.map(({ partition, offset, metadata = '' }) => {
      const decision = readDecision(metadata);
      return decision
        ? `${partition} ${offset} ${decision.state} ${decision.label} ..${decision.nextOffset}`
        : `${partition} ${offset}`;
    }),
  );

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  source = new FakeSource();
  stats = new TaskStats();
  logger = new RecordingLogger();
  committer = new OffsetCommitter({ source, positionDelayMs: DELAY, stats, logger });
  committer.resume();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('OffsetCommitter, for loads in two phases', () => {
  it('writes an intent and a decision at once, with all that a successor needs', async () => {
    const done = vi.fn();
    const opened = committer.open([range(0, 5, 9)], { ...load('l1'), deadLetterEnds: [3, 4] }).then(done);
    const [commit] = source.commits;
    expect(commit?.positions).toEqual([{ ...at(0, 5), metadata: expect.any(String) as string }]);
    expect(readDecision(commit?.positions[0]?.metadata ?? '')).toEqual({
      ...load('l1'),
      state: 'open',
      nextOffset: 9,
      time: NOW,
      deadLetterEnds: [3, 4],
    });
    await settled();
    expect(done).not.toHaveBeenCalled();
    commit?.succeed();
    await opened;
    const decided = committer.decide([range(0, 5, 9)], load('l1'));
    expect(asked()[1]).toEqual(['0 5 decided l1 ..9']);
    source.commits[1]?.succeed();
    await decided;
    expect(stats.commits).toBe(2);
  });

  it('writes one entry for the ranges of a partition: from where the first begins to where the last ends', () => {
    void committer.open([range(0, 5, 9), range(1, 2, 3), range(0, 9, 12)], load('l1'));
    expect(asked()).toEqual([['0 5 open l1 ..12', '1 2 open l1 ..3']]);
  });

  it('gathers loads of different partitions into one request while another is under way', async () => {
    const first = committer.open([range(0, 0, 1)], load('l1'));
    const second = committer.open([range(1, 0, 1)], load('l2'));
    const third = committer.decide([range(2, 0, 1)], load('l3'));
    expect(asked()).toHaveLength(1);
    source.commits[0]?.succeed();
    await first;
    await settled();
    expect(asked().slice(1)).toEqual([['1 0 open l2 ..1', '2 0 decided l3 ..1']]);
    source.commits[1]?.succeed();
    await Promise.all([second, third]);
    expect(stats.commits).toBe(2);
  });

  it('never puts two entries of a partition into one request, nor in another order than they were asked for', async () => {
    void committer.open([range(9, 0, 1)], load('first'));
    void committer.open([range(0, 0, 5), range(1, 0, 5)], load('l1'));
    void committer.open([range(1, 0, 7)], load('l2'));
    void committer.open([range(2, 0, 3)], load('l3'));
    for (let index = 0; index < 2; index++) {
      source.commits[index]?.succeed();
      await settled();
    }
    expect(asked().slice(1)).toEqual([
      ['0 0 open l1 ..5', '1 0 open l1 ..5'],
      ['1 0 open l2 ..7', '2 0 open l3 ..3'],
    ]);
  });

  it('tells the loads of a request that fails, repeats none of them, and goes on with the next', async () => {
    const first = committer.open([range(0, 0, 1)], load('l1'));
    const second = committer.open([range(1, 0, 1)], load('l2'));
    const error = new Error('the group has moved on');
    source.commits[0]?.fail(error);
    await expect(first).rejects.toBe(error);
    await settled();
    expect(asked().slice(1)).toEqual([['1 0 open l2 ..1']]);
    source.commits[1]?.succeed();
    await second;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toHaveLength(2);
    expect(stats.commits).toBe(1);
    expect(logger.entries).toEqual([]);
  });

  describe('a loaded position', () => {
    it('waits for a while', async () => {
      committer.update(at(0, 5));
      await vi.advanceTimersByTimeAsync(DELAY - 1);
      expect(asked()).toEqual([]);
      committer.update(at(1, 7));
      await vi.advanceTimersByTimeAsync(1);
      expect(asked()).toEqual([['0 5', '1 7']]);
    });

    it('needs no commit of its own when the next load of its partition carries it', async () => {
      committer.update(at(0, 5));
      void committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.succeed();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked()).toEqual([['0 5 open l1 ..9']]);
    });

    it('waits its own while when the one before was carried', async () => {
      committer.update(at(0, 5));
      void committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.succeed();
      // The delay of the first position ends, and there is nothing left to commit.
      await vi.advanceTimersByTimeAsync(DELAY);
      committer.update(at(0, 9));
      await vi.advanceTimersByTimeAsync(DELAY - 1);
      expect(asked()).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(asked().slice(1)).toEqual([['0 9']]);
    });

    it('goes without metadata in the same request as the loads of other partitions', async () => {
      committer.update(at(0, 5));
      void committer.open([range(1, 0, 2)], load('l1'));
      await vi.advanceTimersByTimeAsync(DELAY);
      void committer.open([range(2, 0, 2)], load('l2'));
      source.commits[0]?.succeed();
      await settled();
      expect(asked().slice(1)).toEqual([['2 0 open l2 ..2', '0 5']]);
      expect(source.commits[1]?.positions[1]).toEqual(at(0, 5));
    });

    it('does not go early with a load that is quicker', () => {
      committer.update(at(0, 5));
      void committer.open([range(1, 0, 2)], load('l1'));
      expect(asked()).toEqual([['1 0 open l1 ..2']]);
    });

    it('takes the place of the intent once its load has ended', async () => {
      void committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.succeed();
      await settled();
      void committer.decide([range(0, 5, 9)], load('l1'));
      source.commits[1]?.succeed();
      await settled();
      committer.update(at(0, 9));
      await vi.advanceTimersByTimeAsync(DELAY);
      source.commits[2]?.succeed();
      await settled();
      expect(source.committedOffsets.get('t/0')).toBe(9);
      expect(source.metadata.get('t/0')).toBe('');
    });

    it('is tried again when its commit fails, and the loads of that request are not', async () => {
      committer.update(at(0, 5));
      void committer.open([range(9, 0, 1)], load('first'));
      await vi.advanceTimersByTimeAsync(DELAY);
      const opened = committer.open([range(1, 0, 2)], load('l1'));
      source.commits[0]?.succeed();
      await settled();
      source.commits[1]?.fail();
      await expect(opened).rejects.toThrow('the group has moved on');
      await vi.advanceTimersByTimeAsync(200);
      expect(asked().slice(1)).toEqual([['1 0 open l1 ..2', '0 5'], ['0 5']]);
      expect(logger.messages('warn')).toEqual(['Committing offsets failed; trying again']);
    });

    it('is not written over the intent that came while its commit was failing', async () => {
      committer.update(at(0, 5));
      await vi.advanceTimersByTimeAsync(DELAY);
      void committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.fail();
      await settled();
      source.commits[1]?.succeed();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked()).toEqual([['0 5'], ['0 5 open l1 ..9']]);
    });

    it('is not written over an intent whose own commit failed: it may stand there all the same', async () => {
      committer.update(at(0, 5));
      await vi.advanceTimersByTimeAsync(DELAY);
      const opened = committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.fail();
      await settled();
      source.commits[1]?.fail();
      await expect(opened).rejects.toThrow('the group has moved on');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked()).toHaveLength(2);
    });
  });

  describe('between two generations', () => {
    it('takes no intent and no decision', async () => {
      committer.suspend();
      await expect(committer.open([range(0, 0, 1)], load('l1'))).rejects.toEqual(movedOn);
      await expect(committer.decide([range(0, 0, 1)], load('l1'))).rejects.toEqual(movedOn);
      expect(asked()).toEqual([]);
    });

    it('gives up those that wait, and never writes them afterwards', async () => {
      void committer.open([range(0, 0, 1)], load('l1'));
      const waiting = committer.decide([range(1, 0, 1)], load('l2'));
      committer.suspend();
      await expect(waiting).rejects.toEqual(movedOn);
      committer.resume();
      source.commits[0]?.succeed();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked()).toHaveLength(1);
    });

    it('tells how the one under way ended', async () => {
      const taken = committer.open([range(0, 0, 1)], load('l1'));
      committer.suspend();
      source.commits[0]?.succeed();
      await expect(taken).resolves.toBeUndefined();
      committer.resume();
      const refused = committer.open([range(0, 0, 1)], load('l2'));
      committer.suspend();
      source.commits[1]?.fail();
      await expect(refused).rejects.toThrow('the group has moved on');
    });

    it('forgets which partitions were in loads', async () => {
      void committer.open([range(0, 0, 5)], load('l1'));
      source.commits[0]?.succeed();
      await settled();
      committer.suspend();
      committer.resume();
      committer.update(at(0, 5));
      await vi.advanceTimersByTimeAsync(DELAY);
      source.commits[1]?.fail();
      await vi.advanceTimersByTimeAsync(200);
      expect(asked().slice(1)).toEqual([['0 5'], ['0 5']]);
    });
  });

  describe('flush', () => {
    it('commits a position that still waits, after what is under way', async () => {
      void committer.open([range(1, 0, 1)], load('l1'));
      committer.update(at(0, 5));
      const flushed = committer.flush();
      await settled();
      expect(asked()).toHaveLength(1);
      source.commits[0]?.succeed();
      await settled();
      expect(asked().slice(1)).toEqual([['0 5']]);
      source.commits[1]?.succeed();
      await flushed;
      expect(vi.getTimerCount()).toBe(0);
    });

    it('leaves the intents of loads that have not ended where they are', async () => {
      void committer.open([range(0, 5, 9)], load('l1'));
      source.commits[0]?.succeed();
      await settled();
      await committer.flush();
      expect(asked()).toHaveLength(1);
    });
  });

  it('refuses an intent that Kafka would not store', async () => {
    const long = { ...load('l1'), deadLetterEnds: Array.from({ length: 4_000 }, () => 1) };
    await expect(async () => committer.open([range(0, 0, 1)], long)).rejects.toThrow(RangeError);
    expect(asked()).toEqual([]);
  });
});
