import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchOf, utf8 } from '../../support/records.ts';
import { createStreams, type Streams } from './support.ts';

const p0 = { topic: 'orders', partition: 0 };
const p1 = { topic: 'orders', partition: 1 };

let streams: Streams;

beforeEach(() => {
  vi.useFakeTimers();
  streams = createStreams({ drainMs: 5000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

async function assign(generation: number, ...partitions: { topic: string; partition: number }[]): Promise<void> {
  streams.supervisor.assigned(generation, partitions);
  streams.source.asked.at(-1)?.succeed();
  await settled();
}

function deliver(firstOffset: number, count: number, generation = 1): void {
  const values = Array.from({ length: count }, (_, index) => utf8(JSON.stringify({ id: firstOffset + index })));
  streams.supervisor.batch(batchOf(values, { ...p0, generation, firstOffset, bytes: 5 }), firstOffset + count);
}

/** Loads what the lane has, and lets Kafka take every commit. */
async function finish(): Promise<void> {
  streams.lane.load();
  await settled();
  for (const commit of streams.source.commits) commit.succeed();
  await settled();
}

describe('a paused task', () => {
  it('loads and commits what was read, then holds its partitions in the client and has nothing in flight', async () => {
    await assign(1, p0, p1);
    deliver(0, 1);
    const paused = streams.supervisor.pause();
    await settled();
    await finish();
    await paused;
    expect(streams.source.committedOffsets.get('orders/0')).toBe(1);
    expect([...streams.source.paused]).toEqual(['orders/0', 'orders/1']);
    expect(streams.supervisor.actor('orders/0')).toBeUndefined();
    expect(streams.credits.total).toBe(0);
  });

  it('takes nothing that arrives late', async () => {
    await assign(1, p0);
    await streams.supervisor.pause();
    deliver(0, 10);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(streams.lane.ready).toEqual([]);
  });

  it('goes on where it was, in the same generation, when everything had been loaded', async () => {
    await assign(1, p0);
    deliver(0, 1);
    const paused = streams.supervisor.pause();
    await settled();
    await finish();
    await paused;
    await streams.supervisor.resume();
    streams.source.asked.at(-1)?.succeed();
    await settled();
    expect([...streams.source.paused]).toEqual([]);
    expect(streams.source.cursors.get('orders/0')).toBe(1);
    expect(streams.source.joins).toBe(0);
    deliver(1, 4);
    deliver(5, 1);
    expect(streams.lane.ready.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset])).toEqual([[1, 6]]);
  });

  it('joins its group anew when a load had to be cut: only a new generation keeps out what that may still do', async () => {
    await assign(1, p0);
    deliver(0, 3);
    deliver(3, 3);
    const paused = streams.supervisor.pause();
    await vi.advanceTimersByTimeAsync(5000);
    await paused;
    expect(streams.lane.ready.every(({ signal }) => signal.aborted)).toBe(true);
    await streams.supervisor.resume();
    expect(streams.source.joins).toBe(1);
    await assign(2, p0);
    expect(streams.source.cursors.get('orders/0')).toBe(0);
  });

  it('holds also what a rebalance brings, and opens that when it goes on', async () => {
    await assign(1, p0);
    await streams.supervisor.pause();
    streams.supervisor.rebalancing();
    streams.source.paused.clear();
    streams.supervisor.assigned(2, [p1]);
    await settled();
    expect([...streams.source.paused]).toEqual(['orders/1']);
    expect(streams.source.asked).toHaveLength(1);
    await streams.supervisor.resume();
    streams.source.asked.at(-1)?.succeed();
    await settled();
    expect([...streams.source.cursors.keys()]).toEqual(['orders/0', 'orders/1']);
    expect([...streams.source.paused]).toEqual([]);
  });

  it('may be paused before it starts', async () => {
    await streams.supervisor.pause();
    streams.supervisor.assigned(1, [p0]);
    await settled();
    expect([...streams.source.paused]).toEqual(['orders/0']);
    expect(streams.source.asked).toEqual([]);
  });

  it('ends without waiting for anything', async () => {
    await assign(1, p0);
    await streams.supervisor.pause();
    const started = Date.now();
    expect(await streams.supervisor.drain()).toMatchObject({ unfinished: [] });
    expect(Date.now() - started).toBe(0);
  });

  it('is not opened by a resume that nobody paused for', async () => {
    await assign(1, p0);
    await streams.supervisor.resume();
    expect(streams.source.asked).toHaveLength(1);
  });
});
