import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EncodedBatch } from '../../../src/core/encoded-batch.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { recordList } from '../../../src/core/record-batch.ts';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { type LoadJob, type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { RefusedRows } from '../../../src/sinks/starrocks/refused-rows.ts';
import { StreamLoadLane } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { badRecords } from '../../support/bad-records.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeDeadLetterTopic } from '../../support/fake-dead-letter-topic.ts';
import { FakeJudge, type Fate } from '../../support/fake-judge.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { encodedBatch, recordOf, utf8 } from '../../support/records.ts';

const OWN = 'own';
const targetOf = (name: string): TableTarget => ({ name, database: 'db', table: name });

interface Scene {
  readonly lane: StreamLoadLane;
  readonly stats: TaskStats;
  readonly topic: FakeDeadLetterTopic;
  readonly stops: Error[];
  /** The rows of each load that was tried, by table. */
  readonly tried: Record<string, string[]>[];
  /** Rows in the tables. */
  readonly tables: Record<string, string[]>;
  readonly loaded: string[];
  readonly offer: (partition: number, parts: readonly EncodedBatch[]) => void;
}

/** A lane whose StarRocks takes the rows of a table when all of them are good. */
function createScene(
  delivery: 'exactly-once' | 'at-least-once',
  tolerance: 'none' | 'all' = 'all',
  hold?: Promise<void>,
): Scene {
  const topic = new FakeDeadLetterTopic();
  const stats = new TaskStats();
  const tried: Scene['tried'] = [];
  const tables: Scene['tables'] = {};
  const loaded: string[] = [];
  const stops: Error[] = [];
  const load = async (job: LoadJob): Promise<readonly LoadResult[]> => {
    await hold;
    await job.badRecords.write();
    const loads = job.tables.map(({ target, body }) => ({
      name: target?.name ?? OWN,
      rows: (JSON.parse(Buffer.concat(body.chunks).toString('utf8')) as object[]).map((row) => JSON.stringify(row)),
    }));
    tried.push(Object.fromEntries(loads.map(({ name, rows }) => [name, rows])));
    const isGood = loads.map(({ rows }) => rows.every((row) => row.includes('"good"')));
    const areAllGood = isGood.every((good) => good);
    return loads.map(({ name, rows }, index) => {
      if (isGood[index] !== true) return { verdict: 'rejected', message: `too many filtered rows in ${name}` };
      if (delivery === 'exactly-once' && !areAllGood) return { verdict: 'held back', message: '' };
      (tables[name] ??= []).push(...rows);
      return { verdict: 'loaded', message: 'OK' };
    });
  };
  const lane = new StreamLoadLane({
    table: OWN,
    createLoader: () => ({ load }),
    maxBytes: 100_000,
    concurrency: 1,
    limiter: new Limiter(8),
    stats,
    logger: new RecordingLogger(),
    badRecords: badRecords(tolerance, { topic, stats }),
    refusedRows: (target) => new RefusedRows({ table: target?.name ?? OWN, probe: new FakeJudge(), findBadRows }),
    findBadRows,
    onBuffered: () => undefined,
    onStopped: (error) => stops.push(error),
    onSettled: () => undefined,
    onReopened: () => undefined,
  });
  return {
    lane,
    stats,
    topic,
    stops,
    tried,
    tables,
    loaded,
    offer(partition, parts) {
      lane.admit(1);
      lane.offer({
        topic: 'orders',
        partition,
        firstOffset: 0,
        nextOffset: 9,
        bytes: 1,
        rows: parts.reduce((sum, { rows }) => sum + rows, 0),
        times: { arrived: 0, closed: 0 },
        parts,
        signal: new AbortController().signal,
        loaded: () => loaded.push(`partition ${partition}`),
      });
    },
  };
}

const rowOf = (fate: Fate, id: number): string => `{"id":${id},"fate":"${fate}"}`;

/** Rows of an envelope that go into a table; each comes from the record at the offset that is its id. */
function part(table: string, rows: readonly (readonly [id: number, fate: Fate])[], partition = 0): EncodedBatch {
  const ids = rows.map(([id]) => id);
  const source = recordList(Array.from({ length: 9 }, (_, id) => recordOf(utf8(`fetched ${id}`), id, { partition })));
  return {
    ...encodedBatch(
      rows.map(([id, fate]) => rowOf(fate, id)),
      { partition, nextOffset: 9 },
    ),
    rowOffset: (row) => ids[row] ?? -1,
    ...(table !== OWN && { target: targetOf(table) }),
    failed: [],
    source,
  };
}

const letters = ({ topic }: Scene): string[] =>
  topic.records.map(({ source, value }) => `${source.offset} ${Buffer.from(value ?? []).toString()}`);

describe('a lane whose ranges have rows for other tables', () => {
  it('loads them together, and counts the rows of each table', async () => {
    const scene = createScene('exactly-once');
    scene.offer(0, [part(OWN, [[0, 'good']]), part('b', [[1, 'good']]), part('b', [[2, 'good']])]);
    await eventually(() => expect(scene.loaded).toEqual(['partition 0']));
    expect(scene.tried).toEqual([{ own: [rowOf('good', 0)], b: [rowOf('good', 1), rowOf('good', 2)] }]);
    expect(scene.stats).toMatchObject({ loads: 2, rowsLoaded: 3 });
  });

  it.each(['exactly-once', 'at-least-once'] as const)(
    'leaves out the records that a table refuses, each once, and loads every other row once (%s)',
    async (delivery) => {
      const scene = createScene(delivery);
      scene.offer(0, [
        part(OWN, [
          [0, 'good'],
          [1, 'good'],
        ]),
        part('b', [
          [2, 'type'],
          [3, 'good'],
        ]),
        part('c', [
          [2, 'null'],
          [4, 'null'],
          [5, 'good'],
        ]),
      ]);
      await eventually(() => expect(scene.loaded).toEqual(['partition 0']));
      expect(scene.tables).toEqual({
        own: [rowOf('good', 0), rowOf('good', 1)],
        b: [rowOf('good', 3)],
        c: [rowOf('good', 5)],
      });
      expect(letters(scene)).toEqual(['2 fetched 2', '4 fetched 4']);
      expect(scene.stats.badRecords).toBe(2);
    },
  );

  it('takes a refused record out of every table that it has rows for', async () => {
    const scene = createScene('exactly-once');
    scene.offer(0, [part(OWN, [[1, 'good']]), part('b', [[1, 'type']])]);
    scene.offer(1, [part(OWN, [[1, 'good']], 1)]);
    await eventually(() => expect(scene.loaded).toEqual(['partition 0', 'partition 1']));
    // It is another record at the same offset.
    expect(scene.tables).toEqual({ own: [rowOf('good', 1)] });
    expect(letters(scene)).toEqual(['1 fetched 1']);
  });

  it('stops with the record and the table that refuses it, where none is tolerated', async () => {
    const scene = createScene('exactly-once', 'none');
    scene.offer(0, [part(OWN, [[0, 'good']]), part('b', [[1, 'type']])]);
    await eventually(() => expect(scene.stops).toHaveLength(1));
    expect(scene.stops[0]?.message).toMatch(
      /^The record at topic orders, partition 0, offset 1 cannot be loaded: StarRocks refuses it in the table b: Value 'x' is out of range/,
    );
    expect(scene.tables).toEqual({});
  });

  it('takes no more tables into a load than fit beside an offset in Kafka', async () => {
    let go: () => void = () => undefined;
    const scene = createScene('exactly-once', 'all', new Promise((resolve) => (go = resolve)));
    const long = (name: string): string => name.padEnd(1_000, '_');
    scene.offer(9, [part(OWN, [[0, 'good']], 9)]);
    // These wait for the slot, and three of their tables do not fit.
    for (const [partition, table] of ['b', 'c', 'b', 'd', 'c'].entries()) {
      scene.offer(partition, [part(long(table), [[partition, 'good']], partition)]);
    }
    await setImmediate();
    go();
    await eventually(() => expect(scene.loaded).toHaveLength(6));
    expect(scene.tried.slice(1).map((tables) => Object.keys(tables).map(([letter]) => letter))).toEqual([
      ['b', 'c'],
      ['d'],
    ]);
    expect(scene.loaded).toEqual([9, 0, 1, 2, 4, 3].map((partition) => `partition ${partition}`));
  });
});
