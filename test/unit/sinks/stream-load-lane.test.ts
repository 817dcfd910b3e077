import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EncodedBatch } from '../../../src/core/encoded-batch.ts';
import { LoadRejectedError, RecordError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { type PartitionRange } from '../../../src/core/table-lane.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { type RefusedRowsResult } from '../../../src/sinks/starrocks/refused-rows.ts';
import { StreamLoadLane, type StreamLoadLaneOptions } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { badRecords } from '../../support/bad-records.ts';
import { fakeLoader } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { encodedBatch } from '../../support/records.ts';

/** A load under way, whose end a test chooses. */
interface Load {
  readonly rows: string[];
  readonly signal: AbortSignal;
  readonly turns: Limiter;
  readonly succeed: (counts?: { total?: number; filtered?: number }) => void;
  readonly finish: (result: LoadResult) => void;
  readonly fail: (error: Error) => void;
}

interface Lane {
  readonly lane: StreamLoadLane;
  readonly loads: Load[];
  /** The partitions' ranges that were reported as loaded, in order. */
  readonly loaded: string[];
  /** The rows whose memory was given back, by partition and first offset. */
  readonly released: string[];
  readonly stops: Error[];
  readonly settled: string[];
  readonly stats: TaskStats;
  readonly logger: RecordingLogger;
  /** Offers a range of rows and returns what takes it away. */
  readonly offer: (partition: number, firstOffset: number, rows: readonly string[], bytes?: number) => AbortController;
}

const CANNOT_BE_TOLD_APART = new LoadRejectedError('the rows cannot be told apart');

/** Finds what is wrong in itself; what StarRocks refuses for another reason is not told. */
function search(parts: readonly EncodedBatch[]): Promise<RefusedRowsResult> {
  const rows = [...findBadRows(parts)];
  if (rows.length === 0) return Promise.reject(CANNOT_BE_TOLD_APART);
  return Promise.resolve({ verdict: 'found', rows, probes: 0, bytes: 0 });
}

function createLane(options: Partial<StreamLoadLaneOptions> = {}): Lane {
  const loads: Load[] = [];
  const loaded: string[] = [];
  const released: string[] = [];
  const stops: Error[] = [];
  const settled: string[] = [];
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const loader = fakeLoader(
    ({ body, abandoned: signal }, turns) =>
      new Promise<LoadResult>((resolve, reject) => {
        const objects = JSON.parse(Buffer.concat(body?.chunks ?? []).toString('utf8')) as object[];
        const rows = objects.map((row) => JSON.stringify(row));
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        loads.push({
          rows,
          signal,
          turns,
          succeed: ({ total = rows.length, filtered = 0 } = {}) =>
            resolve({
              verdict: 'loaded',
              message: 'OK',
              rows: { total, loaded: total - filtered, filtered, unselected: 0 },
            }),
          finish: resolve,
          fail: reject,
        });
      }),
  );
  const lane = new StreamLoadLane({
    table: 't',
    createLoader: () => loader,
    maxBytes: 1000,
    concurrency: 2,
    limiter: new Limiter(8),
    stats,
    logger,
    badRecords: badRecords(),
    refusedRows: () => ({ findAll: search, findFirst: search }),
    findBadRows,
    onBuffered: () => undefined,
    onStopped: (error) => stops.push(error),
    onSettled: () => settled.push(`${loads.length} loads begun`),
    onReopened: () => undefined,
    ...options,
  });
  return {
    lane,
    loads,
    loaded,
    released,
    stops,
    settled,
    stats,
    logger,
    offer(partition, firstOffset, rows, bytes = 10) {
      const abort = new AbortController();
      const nextOffset = firstOffset + Math.max(1, rows.length);
      const origin = { topic: 'orders', partition, firstOffset, nextOffset, bytes };
      const range: PartitionRange = {
        ...origin,
        rows: rows.length,
        times: { arrived: 0, closed: 0 },
        parts:
          rows.length > 0
            ? [{ ...encodedBatch(rows, origin), release: () => released.push(`${partition} ${firstOffset}`) }]
            : [],
        signal: abort.signal,
        loaded: () => loaded.push(`${partition} [${firstOffset}..${nextOffset})`),
      };
      abort.signal.addEventListener('abort', () => lane.withdraw(bytes));
      lane.admit(bytes);
      lane.offer(range);
      return abort;
    },
  };
}

const row = (id: number): string => `{"id":${id}}`;

describe('StreamLoadLane', () => {
  it('loads a range and reports it, with what was counted', async () => {
    const { lane, loads, loaded, offer, stats } = createLane();
    offer(0, 5, [row(1), row(2)]);
    expect(loads.map(({ rows }) => rows)).toEqual([[row(1), row(2)]]);
    expect(lane.buffered).toBe(0);
    loads[0]?.succeed();
    await setImmediate();
    expect(loaded).toEqual(['0 [5..7)']);
    expect(stats).toMatchObject({
      loads: 1,
      rowsLoaded: 2,
      bytesLoaded: 19,
      lastLoad: { table: 't', rows: 2, bytes: 19 },
    });
  });

  it('takes the ready ranges of all partitions into one load when a slot is free', async () => {
    const { lane, loads, loaded, offer } = createLane({ concurrency: 1 });
    offer(0, 0, [row(1)]);
    offer(1, 0, [row(2)]);
    offer(2, 0, [row(3)]);
    offer(1, 1, [row(4)]);
    expect(loads).toHaveLength(1);
    expect(lane.buffered).toBe(30);
    loads[0]?.succeed();
    await setImmediate();
    expect(loads[1]?.rows).toEqual([row(2), row(3), row(4)]);
    loads[1]?.succeed();
    await setImmediate();
    expect(loaded).toEqual(['0 [0..1)', '1 [0..1)', '2 [0..1)', '1 [1..2)']);
    expect(lane.buffered).toBe(0);
  });

  it('asks the partitions for what they hold when it begins a load', () => {
    const { lane, loads, offer } = createLane({ concurrency: 1 });
    let held = true;
    lane.demand$.subscribe({
      next() {
        if (held) offer(1, 0, [row(2)]);
        held = false;
      },
      error: (error: unknown) => expect.unreachable(String(error)),
    });
    offer(0, 0, [row(1)]);
    expect(loads.map(({ rows }) => rows)).toEqual([[row(1), row(2)]]);
  });

  it('asks them when it is told to flush, also with nothing ready', () => {
    const { lane, loads, offer } = createLane();
    lane.demand$.subscribe({
      next: () => offer(0, 0, [row(1)]),
      error: (error: unknown) => expect.unreachable(String(error)),
    });
    lane.flush();
    expect(loads[0]?.rows[0]).toBe(row(1));
  });

  it('has one load of a partition under way, and as many loads as it may of others', async () => {
    const { loads, offer } = createLane({ concurrency: 2 });
    offer(0, 0, [row(1)]);
    offer(0, 1, [row(2)]);
    expect(loads).toHaveLength(1);
    offer(1, 0, [row(3)]);
    expect(loads.map(({ rows }) => rows)).toEqual([[row(1)], [row(3)]]);
    offer(2, 0, [row(4)]);
    expect(loads).toHaveLength(2);
    loads[1]?.succeed();
    await setImmediate();
    expect(loads[2]?.rows).toEqual([row(4)]);
    loads[0]?.succeed();
    await setImmediate();
    expect(loads[3]?.rows).toEqual([row(2)]);
  });

  it('keeps a load below its size, unless one range alone is larger', async () => {
    const { loads, offer } = createLane({ concurrency: 1, maxBytes: 100 });
    offer(9, 0, [row(0)]);
    offer(0, 0, [row(1)], 60);
    offer(1, 0, [row(2)], 60);
    offer(2, 0, [row(3)], 30);
    offer(3, 0, [row(4)], 500);
    const rows = async (): Promise<string[] | undefined> => {
      loads.at(-1)?.succeed();
      await setImmediate();
      return loads.at(-1)?.rows;
    };
    expect(await rows()).toEqual([row(1), row(3)]);
    expect(await rows()).toEqual([row(2)]);
    expect(await rows()).toEqual([row(4)]);
  });

  it('lets nothing of a partition overtake what did not fit', async () => {
    const { loads, offer } = createLane({ concurrency: 1, maxBytes: 100 });
    offer(9, 0, [row(0)]);
    offer(0, 0, [row(1)], 60);
    offer(1, 0, [row(2)], 60);
    offer(1, 1, [row(3)], 10);
    loads[0]?.succeed();
    await setImmediate();
    expect(loads[1]?.rows).toEqual([row(1)]);
    loads[1]?.succeed();
    await setImmediate();
    expect(loads[2]?.rows).toEqual([row(2), row(3)]);
  });

  it('loads in the order of each partition, never twice at once, and everything, for any sequence', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(
          fc.record({ partition: fc.nat(4), rows: fc.nat(3), bytes: fc.nat(60), finish: fc.option(fc.nat(9)) }),
          { maxLength: 40 },
        ),
        async (concurrency, steps) => {
          const { lane, loads, loaded, offer } = createLane({ concurrency, maxBytes: 100 });
          const next = [0, 0, 0, 0, 0];
          const open: Load[] = [];
          let begun = 0;
          const look = (): void => {
            open.push(...loads.slice(begun));
            begun = loads.length;
            expect(open.length).toBeLessThanOrEqual(concurrency);
            const partitions = open.map(
              ({ rows }) => new Set(rows.map((text) => (JSON.parse(text) as { p: number }).p)),
            );
            const flat = partitions.flatMap((set) => [...set]);
            expect(new Set(flat).size).toBe(flat.length);
          };
          for (const { partition, rows, bytes, finish } of steps) {
            const first = next[partition] ?? 0;
            offer(
              partition,
              first,
              Array.from({ length: rows }, (_, i) => JSON.stringify({ p: partition, o: first + i })),
              bytes,
            );
            next[partition] = first + Math.max(1, rows);
            look();
            if (finish !== null && open.length > 0) open.splice(finish % open.length, 1)[0]?.succeed();
            await setImmediate();
            look();
          }
          while (open.length > 0) {
            open.shift()?.succeed();
            await setImmediate();
            look();
          }
          for (const [partition, end] of next.entries()) {
            const mine = loaded.filter((text) => text.startsWith(`${partition} `));
            const starts = mine.map((text) => Number(/\[(\d+)/.exec(text)?.[1]));
            const ends = mine.map((text) => Number(/\.\.(\d+)/.exec(text)?.[1]));
            expect(starts).toEqual([0, ...ends].slice(0, starts.length));
            expect(ends.at(-1) ?? 0).toBe(end);
          }
          expect(lane.buffered).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reports a range without rows, and sends nothing for it', async () => {
    const { lane, loads, loaded, offer } = createLane();
    offer(0, 0, []);
    await setImmediate();
    expect(loads).toEqual([]);
    expect(loaded).toEqual(['0 [0..1)']);
    expect(lane.buffered).toBe(0);
  });

  it('gives the memory of rows back when they are in the table, and of no others', async () => {
    const { loads, released, offer } = createLane();
    offer(0, 0, [row(1)]);
    offer(1, 7, [row(2)]).abort(new Error('taken away'));
    offer(2, 0, [row(3)]);
    expect(released).toEqual([]);
    loads[0]?.succeed();
    await setImmediate();
    expect(released).toEqual(['0 0']);
    loads.at(-1)?.fail(new Error('no leader'));
    await setImmediate();
    expect(released).toEqual(['0 0']);
  });

  it('hands on the turns that all tables share', () => {
    const limiter = new Limiter(1);
    const { loads, offer } = createLane({ limiter });
    offer(0, 0, [row(1)]);
    expect(loads[0]?.turns).toBe(limiter);
  });

  describe('when a partition is taken away', () => {
    it('does not load what waits of it', async () => {
      const { lane, loads, offer } = createLane({ concurrency: 1 });
      offer(0, 0, [row(1)]);
      const taken = offer(1, 0, [row(2)]);
      offer(2, 0, [row(3)]);
      taken.abort();
      loads[0]?.succeed();
      await setImmediate();
      expect(loads[1]?.rows).toEqual([row(3)]);
      loads[1]?.succeed();
      await setImmediate();
      expect(lane.buffered).toBe(0);
    });

    it('cuts a load that is only for it, and goes on', async () => {
      const { lane, loads, loaded, stops, offer } = createLane({ concurrency: 1 });
      const taken = offer(0, 0, [row(1)]);
      offer(1, 0, [row(2)]);
      taken.abort(new Error('taken away'));
      expect(loads[0]?.signal.reason).toEqual(new Error('taken away'));
      await setImmediate();
      expect(stops).toEqual([]);
      expect(loads[1]?.rows).toEqual([row(2)]);
      loads[1]?.succeed();
      await setImmediate();
      expect(loaded).toEqual(['1 [0..1)']);
      expect(lane.buffered).toBe(0);
    });

    it('does not cut a load that is for others too, and reports only theirs', async () => {
      const { lane, loads, loaded, offer } = createLane({ concurrency: 1 });
      offer(9, 0, [row(0)]);
      const taken = offer(0, 0, [row(1)]);
      offer(1, 0, [row(2)]);
      loads[0]?.succeed();
      await setImmediate();
      taken.abort();
      expect(loads[1]?.signal.aborted).toBe(false);
      loads[1]?.succeed();
      await setImmediate();
      expect(loaded).toEqual(['9 [0..1)', '1 [0..1)']);
      expect(lane.buffered).toBe(0);
    });
  });

  describe('stops', () => {
    const rejected: LoadResult = { verdict: 'rejected', message: 'too many filtered rows' };

    it('with the record that is to blame for a rejected load', async () => {
      const { lane, loads, loaded, stops, offer } = createLane();
      offer(3, 40, [row(1), '{"a":1},{"b":2}', row(3)]);
      loads[0]?.finish(rejected);
      await setImmediate();
      expect(stops).toHaveLength(1);
      expect(stops[0]).toBeInstanceOf(RecordError);
      expect(stops[0]).toMatchObject({ topic: 'orders', partition: 3, offset: 41 });
      expect(lane.stopped).toBe(stops[0]);
      expect(loaded).toEqual([]);
    });

    it('with what the search says when no single record is to blame', async () => {
      const { loads, stops, offer } = createLane({ concurrency: 1 });
      offer(9, 0, [row(0)]);
      offer(3, 40, [row(1), row(2)]);
      offer(4, 7, [row(3)]);
      loads[0]?.succeed();
      await setImmediate();
      loads[1]?.finish(rejected);
      await setImmediate();
      expect(stops).toEqual([CANNOT_BE_TOLD_APART]);
    });

    it('when StarRocks counted other rows than were sent, with the record if one is to blame', async () => {
      const { loads, loaded, stops, offer } = createLane();
      offer(0, 0, [row(1), '{"a":1},{"b":2}']);
      loads[0]?.finish({ verdict: 'miscounted', message: 'OK' });
      await setImmediate();
      expect(stops[0]).toMatchObject({ name: 'RecordError', offset: 1 });
      expect(loaded).toEqual([]);
    });

    it('when StarRocks counted other rows than were sent, and every record is right', async () => {
      const { loads, stops, offer } = createLane();
      offer(0, 0, [row(1), row(2)]);
      const rows = { total: 1, loaded: 1, filtered: 0, unselected: 0 };
      loads[0]?.finish({ verdict: 'miscounted', message: 'OK', rows });
      await setImmediate();
      expect(stops).toEqual([
        new Error(
          'StarRocks counted 1 rows in a load of 2 into t (orders/0 [0..2)), and they are in the table: OK. With `delivery` exactly-once such a load is taken back.',
        ),
      ]);
    });

    it('when a load fails in a way that nobody foresaw', async () => {
      const { loads, stops, offer } = createLane();
      offer(0, 0, [row(1)]);
      loads[0]?.fail(new TypeError('a bug'));
      await setImmediate();
      expect(stops).toEqual([new TypeError('a bug')]);
    });

    it('once, begins no more loads, and says when those under way are done', async () => {
      const { lane, loads, loaded, stops, settled, offer } = createLane({ concurrency: 2 });
      offer(0, 0, [row(1)]);
      offer(1, 0, [row(2)]);
      offer(2, 0, [row(3)]);
      loads[0]?.finish(rejected);
      await setImmediate();
      expect(settled).toEqual([]);
      lane.fail(new Error('another one'));
      loads[1]?.succeed();
      await setImmediate();
      expect(loads).toHaveLength(2);
      expect(loaded).toEqual(['1 [0..1)']);
      expect(stops).toHaveLength(1);
      expect(settled).toEqual(['2 loads begun']);
    });

    it('at once when it has no load under way', () => {
      const { lane, stops, settled } = createLane();
      lane.fail(new Error('a bad record'));
      expect(stops).toEqual([new Error('a bad record')]);
      expect(settled).toEqual(['0 loads begun']);
    });
  });

  it('goes on when StarRocks did not count, because an earlier attempt went through', async () => {
    const { loads, loaded, offer, stats } = createLane();
    offer(0, 0, [row(1), row(2)]);
    loads[0]?.finish({ verdict: 'loaded', message: 'Label [x] has already been used.' });
    await setImmediate();
    expect(loaded).toEqual(['0 [0..2)']);
    expect(stats.rowsLoaded).toBe(2);
  });

  it('warns of rows that StarRocks left out as it may', async () => {
    const { loads, loaded, offer, stats, logger } = createLane();
    offer(0, 0, [row(1), row(2)]);
    loads[0]?.succeed({ filtered: 1 });
    await setImmediate();
    expect(loaded).toEqual(['0 [0..2)']);
    expect(stats.rowsLoaded).toBe(1);
    expect(logger.messages('warn')).toEqual(['StarRocks left out 1 rows, as max_filter_ratio allows']);
  });

  it('cuts its loads when it is closed, and nothing of that is an error', async () => {
    const { lane, loads, loaded, stops, offer } = createLane({ concurrency: 1 });
    offer(0, 0, [row(1)]);
    offer(1, 0, [row(2)]);
    await lane.close();
    await setImmediate();
    expect(loads.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect(loaded).toEqual([]);
    expect(stops).toEqual([]);
  });
});
