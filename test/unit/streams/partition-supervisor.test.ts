import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../../src/core/errors.ts';
import { type RawValue, type RecordBatch } from '../../../src/core/record-batch.ts';
import { lagOf } from '../../../src/core/task-snapshot.ts';
import { batchOf, utf8 } from '../../support/records.ts';
import { createStreams, type Streams } from './support.ts';

const p0 = { topic: 'orders', partition: 0 };
const p1 = { topic: 'orders', partition: 1 };
const other = { topic: 'other', partition: 0 };

let streams: Streams;

beforeEach(() => {
  vi.useFakeTimers();
  streams = createStreams();
});

afterEach(() => {
  vi.useRealTimers();
});

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** An assignment whose positions Kafka tells at once. */
async function assign(generation: number, ...partitions: { topic: string; partition: number }[]): Promise<void> {
  streams.supervisor.assigned(generation, partitions);
  streams.source.asked.at(-1)?.succeed();
  await settled();
}

function envelope(
  partition: { topic: string; partition: number },
  firstOffset: number,
  count: number,
  generation = 1,
): RecordBatch<RawValue> {
  const values = Array.from({ length: count }, (_, index) => utf8(JSON.stringify({ id: firstOffset + index })));
  return batchOf<RawValue>(values, { ...partition, generation, firstOffset, bytes: 5 });
}

function deliver(
  partition: { topic: string; partition: number },
  firstOffset: number,
  count: number,
  generation = 1,
): void {
  streams.supervisor.batch(envelope(partition, firstOffset, count, generation), firstOffset + count);
}

const ranges = (): string[] =>
  streams.lane.ready.map(
    ({ topic, partition, firstOffset, nextOffset }) => `${topic}/${partition} [${firstOffset}..${nextOffset})`,
  );
const commits = (): string[] =>
  streams.source.commits.flatMap(({ positions }) =>
    positions.map(({ topic, partition, offset }) => `${topic}/${partition} ${offset}`),
  );

describe('PartitionSupervisor', () => {
  it('opens each partition where the group stands', async () => {
    streams.source.committedOffsets.set('orders/1', 42);
    await assign(1, p0, p1);
    expect([...streams.source.cursors]).toEqual([
      ['orders/0', 0],
      ['orders/1', 42],
    ]);
    expect(streams.logger.messages('info')).toEqual(['Assigned 2 partitions']);
  });

  it('loads and commits what comes in', async () => {
    await assign(1, p0);
    deliver(p0, 0, 3);
    deliver(p0, 3, 3);
    streams.lane.load();
    expect(commits()).toEqual(['orders/0 6']);
    expect(lagOf(streams.stats)).toBe(0);
  });

  it('asks again when Kafka does not tell the positions', async () => {
    streams.supervisor.assigned(1, [p0]);
    streams.source.asked[0]?.fail(new Error('no coordinator'));
    await settled();
    expect(streams.logger.messages('warn')).toEqual(['Asking Kafka for the committed offsets failed; trying again']);
    await vi.advanceTimersByTimeAsync(200);
    streams.source.asked[1]?.succeed();
    await settled();
    expect([...streams.source.cursors.keys()]).toEqual(['orders/0']);
    expect(streams.failures).toEqual([]);
  });

  it('gives up when the positions cannot be used', async () => {
    streams.supervisor.assigned(1, [p0]);
    const error = new ConfigError(['no usable committed offset']);
    streams.source.asked[0]?.fail(error);
    await settled();
    expect(streams.failures).toEqual([error]);
  });

  it('gives up when a partition cannot be built', async () => {
    const error = new ConfigError(['topic orders has no table']);
    streams.refused.set('orders', error);
    await assign(1, p0);
    expect(streams.failures).toEqual([error]);
  });

  it('passes on what the source cannot recover from', () => {
    const error = new Error('over');
    streams.supervisor.failed(error);
    expect(streams.failures).toEqual([error]);
  });

  describe('across a rebalance', () => {
    it('commits nothing between the loss of the partitions and the next assignment', async () => {
      await assign(1, p0, p1);
      deliver(p0, 0, 2);
      deliver(p0, 2, 2);
      streams.supervisor.rebalancing();
      streams.lane.load();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(commits()).toEqual([]);
      await assign(2, p1);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(commits()).toEqual([]);
    });

    it('starts kept partitions over from the committed position, whatever is loaded late', async () => {
      await assign(1, p0);
      deliver(p0, 0, 2);
      deliver(p0, 2, 2);
      await assign(2, p0);
      streams.lane.load();
      await settled();
      expect(commits()).toEqual([]);
      expect(streams.supervisor.actor('orders/0')?.position).toBe(0);
      deliver(p0, 0, 4, 2);
      deliver(p0, 4, 1, 2);
      expect(ranges()).toEqual(['orders/0 [0..5)']);
    });

    it('takes no envelope of an older generation, nor of a partition that is not open', async () => {
      await assign(1, p0);
      await assign(2, p0);
      deliver(p0, 0, 2, 1);
      deliver(p1, 0, 2, 2);
      expect(streams.credits.total).toBe(0);
      streams.supervisor.assigned(3, [p0]);
      deliver(p0, 0, 2, 3);
      expect(streams.credits.total).toBe(0);
    });

    it('does not open partitions whose positions come when they belong to somebody else', async () => {
      streams.supervisor.assigned(1, [p0]);
      streams.supervisor.assigned(2, [p1]);
      streams.source.asked[0]?.succeed();
      await settled();
      expect([...streams.source.cursors.keys()]).toEqual([]);
      streams.source.asked[1]?.succeed();
      await settled();
      expect([...streams.source.cursors.keys()]).toEqual(['orders/1']);
    });

    it('does not open partitions whose positions come when they are being taken away', async () => {
      streams.supervisor.assigned(1, [p0]);
      streams.supervisor.rebalancing();
      streams.source.asked[0]?.succeed();
      await settled();
      expect([...streams.source.cursors.keys()]).toEqual([]);
      deliver(p0, 0, 9);
      expect(streams.credits.total).toBe(0);
    });

    it('does not ask on for the positions of an older generation', async () => {
      streams.supervisor.assigned(1, [p0]);
      streams.source.asked[0]?.fail(new Error('no coordinator'));
      await settled();
      streams.supervisor.assigned(2, []);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(streams.source.asked).toHaveLength(1);
      expect(streams.failures).toEqual([]);
    });

    it('gives back everything that the partitions held', async () => {
      await assign(1, p0, p1);
      deliver(p0, 0, 2);
      deliver(p1, 0, 2);
      deliver(p1, 2, 2);
      streams.supervisor.assigned(2, []);
      expect(streams.credits.total).toBe(0);
      expect(streams.lane.admitted).toBe(0);
      expect(lagOf(streams.stats)).toBe(0);
    });
  });

  describe('when Kafka goes back to an earlier offset', () => {
    it('starts the partition over from there', async () => {
      streams.source.committedOffsets.set('orders/0', 100);
      await assign(1, p0);
      deliver(p0, 100, 2);
      deliver(p0, 0, 3);
      deliver(p0, 3, 2);
      expect(streams.logger.messages('warn')).toEqual([
        'Kafka went back to an earlier offset: the topic was made anew, or its records expired. Starting the partition over from there',
      ]);
      expect(ranges()).toEqual(['orders/0 [0..5)']);
      streams.lane.load();
      expect(commits()).toEqual(['orders/0 5']);
    });

    it('reads again from where the loaded records end, when that is earlier still', async () => {
      await assign(1, p0);
      deliver(p0, 0, 2);
      deliver(p0, 2, 2);
      deliver(p0, 4, 2);
      // None of the six is loaded, and they end with their actor.
      deliver(p0, 3, 9);
      expect(streams.source.cursors.get('orders/0')).toBe(0);
      expect(streams.credits.total).toBe(0);
      deliver(p0, 0, 6);
      deliver(p0, 6, 1);
      streams.lane.load();
      streams.lane.load();
      expect(commits()).toEqual(['orders/0 7']);
    });

    it('has no use for what was loaded of the old topic', async () => {
      await assign(1, p0);
      deliver(p0, 0, 50);
      deliver(p0, 50, 50);
      deliver(p0, 0, 3);
      streams.lane.load();
      expect(commits()).toEqual([]);
    });
  });

  it.each([
    ['ahead of', 7],
    ['behind', 1],
  ])(
    'takes no control records %s what it has: the client may deliver them from before a rebalance',
    async (_, offset) => {
      await assign(1, p0);
      deliver(p0, 0, 3);
      streams.supervisor.batch(batchOf<RawValue>([], { ...p0, firstOffset: offset, nextOffset: offset + 1 }), 9);
      deliver(p0, 3, 2);
      expect(ranges()).toEqual(['orders/0 [0..5)']);
      streams.lane.load();
      expect(commits()).toEqual(['orders/0 5']);
      expect(streams.logger.messages('warn')).toEqual([]);
    },
  );

  it('passes control records that follow', async () => {
    await assign(1, p0);
    deliver(p0, 0, 2);
    streams.supervisor.batch(batchOf<RawValue>([], { ...p0, firstOffset: 2, nextOffset: 4, bytes: 0 }), 4);
    streams.lane.demand();
    streams.lane.load();
    expect(commits()).toEqual(['orders/0 4']);
    expect(lagOf(streams.stats)).toBe(0);
  });

  it('pauses the partitions of a stopped lane, and those that come to it later', async () => {
    await assign(1, p0, other);
    streams.stopped.add('orders');
    streams.supervisor.pauseTopics((topic) => topic === 'orders');
    expect([...streams.source.paused]).toEqual(['orders/0']);
    streams.source.paused.clear();
    await assign(2, p0, p1, other);
    expect([...streams.source.paused]).toEqual(['orders/0', 'orders/1']);
  });

  it('pauses a partition that holds too much, and lets it go on', async () => {
    streams = createStreams({ budget: 10, flushBytes: 5 });
    await assign(1, p0);
    deliver(p0, 0, 1);
    deliver(p0, 1, 1);
    expect([...streams.source.paused]).toEqual(['orders/0']);
    streams.lane.load();
    expect([...streams.source.paused]).toEqual([]);
  });

  describe('drain', () => {
    it('flushes the tails, waits for the loads and commits before it ends', async () => {
      await assign(1, p0, p1);
      deliver(p0, 0, 2);
      deliver(p1, 0, 7);
      const drained = vi.fn();
      const draining = streams.supervisor.drain().then(drained);
      expect(ranges()).toEqual(['orders/0 [0..2)', 'orders/1 [0..7)']);
      streams.lane.load();
      streams.source.commits[0]?.succeed();
      await settled();
      streams.lane.load();
      await settled();
      expect(drained).not.toHaveBeenCalled();
      streams.source.commits[1]?.succeed();
      await draining;
      expect(drained).toHaveBeenCalledWith({ unfinished: [], committed: true });
      expect([...streams.source.committedOffsets]).toEqual([
        ['orders/0', 2],
        ['orders/1', 7],
      ]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('gives up after its time, names the partitions that did not finish, and commits the others', async () => {
      await assign(1, p0, p1);
      deliver(p0, 0, 2);
      deliver(p1, 0, 2);
      const draining = streams.supervisor.drain();
      streams.lane.load(1);
      await vi.advanceTimersByTimeAsync(5000);
      streams.source.commits[0]?.succeed();
      await expect(draining).resolves.toEqual({ unfinished: ['orders/0'], committed: true });
      expect([...streams.source.committedOffsets]).toEqual([['orders/1', 2]]);
    });

    it('does not wait for a lane that has stopped', async () => {
      await assign(1, p0, other);
      deliver(p0, 0, 2);
      deliver(other, 0, 2);
      streams.stopped.add('orders');
      const draining = streams.supervisor.drain();
      streams.lane.load();
      await settled();
      streams.source.commits[0]?.succeed();
      await draining;
      expect([...streams.source.committedOffsets]).toEqual([['other/0', 2]]);
    });

    it('does not wait any longer for a lane that stops meanwhile', async () => {
      await assign(1, p0);
      deliver(p0, 0, 2);
      const draining = streams.supervisor.drain();
      await settled();
      streams.stopped.add('orders');
      streams.supervisor.pauseTopics((topic) => topic === 'orders');
      streams.supervisor.disposeTopics((topic) => topic === 'orders');
      await draining;
      expect(commits()).toEqual([]);
      expect(streams.credits.total).toBe(0);
    });
  });

  it('ends everything at once when it is closed, and opens nothing any more', async () => {
    await assign(1, p0);
    deliver(p0, 0, 2);
    deliver(p0, 2, 2);
    streams.supervisor.close();
    streams.lane.load();
    await assign(2, p0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(commits()).toEqual([]);
    expect(streams.credits.total).toBe(0);
    expect(streams.supervisor.actor('orders/0')).toBeUndefined();
  });
});
