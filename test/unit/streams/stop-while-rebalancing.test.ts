import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TopicPartition } from '../../../src/core/record-batch.ts';
import { writeDecision } from '../../../src/streams/decision-metadata.ts';
import { createStreams, type Streams } from './support.ts';

const partition: TopicPartition = { topic: 'orders', partition: 0 };
const decided = writeDecision({
  state: 'decided',
  label: 'l1',
  database: 'db',
  table: 't',
  nextOffset: 7,
  time: 1_700_000_000_000,
});

let streams: Streams;
beforeEach(async () => {
  vi.useFakeTimers();
  streams = createStreams({ recover: () => Promise.resolve({ kind: 'loaded' }) });
  streams.supervisor.assigned(1, [partition]);
  streams.source.asked[0]?.succeed();
  await settled();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets everything happen that needs no time. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('a stop while the partitions are handed out anew', () => {
  it('waits until it has them, and commits plainly where a decided load ends, without reading on', async () => {
    streams.supervisor.rebalancing();
    const drained = vi.fn();
    const draining = streams.supervisor.drain().then(drained);
    await settled();
    streams.source.cursors.clear();
    streams.source.committedOffsets.set('orders/0', 3);
    streams.source.metadata.set('orders/0', decided);
    streams.supervisor.assigned(2, [partition]);
    streams.source.asked[1]?.succeed();
    await settled();
    expect(drained).not.toHaveBeenCalled();
    streams.source.commits[0]?.succeed();
    await draining;
    expect([...streams.source.committedOffsets]).toEqual([['orders/0', 7]]);
    expect([...streams.source.metadata]).toEqual([['orders/0', '']]);
    expect([...streams.source.cursors]).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when they have all gone to somebody else', async () => {
    streams.supervisor.rebalancing();
    const draining = streams.supervisor.drain();
    await settled();
    streams.supervisor.assigned(2, []);
    await expect(draining).resolves.toEqual({ unfinished: [], committed: true });
    expect(streams.source.commits).toEqual([]);
  });

  it('ends after 10 s when they are never handed out', async () => {
    streams.supervisor.rebalancing();
    const drained = vi.fn();
    void streams.supervisor.drain().then(drained);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(drained).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(drained).toHaveBeenCalledExactlyOnceWith({ unfinished: [], committed: false });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('commits again what Kafka refused because of it', async () => {
    streams.supervisor.acknowledged({ ...partition, offset: 5 });
    const draining = streams.supervisor.drain();
    await settled();
    streams.source.commits[0]?.fail();
    await settled();
    await vi.advanceTimersByTimeAsync(200);
    streams.source.commits[1]?.succeed();
    await draining;
    expect([...streams.source.committedOffsets]).toEqual([['orders/0', 5]]);
  });
});
