import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoadRejectedError, RefusedRecordError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { type LoadJob, type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { StreamLoadLane } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { badRecords } from '../../support/bad-records.ts';
import { fakeLoader } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { encodedBatch } from '../../support/records.ts';

/** A load under way, whose end a test chooses. */
interface Load {
  readonly rows: unknown[];
  readonly job: LoadJob;
  readonly succeed: () => void;
  readonly reject: () => void;
  readonly fail: (error: Error) => void;
}

let lane: StreamLoadLane;
let loads: Load[];
/** The ranges that were reported as loaded, in order. */
let loaded: string[];
let stops: { readonly error: Error; readonly retryMs: number | undefined }[];
let events: string[];
/** StarRocks says that it is given too many loads. */
let overload: () => void;
/** What the search for refused rows comes to. */
let searching: () => Promise<never>;

const UNKNOWN_TABLE = new LoadRejectedError('StarRocks refuses the table');

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  loads = [];
  loaded = [];
  stops = [];
  events = [];
  overload = () => undefined;
  searching = () => Promise.reject(UNKNOWN_TABLE);
  lane = new StreamLoadLane({
    table: 't',
    createLoader: (onOverload) => {
      overload = onOverload;
      return fakeLoader(
        (job) =>
          new Promise<LoadResult>((resolve, reject) => {
            loads.push({
              rows: JSON.parse(Buffer.concat(job.body?.chunks ?? []).toString('utf8')) as unknown[],
              job,
              succeed: () => resolve({ verdict: 'loaded', message: 'OK' }),
              reject: () => resolve({ verdict: 'rejected', message: 'too many filtered rows' }),
              fail: reject,
            });
          }),
      );
    },
    maxBytes: 1000,
    concurrency: 2,
    limiter: new Limiter(8),
    stats: new TaskStats(),
    logger: new RecordingLogger(),
    badRecords: badRecords(),
    refusedRows: () => ({ findAll: () => searching(), findFirst: () => searching() }),
    findBadRows,
    onBuffered: () => undefined,
    onStopped: (error, retryMs) => stops.push({ error, retryMs }),
    onSettled: () => events.push('settled'),
    onReopened: () => events.push('reopened'),
  });
});

afterEach(() => {
  void lane.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Offers a range of one row, and returns what takes its partition away. */
function offer(partition: number, offset: number): AbortController {
  const abort = new AbortController();
  const origin = { topic: 'orders', partition, firstOffset: offset, nextOffset: offset + 1, bytes: 10 };
  lane.admit(10);
  abort.signal.addEventListener('abort', () => lane.withdraw(10));
  lane.offer({
    ...origin,
    rows: 1,
    times: { arrived: 0, closed: 0 },
    parts: [encodedBatch([`"${partition}/${offset}"`], origin)],
    signal: abort.signal,
    loaded: () => loaded.push(`${partition}/${offset}`),
  });
  return abort;
}

/** Three partitions in one load. */
async function together(): Promise<AbortController[]> {
  offer(8, 0);
  offer(9, 0);
  const partitions = [offer(0, 0), offer(1, 0), offer(2, 0)];
  loads[0]?.succeed();
  await settled();
  expect(loads.at(-1)?.rows).toEqual(['0/0', '1/0', '2/0']);
  return partitions;
}

describe('a load that loses some of its partitions', () => {
  it('hears of the first one that goes, and of the last one', async () => {
    const [first, second, third] = await together();
    const { incomplete, abandoned } = loads.at(-1)?.job ?? {};
    const reason = new Error('taken away');
    second?.abort(reason);
    expect([incomplete?.reason, abandoned?.aborted]).toEqual([reason, false]);
    first?.abort();
    expect(abandoned?.aborted).toBe(false);
    third?.abort();
    expect(abandoned?.aborted).toBe(true);
  });

  it('gives back the ranges of the others when it is given up: in order, and before what came meanwhile', async () => {
    const [, second] = await together();
    offer(0, 1);
    offer(3, 0);
    second?.abort();
    loads.at(-1)?.fail(new Error('taken away'));
    await settled();
    expect(loads.at(-1)?.rows).toEqual(['0/0', '2/0', '0/1', '3/0']);
    expect(stops).toEqual([]);
    loads.at(-1)?.succeed();
    loads[1]?.succeed();
    await settled();
    expect(loaded).toEqual(['8/0', '0/0', '2/0', '0/1', '3/0', '9/0']);
    expect(lane.buffered).toBe(0);
  });

  it('gives nothing back when all of them are gone', async () => {
    const partitions = await together();
    for (const partition of partitions) partition.abort();
    loads.at(-1)?.fail(new Error('taken away'));
    loads[1]?.succeed();
    await settled();
    expect(loads).toHaveLength(3);
    expect(stops).toEqual([]);
    expect(lane.buffered).toBe(0);
  });

  it('reports those that are left when it goes through all the same', async () => {
    const [, second] = await together();
    second?.abort();
    loads.at(-1)?.succeed();
    await settled();
    expect(loaded).toEqual(['8/0', '0/0', '2/0']);
  });
});

describe('a lane that StarRocks refuses', () => {
  /** A load is rejected, and the search for its bad rows fails as well. */
  async function refuse(partition: number): Promise<void> {
    offer(partition, 0);
    loads.at(-1)?.reject();
    await settled();
  }

  it('stops, says when it looks again, and goes on by itself then', async () => {
    await refuse(0);
    expect(stops).toEqual([{ error: UNKNOWN_TABLE, retryMs: 2_500 }]);
    expect(lane.stopped).toBe(UNKNOWN_TABLE);
    expect(lane.isFinished).toBe(false);
    offer(1, 0);
    expect(loads).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_499);
    expect(events).toEqual(['settled']);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(['settled', 'reopened']);
    expect(lane.stopped).toBeUndefined();
    expect(lane.isFinished).toBe(false);
  });

  it('says what has stopped it until a load has gone through, also while it is tried again', async () => {
    const began = Date.now();
    await refuse(0);
    const halt = { since: began, message: UNKNOWN_TABLE.message };
    expect(lane.halt).toEqual({ ...halt, retryAt: began + 2_500 });
    await vi.advanceTimersByTimeAsync(2_500);
    expect([lane.stopped, lane.halt]).toEqual([undefined, { ...halt, retryAt: began + 2_500 }]);
    await refuse(1);
    expect(lane.halt).toEqual({ ...halt, retryAt: began + 7_500 });
    await vi.advanceTimersByTimeAsync(5_000);
    offer(2, 0);
    loads.at(-1)?.succeed();
    await settled();
    expect(lane.halt).toBeUndefined();
  });

  it('loads nothing that was offered before: its partitions start over', async () => {
    await refuse(0);
    offer(1, 0);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(loads).toHaveLength(1);
    offer(1, 0);
    expect(loads.at(-1)?.rows).toEqual(['1/0']);
  });

  it('waits longer each time, up to a minute at most, and starts over once a load has passed', async () => {
    for (let times = 0; times < 6; times++) {
      await refuse(times);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    offer(7, 0);
    loads.at(-1)?.succeed();
    await settled();
    await refuse(8);
    expect(stops.map(({ retryMs }) => retryMs)).toEqual([2_500, 5_000, 10_000, 20_000, 30_000, 30_000, 2_500]);
  });

  it('does not go on before its last load has ended', async () => {
    offer(0, 0);
    offer(1, 0);
    loads[0]?.reject();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([]);
    loads[1]?.succeed();
    await settled();
    expect(events).toEqual(['settled']);
    expect(loaded).toEqual(['1/0']);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(events).toEqual(['settled', 'reopened']);
  });

  it('goes on as well when it refuses a single record', async () => {
    searching = () =>
      Promise.reject(new RefusedRecordError({ topic: 'orders', partition: 0, offset: 0 }, 'it is out of range'));
    await refuse(0);
    expect(stops).toMatchObject([{ error: { name: 'RefusedRecordError', offset: 0 }, retryMs: 2_500 }]);
  });

  it('stops for good when the fault is another one', async () => {
    searching = () => Promise.reject(new TypeError('a bug'));
    await refuse(0);
    expect(stops).toEqual([{ error: new TypeError('a bug'), retryMs: undefined }]);
    expect(lane.isFinished).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events).toEqual(['settled']);
  });

  it('does not go on once it is closed', async () => {
    await refuse(0);
    await lane.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual(['settled']);
  });
});

describe('a lane whose loads are too many for StarRocks', () => {
  it('begins them further apart, so that more rows gather in each', async () => {
    offer(0, 0);
    overload();
    loads[0]?.succeed();
    await settled();
    // One load has passed, so the gap is gone again.
    offer(0, 1);
    expect(loads).toHaveLength(2);
    overload();
    overload();
    offer(1, 0);
    offer(2, 0);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(loads).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(loads.at(-1)?.rows).toEqual(['1/0', '2/0']);
  });

  it('asks for what the partitions hold when the time has come, and not before', async () => {
    let demands = 0;
    lane.demand$.subscribe({
      next: () => demands++,
      error: (error: unknown) => expect.unreachable(String(error)),
    });
    offer(0, 0);
    overload();
    const before = demands;
    offer(1, 0);
    await vi.advanceTimersByTimeAsync(999);
    expect(demands).toBe(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(demands).toBe(before + 1);
  });

  it('begins none any more when it is closed meanwhile', async () => {
    offer(0, 0);
    overload();
    offer(1, 0);
    loads[0]?.succeed();
    await lane.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loads).toHaveLength(1);
  });
});

describe('a lane that is closed', () => {
  it('waits until its loads have ended', async () => {
    offer(0, 0);
    offer(1, 0);
    const closed = vi.fn();
    const closing = lane.close().then(closed);
    expect(loads.map(({ job }) => [job.incomplete.aborted, job.abandoned.aborted])).toEqual([
      [true, true],
      [true, true],
    ]);
    loads[0]?.fail(new Error('The pipeline was closed.'));
    await settled();
    expect(closed).not.toHaveBeenCalled();
    loads[1]?.succeed();
    await closing;
    expect(loaded).toEqual(['1/0']);
    expect(stops).toEqual([]);
  });

  it('has nothing to wait for without a load, and begins none any more', async () => {
    await lane.close();
    offer(0, 0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loads).toEqual([]);
  });
});
