import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStreams } from './support.ts';

const p0 = { topic: 'orders', partition: 0 };
const p1 = { topic: 'orders', partition: 1 };

/** Whatever stands between Kafka's answer and an open partition takes fewer turns of the microtask queue. */
const TURNS = Array.from({ length: 20 }, (_, turn) => turn);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('Kafka tells the positions of partitions', () => {
  it.each(TURNS)('%i turns before they are handed out anew: none of them is open afterwards', async (count) => {
    const { supervisor, source, committer } = createStreams();
    supervisor.assigned(1, [p0]);
    source.asked[0]?.succeed();
    await turns(count);
    source.cursors.clear();
    supervisor.assigned(2, [p1]);
    await vi.advanceTimersByTimeAsync(0);
    expect([...source.cursors.keys()]).toEqual([]);
    expect(supervisor.actor('orders/0')).toBeUndefined();
    // Nobody knows yet where the group stands.
    committer.update({ ...p0, offset: 5 });
    expect(source.commits).toEqual([]);
  });
});
