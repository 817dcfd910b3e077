import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { putFailure } from '../../../src/core/dead-letter.ts';
import { type EncodedBatch, offsetsIn } from '../../../src/core/encoded-batch.ts';
import { RecordError, UnavailableError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { recordList } from '../../../src/core/record-batch.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { type LoadJob, type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { RefusedRows } from '../../../src/sinks/starrocks/refused-rows.ts';
import { StreamLoadLane, type StreamLoadLaneOptions } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { badRecords } from '../../support/bad-records.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeDeadLetterTopic } from '../../support/fake-dead-letter-topic.ts';
import { FakeJudge, type Fate } from '../../support/fake-judge.ts';
import { fakeLoader } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { encodedBatch, recordOf, utf8 } from '../../support/records.ts';

const REJECTED: LoadResult = { verdict: 'rejected', message: 'too many filtered rows' };
const LOADED: LoadResult = { verdict: 'loaded', message: 'OK' };

const rowOf = (fate: Fate, id: number): string => `{"id":${id},"fate":"${fate}"}`;

/** Records of a partition, one row each, with what they were when they were fetched. */
function part(fates: readonly Fate[], { partition = 0, firstOffset = 0 } = {}): EncodedBatch {
  const origin = { partition, firstOffset };
  const rows = fates.map((fate, index) => rowOf(fate, firstOffset + index));
  const source = recordList(
    rows.map((_, index) => recordOf(utf8(`fetched ${firstOffset + index}`), firstOffset + index, origin)),
  );
  return { ...encodedBatch(rows, origin), failed: [], source };
}

interface Scene {
  readonly lane: StreamLoadLane;
  readonly topic: FakeDeadLetterTopic;
  readonly judge: FakeJudge;
  readonly stats: TaskStats;
  readonly logger: RecordingLogger;
  /** The rows of each load that was tried. */
  readonly tried: string[][];
  /** Rows in the table. */
  readonly table: string[];
  readonly loaded: string[];
  readonly stops: { readonly error: Error; readonly retryMs: number | undefined }[];
  readonly offer: (...parts: readonly EncodedBatch[]) => AbortController;
}

interface SceneOptions {
  readonly tolerance?: 'none' | 'all';
  readonly topic?: FakeDeadLetterTopic | undefined;
  /** Answers a load before the rows are looked at. */
  readonly answer?: (job: LoadJob, load: number) => Promise<LoadResult | undefined>;
  readonly lane?: Partial<StreamLoadLaneOptions>;
}

/** A lane whose StarRocks takes a load when every row is good, and counts refused rows as the real one does. */
function createScene({ tolerance = 'all', answer, ...options }: SceneOptions = {}): Scene {
  const given = 'topic' in options ? options.topic : new FakeDeadLetterTopic();
  const judge = new FakeJudge();
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const tried: string[][] = [];
  const table: string[] = [];
  const loaded: string[] = [];
  const stops: Scene['stops'][number][] = [];
  const loader = fakeLoader(async (job) => {
    await job.badRecords.write();
    const objects = job.body ? (JSON.parse(Buffer.concat(job.body.chunks).toString('utf8')) as object[]) : [];
    const rows = objects.map((row) => JSON.stringify(row));
    tried.push(rows);
    const result =
      (await answer?.(job, tried.length)) ?? (rows.every((row) => row.includes('"good"')) ? LOADED : REJECTED);
    if (result.verdict === 'loaded') table.push(...rows);
    return result;
  });
  const scene: Scene = {
    lane: new StreamLoadLane({
      table: 't',
      createLoader: () => loader,
      maxBytes: 100_000,
      concurrency: 2,
      limiter: new Limiter(8),
      stats,
      logger,
      badRecords: badRecords(tolerance, { ...(given && { topic: given }), stats }),
      refusedRows: () => new RefusedRows({ table: 't', probe: judge, findBadRows }),
      findBadRows,
      onBuffered: () => undefined,
      onStopped: (error, retryMs) => stops.push({ error, retryMs }),
      onSettled: () => undefined,
      onReopened: () => undefined,
      ...options.lane,
    }),
    topic: given ?? new FakeDeadLetterTopic(),
    judge,
    stats,
    logger,
    tried,
    table,
    loaded,
    stops,
    offer(...parts) {
      const [first] = parts;
      const last = parts.at(-1);
      if (!first || !last) throw new Error('a range has parts');
      const abort = new AbortController();
      const { topic, partition, firstOffset } = first;
      const { nextOffset } = last;
      scene.lane.admit(1);
      scene.lane.offer({
        topic,
        partition,
        firstOffset,
        nextOffset,
        bytes: 1,
        rows: parts.reduce((sum, { rows }) => sum + rows, 0),
        times: { arrived: 0, closed: 0 },
        parts,
        signal: abort.signal,
        loaded: () => loaded.push(`${partition} [${firstOffset}..${nextOffset})`),
      });
      return abort;
    },
  };
  onTestFinished(() => scene.lane.close());
  return scene;
}

const until = (check: () => void): Promise<void> => eventually(check);

describe('with errors.tolerance=all a lane', () => {
  const cases: readonly (readonly [string, readonly Fate[]])[] = [
    ['the first row', ['type', 'good', 'good', 'good']],
    ['a row in the middle', ['good', 'null', 'good', 'good']],
    ['the last row', ['good', 'good', 'good', 'type']],
    ['several rows', ['null', 'type', 'good', 'type']],
  ];
  it.each(cases)('leaves out %s that StarRocks refuses, and loads the others once', async (_which, fates) => {
    const { topic, stats, tried, table, loaded, offer, logger } = createScene();
    offer(part(fates, { partition: 2, firstOffset: 10 }));
    await until(() => expect(loaded).toEqual(['2 [10..14)']));
    const good = fates.flatMap((fate, index) => (fate === 'good' ? [rowOf(fate, 10 + index)] : []));
    const bad = fates.flatMap((fate, index) => (fate === 'good' ? [] : [10 + index]));
    expect(table).toEqual(good);
    expect(tried).toHaveLength(2);
    expect(topic.sources).toEqual(bad);
    expect(topic.records.map(({ value }) => value)).toEqual(bad.map((offset) => utf8(`fetched ${offset}`)));
    expect(stats).toMatchObject({ rowsLoaded: good.length, badRecords: bad.length, loads: 1 });
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Left out ${bad.length} records for t that cannot be loaded\\. The record at topic orders, partition 2, offset ${bad[0]} cannot be loaded: StarRocks refuses it: `,
        ),
      ),
    ]);
  });

  it('gives each dead letter the reason that StarRocks gave for its row', async () => {
    const reasons: string[] = [];
    const { loaded, offer } = createScene({
      answer: (job) => {
        const { first } = job.badRecords;
        if (first) reasons.push(first.error.message);
        return Promise.resolve(undefined);
      },
    });
    offer(part(['good', 'null']));
    await until(() => expect(loaded).toHaveLength(1));
    expect(reasons).toEqual([
      "The record at topic orders, partition 0, offset 1 cannot be loaded: StarRocks refuses it: NULL value in non-nullable column 'v'",
    ]);
  });

  it('reports a range of which no row is left, and sends no load for it', async () => {
    const { topic, tried, loaded, offer, stats } = createScene();
    offer(part(['type', 'type', 'null']));
    await until(() => expect(loaded).toEqual(['0 [0..3)']));
    expect(topic.sources).toEqual([0, 1, 2]);
    expect(tried.at(-1)).toEqual([]);
    expect(stats.loads).toBe(0);
  });

  it('writes what failed on the way together with what StarRocks refuses, each once', async () => {
    const { topic, table, loaded, offer } = createScene();
    const record = recordOf(utf8('not JSON'), 2);
    const failed = [putFailure(record, new RecordError(record, 'its value is not a JSON object'))];
    offer({ ...part(['good', 'type']), failed, nextOffset: 3 });
    await until(() => expect(loaded).toEqual(['0 [0..3)']));
    expect(table).toEqual([rowOf('good', 0)]);
    expect(topic.sources).toEqual([2, 1]);
  });

  it('writes what failed on the way of an envelope without any rows', async () => {
    const { topic, loaded, tried, offer } = createScene();
    const record = recordOf(utf8('not JSON'), 0);
    const failed = [putFailure(record, new RecordError(record, 'its value is not a JSON object'))];
    offer({ ...part([]), failed, nextOffset: 1 });
    await until(() => expect(loaded).toEqual(['0 [0..1)']));
    expect(tried).toEqual([[]]);
    expect(topic.sources).toEqual([0]);
  });

  it('leaves out a record of several rows as a whole, with one dead letter', async () => {
    const { topic, table, loaded, offer } = createScene();
    const rows = [rowOf('good', 1), rowOf('good', 2), rowOf('type', 3), rowOf('type', 4), rowOf('good', 5)];
    const rowOffset = offsetsIn(Float64Array.of(7, 8, 8, 8, 9));
    const source = recordList([7, 8, 9].map((offset) => recordOf(utf8(`fetched ${offset}`), offset)));
    offer({ ...encodedBatch(rows, { firstOffset: 7, nextOffset: 10 }), rowOffset, failed: [], source });
    await until(() => expect(loaded).toHaveLength(1));
    expect(table).toEqual([rowOf('good', 1), rowOf('good', 5)]);
    expect(topic.sources).toEqual([8]);
  });

  it('tells the partitions of a load apart, also where their offsets are the same', async () => {
    const { topic, table, loaded, offer } = createScene({ lane: { concurrency: 1 } });
    offer(part(['good'], { partition: 9 }));
    offer(part(['good', 'type'], { partition: 1 }));
    offer(part(['null', 'good'], { partition: 2 }), part(['good', 'type'], { partition: 2, firstOffset: 2 }));
    await until(() => expect(loaded).toHaveLength(3));
    expect(table).toHaveLength(4);
    expect(topic.records.map(({ source }) => `${source.partition}/${source.offset}`)).toEqual(['1/1', '2/0', '2/3']);
  });

  it('only warns and goes on where there is no dead letter topic', async () => {
    const { table, loaded, offer, logger, stats } = createScene({ topic: undefined });
    offer(part(['good', 'type']));
    await until(() => expect(loaded).toHaveLength(1));
    expect(table).toEqual([rowOf('good', 0)]);
    expect(logger.messages('warn')).toHaveLength(1);
    expect(stats.badRecords).toBe(1);
  });

  it('loads again what the search found nothing wrong with: the table was mended meanwhile', async () => {
    const { tried, table, loaded, offer, topic } = createScene({
      answer: (_, load) => Promise.resolve(load <= 2 ? REJECTED : undefined),
    });
    offer(part(['good', 'good']));
    await until(() => expect(loaded).toHaveLength(1));
    expect(tried).toHaveLength(3);
    expect(table).toHaveLength(2);
    expect(topic.records).toEqual([]);
  });

  it('loads again when the table refuses everything by the time of the search', async () => {
    const { tried, loaded, offer } = createScene({
      answer: (_, load) => Promise.resolve(load === 1 ? REJECTED : undefined),
      lane: {
        refusedRows: () => ({
          findAll: () => Promise.resolve({ verdict: 'refused', message: 'unknown table' }),
          findFirst: () => Promise.reject(new Error('it looks for all of them')),
        }),
      },
    });
    offer(part(['good']));
    await until(() => expect(loaded).toHaveLength(1));
    expect(tried).toHaveLength(2);
  });

  it('stops, to try again later, when StarRocks goes on rejecting what the search finds nothing wrong with', async () => {
    const { tried, stops, loaded, offer } = createScene({ answer: () => Promise.resolve(REJECTED) });
    offer(part(['good', 'good'], { partition: 4, firstOffset: 6 }));
    await until(() => expect(stops).toHaveLength(1));
    expect(stops[0]?.error).toMatchObject({
      name: 'LoadRejectedError',
      message: 'StarRocks rejected a load into t (orders/4 [6..8)): too many filtered rows',
    });
    expect(stops[0]?.retryMs).toBeGreaterThan(0);
    expect(tried).toHaveLength(6);
    expect(loaded).toEqual([]);
  });

  it('writes no dead letter again when a load is given up because one of its partitions was taken away', async () => {
    const taken: AbortController[] = [];
    const { topic, table, loaded, offer, stats } = createScene({
      lane: { concurrency: 1 },
      answer: ({ incomplete }, load) => {
        // The bad record is written and left out, and the load is under way.
        if (load !== 3) return Promise.resolve(undefined);
        taken[0]?.abort(new Error('taken away'));
        return Promise.reject(incomplete.reason as Error);
      },
    });
    offer(part(['good'], { partition: 9 }));
    taken.push(offer(part(['good', 'type'], { partition: 0 })));
    offer(part(['good', 'type'], { partition: 1, firstOffset: 5 }));
    await until(() => expect(loaded).toEqual(['9 [0..1)', '1 [5..7)']));
    expect(topic.records.map(({ source }) => `${source.partition}/${source.offset}`)).toEqual(['0/1', '1/6']);
    expect(table).toEqual([rowOf('good', 0), rowOf('good', 5)]);
    expect(stats.badRecords).toBe(2);
  });

  it('gives up the search when a partition is taken away, and loads what is left', async () => {
    const { judge, topic, table, loaded, offer } = createScene({ lane: { concurrency: 1 } });
    offer(part(['good'], { partition: 9 }));
    const taken = offer(part(['type', 'good'], { partition: 0 }));
    offer(part(['good', 'good'], { partition: 1 }));
    judge.onProbe = () => {
      judge.onProbe = () => undefined;
      taken.abort(new Error('taken away'));
      throw new Error('taken away');
    };
    await until(() => expect(loaded).toEqual(['9 [0..1)', '1 [0..2)']));
    expect(topic.records).toEqual([]);
    expect(table).toHaveLength(3);
  });

  it('stops with the record whose dead letter can never be written', async () => {
    const { topic, stops, loaded, table, offer } = createScene();
    const tooLarge = new RecordError({ topic: 'orders', partition: 0, offset: 1 }, 'its dead letter is too large');
    topic.sendEnds.push({ error: tooLarge });
    offer(part(['good', 'type']));
    await until(() => expect(stops).toEqual([{ error: tooLarge, retryMs: undefined }]));
    expect(loaded).toEqual([]);
    expect(table).toEqual([]);
  });
});

describe('with errors.tolerance=none a lane', () => {
  it('stops at the first row that StarRocks refuses, whose dead letter is written, and tries again later', async () => {
    const { topic, stops, loaded, table, offer } = createScene({ tolerance: 'none' });
    offer(part(['good', 'good', 'type', 'null'], { firstOffset: 20 }));
    await until(() => expect(stops).toHaveLength(1));
    expect(stops[0]?.error).toMatchObject({ name: 'RefusedRecordError', partition: 0, offset: 22 });
    expect(stops[0]?.retryMs).toBeGreaterThan(0);
    expect(topic.sources).toEqual([22]);
    expect(loaded).toEqual([]);
    expect(table).toEqual([]);
  });

  it('stops for good at the first record that is wrong in itself, which is written as it was fetched', async () => {
    const { topic, stops, tried, offer } = createScene({ tolerance: 'none' });
    const letters = [3, 4].map((offset) => {
      const record = recordOf(utf8(`not JSON ${offset}`), offset);
      return putFailure(record, new RecordError(record, 'its value is not a JSON object'));
    });
    offer({ ...part(['good', 'good', 'good']), failed: letters, nextOffset: 5 });
    await until(() => expect(stops).toEqual([{ error: letters[0]?.error, retryMs: undefined }]));
    expect(topic.records.map(({ value }) => value)).toEqual([utf8('not JSON 3')]);
    expect(tried).toEqual([]);
  });

  it('stops for good at a row that only parsing shows to be wrong', async () => {
    const { topic, stops, offer } = createScene({ tolerance: 'none', answer: () => Promise.resolve(REJECTED) });
    const rows = [rowOf('good', 0), '{"a":1},{"b":2}'];
    offer({ ...encodedBatch(rows), failed: [], source: recordList([recordOf(utf8('x'), 0), recordOf(utf8('y'), 1)]) });
    await until(() => expect(stops).toHaveLength(1));
    expect(stops[0]?.retryMs).toBeUndefined();
    expect(stops[0]?.error.name).toBe('RecordError');
    expect(stops[0]?.error).toMatchObject({ offset: 1 });
    expect(topic.sources).toEqual([1]);
  });

  it('stops with the record also when its dead letter cannot be written, and says so', async () => {
    const { topic, stops, logger, offer } = createScene({ tolerance: 'none' });
    topic.sendEnds.push({ error: new UnavailableError('no broker answers') });
    offer(part(['type']));
    await until(() => expect(stops).toHaveLength(1));
    expect(stops[0]?.error).toMatchObject({ offset: 0 });
    expect(logger.entries.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'A bad record could not be written as a dead letter',
        facts: { table: 't', error: 'no broker answers' },
      },
    ]);
  });

  it('comes back when the table is mended, and does not write the dead letter again while it is not', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let mended = false;
    const { topic, stops, table, loaded, offer } = createScene({
      tolerance: 'none',
      answer: () => Promise.resolve(mended ? LOADED : undefined),
      lane: { onReopened: () => offer(part(['good', 'type'])) },
    });
    offer(part(['good', 'type']));
    await eventually(() => expect(stops).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(stops[0]?.retryMs ?? 0);
    await eventually(() => expect(stops).toHaveLength(2));
    mended = true;
    await vi.advanceTimersByTimeAsync(stops[1]?.retryMs ?? 0);
    await eventually(() => expect(loaded).toEqual(['0 [0..2)']));
    expect(table).toHaveLength(2);
    expect(topic.sources).toEqual([1]);
    expect(stops).toHaveLength(2);
  });

  it('stops for longer each time that it comes back in vain', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { stops, offer } = createScene({ tolerance: 'none' });
    for (let time = 1; time <= 6; time++) {
      offer(part(['type']));
      await eventually(() => expect(stops).toHaveLength(time));
      await vi.advanceTimersByTimeAsync(stops[time - 1]?.retryMs ?? 0);
    }
    const waits = stops.map(({ retryMs = 0 }) => retryMs);
    expect(waits.every((wait, index) => wait >= Math.min(2_500 * 2 ** index, 30_000))).toBe(true);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  });
});

describe('a lane that is closed', () => {
  it('ends its search, and writes nothing', async () => {
    let search: AbortSignal | undefined;
    const untilClosed = (_parts: readonly EncodedBatch[], signal: AbortSignal): Promise<never> => {
      search = signal;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    };
    const { lane, topic, stops, offer } = createScene({
      lane: { refusedRows: () => ({ findAll: untilClosed, findFirst: untilClosed }) },
    });
    offer(part(['good', 'type']));
    await until(() => expect(search).toBeDefined());
    await lane.close();
    expect(search?.aborted).toBe(true);
    expect(topic.records).toEqual([]);
    expect(stops).toEqual([]);
  });
});
