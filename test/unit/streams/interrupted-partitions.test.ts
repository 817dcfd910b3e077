import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnclearLoadError } from '../../../src/core/errors.ts';
import { type RawValue } from '../../../src/core/record-batch.ts';
import { type LoadDecision, writeDecision } from '../../../src/streams/decision-metadata.ts';
import { type Recovery } from '../../../src/streams/recovery.ts';
import { batchOf, utf8 } from '../../support/records.ts';
import { createStreams, type Streams } from './support.ts';

const p0 = { topic: 'orders', partition: 0 };
const p1 = { topic: 'orders', partition: 1 };
const p2 = { topic: 'orders', partition: 2 };

/** A recovery whose end a test chooses. */
interface RecoveryUnderWay {
  readonly decision: LoadDecision;
  readonly signal: AbortSignal;
  readonly end: (recovery: Recovery) => void;
}

let streams: Streams;
let recoveries: RecoveryUnderWay[];

beforeEach(() => {
  vi.useFakeTimers();
  recoveries = [];
  streams = createStreams({
    recover: (decision, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        recoveries.push({ decision, signal, end: resolve });
      }),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** What Kafka holds for a partition: its offset, and a load of what follows up to `nextOffset`. */
function commit(
  { topic, partition }: { topic: string; partition: number },
  offset: number,
  state: LoadDecision['state'],
  label: string,
  nextOffset: number,
): void {
  const key = `${topic}/${partition}`;
  streams.source.committedOffsets.set(key, offset);
  const decision = { state, label, database: 'db', table: 't', nextOffset, time: 1_700_000_000_000 };
  streams.source.metadata.set(key, writeDecision(decision));
}

async function assign(generation: number, ...partitions: { topic: string; partition: number }[]): Promise<void> {
  streams.supervisor.assigned(generation, partitions);
  streams.source.asked.at(-1)?.succeed();
  await settled();
}

/** Kafka takes what the process has committed so far. */
async function taken(): Promise<void> {
  for (const commit of streams.source.commits.splice(0)) commit.succeed();
  await settled();
}

function deliver(partition: { topic: string; partition: number }, firstOffset: number, count: number): void {
  const values = Array.from({ length: count }, (_, index) => utf8(JSON.stringify({ id: firstOffset + index })));
  const batch = batchOf<RawValue>(values, { ...partition, firstOffset, bytes: 5 });
  streams.supervisor.batch(batch, firstOffset + count);
}

const opened = (): [string, number][] => [...streams.source.cursors];
const commits = (): string[] =>
  streams.source.commits.flatMap(({ positions }) =>
    positions.map(
      ({ topic, partition, offset, metadata }) => `${topic}/${partition} ${offset} ${metadata ?? 'plainly'}`,
    ),
  );

const ranges = (): string[] =>
  streams.lane.ready.map(
    ({ firstOffset, nextOffset, signal }) => `[${firstOffset}..${nextOffset})${signal.aborted ? ' gone' : ''}`,
  );

const UNCLEAR: Recovery = { kind: 'unclear', reason: 'the load l1 into db.t was interrupted, and nobody knows' };

describe('a partition whose last load was interrupted', () => {
  it('opens only when that load has ended; the others open at once', async () => {
    commit(p0, 10, 'open', 'l1', 15);
    streams.source.committedOffsets.set('orders/1', 42);
    await assign(1, p0, p1);
    await taken();
    expect(opened()).toEqual([['orders/1', 42]]);
    expect(recoveries.map(({ decision }) => decision)).toEqual([
      { state: 'open', label: 'l1', database: 'db', table: 't', nextOffset: 15, time: 1_700_000_000_000 },
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(streams.supervisor.actor('orders/0')).toBeUndefined();
    recoveries[0]?.end({ kind: 'repeat' });
    await settled();
    expect(opened()).toContainEqual(['orders/0', 10]);
    expect(commits()).toEqual([]);
  });

  it('is not rolled back by a process that has lost it: Kafka has to take what stands there once more', async () => {
    commit(p0, 10, 'open', 'l1', 15);
    await assign(1, p0);
    expect(commits()).toEqual([`orders/0 10 ${streams.source.metadata.get('orders/0')}`]);
    streams.source.commits.splice(0)[0]?.fail();
    await settled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recoveries).toEqual([]);
    await taken();
    expect(recoveries.map(({ decision }) => decision.label)).toEqual(['l1']);
  });

  it('goes on where a load that counts has ended, and that is committed plainly', async () => {
    commit(p0, 10, 'decided', 'l1', 15);
    await assign(1, p0);
    recoveries[0]?.end({ kind: 'loaded' });
    await settled();
    expect(opened()).toEqual([['orders/0', 15]]);
    expect(streams.supervisor.actor('orders/0')?.position).toBe(15);
    expect(commits()).toEqual(['orders/0 15 plainly']);
    streams.source.commits[0]?.succeed();
    await settled();
    expect(streams.source.metadata.get('orders/0')).toBe('');
  });

  it('starts over where a load that does not count began', async () => {
    commit(p0, 10, 'decided', 'l1', 15);
    await assign(1, p0);
    recoveries[0]?.end({ kind: 'repeat' });
    await settled();
    expect(opened()).toEqual([['orders/0', 10]]);
    expect(commits()).toEqual([]);
  });

  it('shares the end of its load with the other partitions of it, and goes on where its own part ends', async () => {
    commit(p0, 10, 'decided', 'l1', 15);
    commit(p1, 3, 'decided', 'l1', 4);
    commit(p2, 7, 'decided', 'l2', 9);
    await assign(1, p0, p1, p2);
    expect(recoveries.map(({ decision }) => decision.label)).toEqual(['l1', 'l2']);
    recoveries[0]?.end({ kind: 'loaded' });
    await settled();
    expect(opened()).toEqual([
      ['orders/0', 15],
      ['orders/1', 4],
    ]);
    recoveries[1]?.end({ kind: 'repeat' });
    await settled();
    expect(opened()).toContainEqual(['orders/2', 7]);
  });

  it('ends separately where the load is open in one partition and decided in another', async () => {
    commit(p0, 10, 'open', 'l1', 15);
    commit(p1, 3, 'decided', 'l1', 4);
    await assign(1, p0, p1);
    await taken();
    expect(recoveries.map(({ decision }) => decision.state).sort()).toEqual(['decided', 'open']);
  });

  it('takes no record before it is open', async () => {
    commit(p0, 10, 'open', 'l1', 15);
    await assign(1, p0);
    await taken();
    deliver(p0, 10, 5);
    expect(streams.credits.total).toBe(0);
    recoveries[0]?.end({ kind: 'repeat' });
    await settled();
    deliver(p0, 10, 5);
    expect(streams.credits.total).toBe(5);
  });

  describe('of which nobody can tell how it ended', () => {
    it('stays closed and is named, with what to do; the others go on', async () => {
      commit(p0, 10, 'decided', 'l1', 15);
      await assign(1, p0, p1);
      recoveries[0]?.end(UNCLEAR);
      await settled();
      expect(opened()).toEqual([['orders/1', 0]]);
      expect(streams.failures).toEqual([]);
      expect(streams.logger.messages('error')).toEqual([
        `Topic orders, partition 0 is not loaded: at offset 10 the load l1 into db.t was interrupted, and nobody knows. ${UnclearLoadError.cure}`,
      ]);
      deliver(p0, 10, 5);
      expect(streams.credits.total).toBe(0);
    });

    it('is named in each partition of its load', async () => {
      commit(p0, 10, 'decided', 'l1', 15);
      commit(p1, 3, 'decided', 'l1', 4);
      await assign(1, p0, p1, p2);
      recoveries[0]?.end(UNCLEAR);
      await settled();
      expect(streams.logger.messages('error').map((text) => text.slice(0, 60))).toEqual([
        'Topic orders, partition 0 is not loaded: at offset 10 the lo',
        'Topic orders, partition 1 is not loaded: at offset 3 the loa',
      ]);
    });

    it('ends the process when it is every partition that it has', async () => {
      commit(p0, 10, 'decided', 'l1', 15);
      commit(p1, 3, 'decided', 'l2', 4);
      await assign(1, p0, p1);
      recoveries[0]?.end(UNCLEAR);
      await settled();
      expect(streams.failures).toEqual([]);
      recoveries[1]?.end({ kind: 'unclear', reason: 'the load l2 is not clear either' });
      await settled();
      expect(streams.failures).toEqual([
        new UnclearLoadError([
          'Topic orders, partition 0 is not loaded: at offset 10 the load l1 into db.t was interrupted, and nobody knows.',
          'Topic orders, partition 1 is not loaded: at offset 3 the load l2 is not clear either.',
        ]),
      ]);
      expect(streams.failures[0]?.message).toContain(UnclearLoadError.cure);
    });
  });

  it('stays closed and is named when another version wrote what Kafka holds', async () => {
    streams.source.committedOffsets.set('orders/0', 10);
    streams.source.metadata.set('orders/0', '{"tributary":2}');
    await assign(1, p0, p1);
    expect(recoveries).toEqual([]);
    expect(opened()).toEqual([['orders/1', 0]]);
    expect(streams.logger.messages('error')).toEqual([
      `Topic orders, partition 0 is not loaded: at offset 10 The committed offset has metadata of another version of Tributary: {"tributary":2}. ${UnclearLoadError.cure}`,
    ]);
  });

  it('opens where it stands when somebody else wrote what Kafka holds', async () => {
    streams.source.committedOffsets.set('orders/0', 10);
    streams.source.metadata.set('orders/0', 'NO_METADATA');
    await assign(1, p0);
    expect(recoveries).toEqual([]);
    expect(opened()).toEqual([['orders/0', 10]]);
  });

  describe('when it is taken away before its load has ended', () => {
    it('gives up, and does not open', async () => {
      commit(p0, 10, 'open', 'l1', 15);
      await assign(1, p0);
      await taken();
      streams.supervisor.rebalancing();
      expect(recoveries[0]?.signal.reason).toEqual(new Error('The partitions are being handed out anew.'));
      await settled();
      expect(opened()).toEqual([]);
      expect(streams.failures).toEqual([]);
    });

    it('does not open when its load ends at the same moment', async () => {
      commit(p0, 10, 'decided', 'l1', 15);
      await assign(1, p0);
      recoveries[0]?.end({ kind: 'loaded' });
      streams.supervisor.rebalancing();
      await settled();
      expect(opened()).toEqual([]);
      expect(commits()).toEqual([]);
    });

    it('starts over with what Kafka holds in the next generation', async () => {
      commit(p0, 10, 'open', 'l1', 15);
      await assign(1, p0);
      await taken();
      commit(p0, 15, 'decided', 'l2', 20);
      await assign(2, p0);
      expect(recoveries.map(({ decision }) => decision.label)).toEqual(['l1', 'l2']);
      recoveries[0]?.end({ kind: 'repeat' });
      await settled();
      expect(opened()).toEqual([]);
      recoveries[1]?.end({ kind: 'loaded' });
      await settled();
      expect(opened()).toEqual([['orders/0', 20]]);
    });

    it('gives up when the process is closed', async () => {
      commit(p0, 10, 'open', 'l1', 15);
      await assign(1, p0);
      await taken();
      streams.supervisor.close();
      await settled();
      expect(recoveries[0]?.signal.aborted).toBe(true);
      expect(opened()).toEqual([]);
      expect(streams.failures).toEqual([]);
    });
  });
});

describe('the partitions of a lane that goes on', () => {
  const isOrders = (topic: string): boolean => topic === 'orders';

  it('start over from where their loaded records end, and are fetched again', async () => {
    await assign(1, p0);
    deliver(p0, 0, 2);
    deliver(p0, 2, 2);
    streams.lane.load();
    deliver(p0, 4, 2);
    deliver(p0, 6, 2);
    streams.stopped.add('orders');
    streams.supervisor.pauseTopics(isOrders);
    expect([...streams.source.paused]).toEqual(['orders/0']);
    streams.stopped.clear();
    streams.supervisor.reopenTopics(isOrders);
    expect(opened()).toEqual([['orders/0', 4]]);
    expect([...streams.source.paused]).toEqual([]);
    deliver(p0, 4, 4);
    streams.lane.demand();
    // The first is still the one from before.
    expect(ranges()).toEqual(['[4..8) gone', '[4..8)']);
    streams.lane.load(1);
    expect(streams.supervisor.actor('orders/0')?.position).toBe(8);
  });

  it('give back what they held, and nothing of it is loaded or committed any more', async () => {
    await assign(1, p0);
    deliver(p0, 0, 2);
    deliver(p0, 2, 2);
    const [stale] = streams.lane.ready;
    streams.supervisor.reopenTopics(isOrders);
    expect(streams.credits.total).toBe(0);
    expect(streams.lane.admitted).toBe(0);
    expect(stale?.signal.aborted).toBe(true);
    stale?.loaded();
    expect(commits()).toEqual([]);
    expect(streams.supervisor.actor('orders/0')?.position).toBe(0);
  });

  it('are fetched again also when their actors had ended, or held too much', async () => {
    streams = createStreams({ budget: 10, flushBytes: 5 });
    await assign(1, p0);
    deliver(p0, 0, 1);
    deliver(p0, 1, 1);
    expect([...streams.source.paused]).toEqual(['orders/0']);
    streams.supervisor.pauseTopics(isOrders);
    streams.supervisor.disposeTopics(isOrders);
    streams.supervisor.reopenTopics(isOrders);
    expect([...streams.source.paused]).toEqual([]);
    deliver(p0, 0, 1);
    expect(streams.credits.total).toBe(5);
  });

  it('are only those of its topics', async () => {
    const other = { topic: 'other', partition: 0 };
    await assign(1, p0, other);
    deliver(p0, 0, 2);
    deliver(other, 0, 2);
    streams.source.cursors.clear();
    streams.supervisor.reopenTopics(isOrders);
    expect(opened()).toEqual([['orders/0', 0]]);
    expect(streams.supervisor.actor('other/0')?.next).toBe(2);
  });
});
