import { concatMap, delay, map, of, pipe } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Credits } from '../../../src/core/credits.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { type RawValue, type RecordBatch, withTables } from '../../../src/core/record-batch.ts';
import { jsonRows } from '../../../src/operators/encode/json-rows.ts';
import { encodeRows, type OtherTable } from '../../../src/operators/encode-rows.ts';
import { flushBy } from '../../../src/operators/flush-by.ts';
import { liftRecords } from '../../../src/operators/lift-records.ts';
import { PartitionActor, type PartitionActorOptions } from '../../../src/streams/partition-actor.ts';
import { FakeLane } from '../../support/fake-lane.ts';
import { batchOf, type Origin, utf8 } from '../../support/records.ts';

const passThrough = pipe(
  map((batch: RecordBatch<RawValue>): RecordBatch => batch),
  encodeRows(jsonRows),
);

let lane: FakeLane;
let credits: Credits;
let events: string[];

beforeEach(() => {
  vi.useFakeTimers();
  lane = new FakeLane();
  events = [];
  credits = new Credits({ budget: 100, onChange: (_, blocked) => events.push(blocked ? 'blocked' : 'unblocked') });
});

afterEach(() => {
  vi.useRealTimers();
});

function actorAt(offset: number, options: Partial<PartitionActorOptions> = {}): PartitionActor {
  return new PartitionActor({
    position: { topic: 'orders', partition: 0, offset },
    operators: passThrough,
    flush: flushBy({
      maxBytes: 10,
      maxRecords: 1000,
      maxAgeMs: 1000,
      bytesOf: (batch) => batch.bytes,
      recordsOf: (batch) => batch.rows,
      demand$: lane.demand$,
    }),
    lane,
    credits,
    onPaused: (paused) => events.push(paused ? 'pause' : 'resume'),
    onPosition: (position) => events.push(`position ${position.offset}`),
    ...options,
  });
}

/** An envelope of objects that takes 5 bytes. */
function envelope(firstOffset: number, count: number, more: Origin = {}): RecordBatch<RawValue> {
  const values = Array.from({ length: count }, (_, index) => utf8(JSON.stringify({ id: firstOffset + index })));
  return batchOf<RawValue>(values, { firstOffset, bytes: 5, ...more });
}

const ranges = (): string[] =>
  lane.ready.map(({ firstOffset, nextOffset, rows }) => `[${firstOffset}..${nextOffset}) ${rows}`);

describe('PartitionActor', () => {
  it('offers a range when its flush operator closes one', () => {
    const actor = actorAt(10);
    actor.offer(envelope(10, 2));
    expect(ranges()).toEqual([]);
    actor.offer(envelope(12, 1));
    expect(ranges()).toEqual(['[10..13) 3']);
    expect(lane.ready[0]).toMatchObject({ topic: 'orders', partition: 0, bytes: 10 });
    actor.offer(envelope(13, 4));
    vi.advanceTimersByTime(1000);
    expect(ranges()).toEqual(['[10..13) 3', '[13..17) 4']);
  });

  it('says when the first records of a range came, and when it was closed', () => {
    vi.setSystemTime(1_000);
    const actor = actorAt(10);
    for (const [time, offset] of [
      [1_000, 10],
      [1_200, 12],
      [1_300, 14],
    ] as const) {
      vi.setSystemTime(time);
      actor.offer(envelope(offset, 2));
    }
    vi.setSystemTime(1_900);
    actor.offer(envelope(16, 2));
    expect(lane.ready.map(({ times }) => times)).toEqual([
      { arrived: 1_000, closed: 1_200 },
      { arrived: 1_300, closed: 1_900 },
    ]);
  });

  it('says its position when a range is loaded, and gives back its credits', () => {
    const actor = actorAt(0);
    actor.offer(envelope(0, 2));
    actor.offer(envelope(2, 2));
    expect(credits.total).toBe(10);
    expect(actor.position).toBe(0);
    expect(actor.next).toBe(4);
    lane.load();
    expect(events).toEqual(['position 4']);
    expect(actor.position).toBe(4);
    expect(credits.total).toBe(0);
    expect(lane.admitted).toBe(0);
  });

  it('keeps its position below a range that is not loaded, whatever is loaded behind it', () => {
    const actor = actorAt(0);
    for (const first of [0, 2, 4, 6]) actor.offer(envelope(first, 2));
    lane.load(1);
    expect(events).toEqual(['position 0']);
    lane.load(0);
    expect(events).toEqual(['position 0', 'position 8']);
  });

  it('counts offsets that hold no record as passed', () => {
    const actor = actorAt(3);
    actor.offer(envelope(7, 2, { nextOffset: 12 }));
    actor.offer(envelope(20, 1));
    lane.load();
    expect(events).toEqual(['position 21']);
  });

  it('passes offsets whose records make no rows', () => {
    const actor = actorAt(0);
    actor.offer(batchOf<RawValue>([null, null], { bytes: 10 }));
    expect(lane.ready).toMatchObject([{ rows: 0, parts: [] }]);
    lane.load();
    expect(events).toEqual(['position 2']);
  });

  it('acknowledges an envelope that a filter emptied', () => {
    const nothing = pipe(liftRecords<RawValue, RawValue>(concatMap(() => [])), passThrough);
    const actor = actorAt(0, { operators: nothing });
    actor.offer(envelope(0, 3));
    lane.demand();
    lane.load();
    expect(events).toEqual(['position 3']);
    expect(credits.total).toBe(0);
  });

  describe('whose records name other tables', () => {
    const tables = new Map(
      ['b', 'c', 'd']
        .map((name) => name.padEnd(1_000, '_'))
        .concat('b', 'c')
        .map((name): [string, OtherTable] => [
          name,
          { target: { name, database: 'db', table: name }, writer: jsonRows },
        ]),
    );
    const operators = pipe(
      map((batch: RecordBatch<RawValue>): RecordBatch => batch),
      encodeRows(jsonRows, { namedTable: (name) => tables.get(name) }),
    );
    /** An envelope whose records name these tables; undefined for the partition's own. */
    const routed = (firstOffset: number, ...tables: (string | undefined)[]): RecordBatch<RawValue> => {
      const batch = envelope(firstOffset, tables.length);
      return { ...batch, records: withTables(batch.records, tables) };
    };

    it('offers a range with the rows of all tables, and counts its offsets and bytes once', () => {
      const actor = actorAt(0, { operators });
      actor.offer(routed(0, 'b', undefined, 'b'));
      actor.offer(routed(3, 'c', 'b'));
      expect(ranges()).toEqual(['[0..5) 5']);
      expect(lane.ready[0]?.bytes).toBe(10);
      expect(lane.ready[0]?.parts.map(({ target, rows }) => [target?.name, rows])).toEqual([
        [undefined, 1],
        ['b', 2],
        ['c', 1],
        ['b', 1],
      ]);
      lane.load();
      expect(actor.position).toBe(5);
      expect(credits.total).toBe(0);
      expect(lane.admitted).toBe(0);
    });

    it('offers several when its tables are more than one load can take', () => {
      const long = (name: string): string => name.padEnd(1_000, '_');
      const actor = actorAt(0, { operators });
      actor.offer({ ...routed(0, long('b'), long('c')), bytes: 1 });
      actor.offer({ ...routed(2, long('c')), bytes: 1 });
      actor.offer({ ...routed(3, long('d'), long('b')), bytes: 8 });
      expect(ranges()).toEqual(['[0..3) 3', '[3..5) 2']);
      expect(lane.ready.map(({ bytes }) => bytes)).toEqual([2, 8]);
      lane.load(1);
      expect(actor.position).toBe(0);
      lane.load();
      expect(actor.position).toBe(5);
      expect(credits.total).toBe(0);
    });
  });

  it('pauses for a reason and resumes when the last one is gone', () => {
    const actor = actorAt(0);
    actor.pause('budget');
    actor.pause('stopped');
    actor.resume('budget');
    expect(events).toEqual(['pause']);
    expect(actor.pauseReasons).toEqual(['stopped']);
    actor.resume('stopped');
    expect(events).toEqual(['pause', 'resume']);
  });

  describe('whose operators fail', () => {
    it('offers what came before, stops the lane with the record, and takes nothing more', () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 2));
      actor.offer(batchOf<RawValue>([utf8('{}'), utf8('x')], { firstOffset: 2, bytes: 5 }));
      actor.offer(envelope(4, 2));
      expect(ranges()).toEqual(['[0..2) 2']);
      expect(lane.failures).toEqual([
        new RecordError(
          { topic: 'orders', partition: 0, offset: 3 },
          'its value is not a JSON object: it starts with "x"',
        ),
      ]);
      lane.load();
      expect(events).toEqual(['position 2']);
    });

    it('makes an error of whatever was thrown', () => {
      const failing = map((): never => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a user's operator may
        throw 'a text';
      });
      actorAt(0, { operators: failing }).offer(envelope(0, 1));
      expect(lane.failures).toEqual([new Error('a text')]);
    });
  });

  describe('drain', () => {
    it('flushes the tail, and is done when all of it is loaded', async () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 2));
      actor.offer(envelope(2, 2));
      actor.offer(envelope(4, 1));
      const drained = vi.fn();
      const draining = actor.drain().then(drained);
      expect(ranges()).toEqual(['[0..4) 4', '[4..5) 1']);
      lane.load();
      await vi.advanceTimersByTimeAsync(0);
      expect(drained).not.toHaveBeenCalled();
      lane.load();
      await draining;
      expect(actor.position).toBe(5);
    });

    it('is done at once when there is nothing', async () => {
      await expect(actorAt(0).drain()).resolves.toBeUndefined();
    });

    it('pauses, and takes nothing more', async () => {
      const actor = actorAt(0);
      await actor.drain();
      actor.offer(envelope(0, 5));
      expect(events).toEqual(['pause']);
      expect(credits.total).toBe(0);
      expect(actor.next).toBe(0);
    });

    it('waits for an operator that takes its time', async () => {
      const slow = pipe(
        liftRecords<RawValue, RawValue>(concatMap((record) => of(record).pipe(delay(100)))),
        passThrough,
      );
      const actor = actorAt(0, { operators: slow });
      actor.offer(envelope(0, 1));
      const draining = actor.drain();
      await vi.advanceTimersByTimeAsync(100);
      expect(ranges()).toEqual(['[0..1) 1']);
      lane.load();
      await draining;
      expect(actor.position).toBe(1);
    });

    it('ends when the actor is disposed', async () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 1));
      const draining = actor.drain();
      actor.dispose();
      await draining;
    });
  });

  describe('dispose', () => {
    it('gives everything back at once, and leaves no timer', () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 2));
      actor.offer(envelope(2, 2));
      actor.offer(envelope(4, 2));
      actor.dispose();
      expect(lane.admitted).toBe(0);
      expect(credits.total).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('cuts the loads under way, whose end has no effect any more', () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 2));
      actor.offer(envelope(2, 2));
      actor.dispose();
      expect(lane.ready[0]?.signal.aborted).toBe(true);
      lane.load();
      expect(events).toEqual([]);
      expect(actor.position).toBe(0);
      expect(credits.total).toBe(0);
      expect(lane.admitted).toBe(0);
    });

    it('offers nothing more, not even what it holds', () => {
      const actor = actorAt(0);
      actor.offer(envelope(0, 2));
      actor.dispose();
      actor.offer(envelope(2, 2));
      lane.demand();
      vi.advanceTimersByTime(60_000);
      expect(lane.ready).toEqual([]);
      expect(credits.total).toBe(0);
    });

    it('leaves nothing in the lane of a record that was on its way through an operator', async () => {
      const slow = pipe(
        liftRecords<RawValue, RawValue>(concatMap((record) => of(record).pipe(delay(100)))),
        passThrough,
      );
      const actor = actorAt(0, { operators: slow });
      actor.offer(envelope(0, 1));
      actor.dispose();
      await vi.advanceTimersByTimeAsync(1000);
      expect(lane.admitted).toBe(0);
      expect(lane.ready).toEqual([]);
    });

    it('does not stop the lane with an error that comes too late', async () => {
      const failing = pipe(
        liftRecords<RawValue, RawValue>(
          concatMap((record) =>
            of(record).pipe(
              delay(100),
              map(() => {
                throw new Error('too late');
              }),
            ),
          ),
        ),
        passThrough,
      );
      const actor = actorAt(0, { operators: failing });
      actor.offer(envelope(0, 1));
      actor.dispose();
      await vi.advanceTimersByTimeAsync(1000);
      expect(lane.failures).toEqual([]);
    });

    it('may be called again', () => {
      const actor = actorAt(0);
      const next = actorAt(0);
      next.offer(envelope(0, 2));
      actor.dispose();
      actor.dispose();
      expect(lane.admitted).toBe(5);
    });
  });
});
