import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PartitionRange } from '../../../src/core/table-lane.ts';
import { type Position } from '../../../src/streams/source.ts';
import { batchOf, utf8 } from '../../support/records.ts';
import { createStreams, type Streams } from './support.ts';

const TOPIC = 'orders';
const BUDGET = 60;
const BYTES = 3;
const MOST_RECORDS = 5;

/** What may happen, with two numbers that say where and how much. */
const step = fc.record({
  what: fc.constantFrom(
    ...(['fetch', 'fetch', 'fetch', 'demand', 'wait', 'load', 'load', 'rewind'] as const),
    ...([
      'commit succeeds',
      'commit fails',
      'lose',
      'assign',
      'assign',
      'positions',
      'positions',
      'positions fail',
      'settle',
      'settle',
    ] as const),
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Kafka and StarRocks as the streams between them see it, and the promises that must hold after every step. */
class World {
  readonly streams: Streams = createStreams({ budget: BUDGET, flushBytes: 10, drainMs: 100 });
  /** How often each record was loaded. */
  readonly loaded: number[][];
  readonly #partitions: number;
  readonly #records: number;
  readonly #tombstone: (offset: number) => boolean;
  #generation = 0;
  /** The partitions of the current generation; none while they are being handed out. */
  #owned = new Set<number>();
  #maxInFlight = 0;
  readonly #broken: string[] = [];

  constructor({
    partitions,
    records,
    everyTombstone,
  }: { partitions: number; records: number; everyTombstone: number }) {
    this.#partitions = partitions;
    this.#records = records;
    this.#tombstone = (offset) => offset % everyTombstone === everyTombstone - 1;
    this.loaded = Array.from({ length: partitions }, () => Array.from({ length: records }, () => 0));
    this.streams.source.onCommit = (positions) => this.#checkCommit(positions);
  }

  async take({ what, a, b }: Step): Promise<void> {
    const { source, lane } = this.streams;
    switch (what) {
      case 'fetch':
        this.fetch(a % this.#partitions, (b % MOST_RECORDS) + 1);
        break;
      case 'rewind': {
        const key = `${TOPIC}/${a % this.#partitions}`;
        const cursor = source.cursors.get(key);
        if (cursor !== undefined && cursor > 0) source.cursors.set(key, b % cursor);
        break;
      }
      case 'demand':
        lane.demand();
        break;
      case 'wait':
        await vi.advanceTimersByTimeAsync(a);
        break;
      case 'load':
        this.load(a);
        break;
      case 'commit succeeds':
        source.commits.shift()?.succeed();
        break;
      case 'commit fails':
        source.commits.shift()?.fail();
        break;
      case 'lose':
        this.#owned.clear();
        source.cursors.clear();
        this.streams.supervisor.rebalancing();
        break;
      case 'assign':
        this.assign(Array.from({ length: this.#partitions }, (_, index) => index).filter((index) => (a >> index) & 1));
        break;
      case 'positions':
        source.asked.shift()?.succeed();
        break;
      case 'positions fail':
        source.asked.shift()?.fail(new Error('no coordinator'));
        break;
      case 'settle':
        await setImmediate();
        break;
    }
    expect(this.#broken).toEqual([]);
    this.#maxInFlight = Math.max(this.#maxInFlight, this.streams.credits.total);
    expect(this.#maxInFlight).toBeLessThanOrEqual(BUDGET + this.#partitions * MOST_RECORDS * BYTES);
  }

  assign(partitions: readonly number[]): void {
    this.streams.source.cursors.clear();
    this.streams.source.paused.clear();
    this.#owned = new Set(partitions);
    const assigned = partitions.map((partition) => ({ topic: TOPIC, partition }));
    this.streams.supervisor.assigned(++this.#generation, assigned);
  }

  fetch(partition: number, most: number): void {
    const { source, supervisor } = this.streams;
    const key = `${TOPIC}/${partition}`;
    const firstOffset = source.cursors.get(key);
    if (firstOffset === undefined || source.paused.has(key)) return;
    const count = Math.min(most, this.#records - firstOffset);
    if (count === 0) return;
    const values = Array.from({ length: count }, (_, index) => {
      const offset = firstOffset + index;
      return this.#tombstone(offset) ? null : utf8(JSON.stringify({ partition, offset }));
    });
    source.cursors.set(key, firstOffset + count);
    const generation = this.#generation;
    const origin = { topic: TOPIC, partition, generation, firstOffset, bytes: count * BYTES };
    supervisor.batch(batchOf(values, origin), this.#records);
  }

  /** A load ends: of the oldest range of some partition, as the lanes keep each partition's order. */
  load(choice: number): void {
    const { lane } = this.streams;
    const oldest = lane.ready.filter(
      (range, index) => lane.ready.findIndex(({ partition }) => partition === range.partition) === index,
    );
    const range = oldest[choice % Math.max(1, oldest.length)];
    if (!range) return;
    this.#store(range);
    lane.load(lane.ready.indexOf(range));
  }

  #store(range: PartitionRange): void {
    for (const part of range.parts) {
      const rows = JSON.parse(`[${new TextDecoder().decode(part.body).slice(0, -1)}]`) as {
        partition: number;
        offset: number;
      }[];
      rows.forEach(({ partition, offset }, index) => {
        expect(part.rowOffset(index)).toBe(offset);
        const counts = this.loaded[partition];
        if (counts) counts[offset] = (counts[offset] ?? 0) + 1;
      });
    }
  }

  /** A commit that must not be would be tried again if this threw, so it is kept until the step is over. */
  #checkCommit(positions: readonly Position[]): void {
    for (const { partition, offset } of positions) {
      if (!this.#owned.has(partition)) this.#broken.push(`${partition} is committed, and it is not ours`);
      const missing = this.loaded[partition]?.findIndex((count, at) => count === 0 && !this.#tombstone(at)) ?? 0;
      if (missing !== -1 && offset > missing) this.#broken.push(`${partition} is committed past ${missing}`);
    }
  }

  /** From here on all goes well: the partitions are ours, and everything is read, loaded and committed. */
  async finish(): Promise<void> {
    const { source, lane, supervisor, credits } = this.streams;
    this.assign(Array.from({ length: this.#partitions }, (_, index) => index));
    const done = (): boolean =>
      this.loaded.every((_, partition) => source.committedOffsets.get(`${TOPIC}/${partition}`) === this.#records);
    for (let round = 0; round < 300 && !done(); round++) {
      for (const asked of source.asked.splice(0)) asked.succeed();
      for (let partition = 0; partition < this.#partitions; partition++) this.fetch(partition, MOST_RECORDS);
      lane.demand();
      while (lane.ready.length > 0) this.load(0);
      for (const commit of source.commits.splice(0)) commit.succeed();
      await setImmediate();
    }
    expect(Object.fromEntries(source.committedOffsets)).toEqual(
      Object.fromEntries(this.loaded.map((_, partition) => [`${TOPIC}/${partition}`, this.#records])),
    );
    for (const counts of this.loaded) {
      counts.forEach((count, offset) => expect(count > 0 || this.#tombstone(offset)).toBe(true));
    }
    const draining = supervisor.drain();
    // A commit may be under way that says a position once more.
    for (let round = 0; round < 10; round++) {
      for (const commit of source.commits.splice(0)) commit.succeed();
      await setImmediate();
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await draining).toMatchObject({ unfinished: [] });
    expect(this.#broken).toEqual([]);
    expect(credits.total).toBe(0);
    expect(lane.admitted).toBe(0);
    supervisor.close();
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the streams between Kafka and the table lanes', () => {
  it('commit nothing that is not loaded, nothing after a rebalance, load every record, and hold the budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          partitions: fc.integer({ min: 1, max: 4 }),
          records: fc.integer({ min: 1, max: 60 }),
          everyTombstone: fc.integer({ min: 2, max: 12 }),
        }),
        fc.array(step, { maxLength: 150, size: 'max' }),
        async (shape, steps) => {
          const world = new World(shape);
          for (const one of steps) await world.take(one);
          await world.finish();
        },
      ),
      { numRuns: 80 },
    );
  });

  it('hold the same when there is no rebalance', async () => {
    const calm: readonly string[] = ['lose', 'assign', 'rewind'];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          step.filter(({ what }) => !calm.includes(what)),
          { maxLength: 200, size: 'max' },
        ),
        async (partitions, steps) => {
          const world = new World({ partitions, records: 60, everyTombstone: 7 });
          world.assign(Array.from({ length: partitions }, (_, index) => index));
          for (const one of steps) await world.take(one);
          await world.finish();
        },
      ),
      { numRuns: 40 },
    );
  });
});
