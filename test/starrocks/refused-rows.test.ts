import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { defaultLoadProperties } from '../../src/config/starrocks-settings.ts';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { Limiter } from '../../src/core/limiter.ts';
import { findBadRows } from '../../src/operators/find-bad-rows.ts';
import { LoadProbe } from '../../src/sinks/starrocks/load-probe.ts';
import { RefusedRows, type RefusedRowsResult } from '../../src/sinks/starrocks/refused-rows.ts';
import { StreamLoadClient } from '../../src/sinks/starrocks/stream-load-client.ts';
import { TransactionClient } from '../../src/sinks/starrocks/transaction-client.ts';
import { TransactionalLoad } from '../../src/sinks/starrocks/transactional-load.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { encodedBatch } from '../support/records.ts';

const live = new AbortController().signal;
/** With it, StarRocks checks NOT NULL where it knows the rows no longer as they were sent, so its log names none. */
const ALL = { where: 'id >= 0' };

interface Bench {
  readonly starrocks: Emulator;
  readonly probe: LoadProbe;
  readonly search: RefusedRows;
  readonly logger: RecordingLogger;
}

async function setUp(properties: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const starrocks = await startEmulator();
  onTestFinished(() => starrocks.close());
  await starrocks.query(
    'CREATE DATABASE d; CREATE TABLE d.t (id BIGINT, v VARCHAR(8) NOT NULL, small TINYINT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
  );
  const options = {
    urls: starrocks.feUrls,
    database: 'd',
    username: 'root',
    password: '',
    connectMs: 1_000,
    idleMs: 10_000,
    properties: { ...defaultLoadProperties, format: 'json', ...properties },
  };
  const client = new StreamLoadClient(options);
  const transactions = new TransactionClient(options);
  onTestFinished(() => {
    client.close();
    transactions.close();
  });
  const twoPhase = new TransactionalLoad({
    table: 't',
    client: transactions,
    labelState: (label, signal) => client.labelState(label, signal),
  });
  const logger = new RecordingLogger();
  const probe = new LoadProbe({
    pipeline: 'p',
    target: { name: 't', database: 'db', table: 't' },
    client: transactions,
    rollBack: (label, signal) => twoPhase.rollBack(label, signal),
    errorLog: (url, signal) => client.errorLog(url, signal),
    hasWhere: properties.where !== undefined,
    limiter: new Limiter(1),
    logger,
  });
  return { starrocks, probe, search: new RefusedRows({ table: 't', probe, findBadRows }), logger };
}

/** Rows that are fine but for some, in parts. */
function rowsOf(length: number, others: Readonly<Record<number, string>>, partRows = 1_000): EncodedBatch[] {
  const parts: EncodedBatch[] = [];
  for (let start = 0; start < length; start += partRows) {
    const rows = Array.from(
      { length: Math.min(partRows, length - start) },
      (_, row) => others[start + row] ?? `{"id":${start + row},"v":"ok"}`,
    );
    parts.push(encodedBatch(rows, { partition: parts.length, firstOffset: start }));
  }
  return parts;
}

function found(result: RefusedRowsResult): Record<number, string> {
  if (result.verdict === 'refused') throw new Error(result.message);
  return Object.fromEntries(result.rows.map(({ offset, reason }) => [offset, reason]));
}

function probesOf(result: RefusedRowsResult): number {
  return result.verdict === 'found' ? result.probes : Number.NaN;
}

async function expectNothingLeft({ starrocks }: Bench): Promise<void> {
  expect(starrocks.stats()).toMatchObject({ openTransactions: 0, rowsLoaded: 0 });
  expect(await starrocks.query('SELECT * FROM d.t')).toEqual([]);
}

const NULL = "NULL value in non-nullable column 'v'";
const RANGE = "Value '1000' is out of range. The type of 'small' is TINYINT(4)";
const LONG = "String '123456789'(length=9) is too long. The max length of 'v' is 8";

const MISSING = '{"id":7}';
const WRONG = '{"id":7,"v":"x","small":1000}';
const TOO_LONG = '{"id":7,"v":"123456789"}';

describe('the rows that StarRocks refuses', () => {
  it.each<[string, Record<number, string>, Record<number, string>]>([
    ['none', {}, {}],
    ['the first', { 0: WRONG }, { 0: RANGE }],
    ['the middle one', { 500: TOO_LONG }, { 500: LONG }],
    ['the last', { 999: MISSING }, { 999: NULL }],
    [
      'some of each kind',
      { 0: WRONG, 333: MISSING, 334: TOO_LONG, 999: WRONG },
      { 0: RANGE, 333: NULL, 334: LONG, 999: RANGE },
    ],
  ])('%s: found by their text in the error log', async (_, others, expected) => {
    const bench = await setUp();
    const parts = rowsOf(1_000, others, 300);
    const all = await bench.search.findAll(parts, live);
    expect(found(all)).toEqual(expected);
    expect(probesOf(all)).toBeLessThanOrEqual(2);
    const [first] = Object.entries(expected);
    expect(found(await bench.search.findFirst(parts, live))).toEqual(first ? { [first[0]]: first[1] } : {});
    await expectNothingLeft(bench);
  });

  it('rows that the error log shows in other words: found by counting', async () => {
    const bench = await setUp(ALL);
    const others = { 0: MISSING, 17: MISSING, 640: MISSING, 999: MISSING };
    const result = await bench.search.findAll(rowsOf(1_000, others), live);
    expect(found(result)).toEqual({ 0: NULL, 17: NULL, 640: NULL, 999: NULL });
    expect(probesOf(result)).toBeLessThanOrEqual(4 * 10 + 2);
    await expectNothingLeft(bench);
  });

  it('all rows', async () => {
    const bench = await setUp();
    const everyone = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [index, MISSING]));
    const result = await bench.search.findAll(rowsOf(200, everyone, 30), live);
    expect(Object.values(found(result))).toEqual(Array<string>(200).fill(NULL));
    expect(probesOf(result)).toBe(1);
    await expectNothingLeft(bench);
  });

  it('rows that are no JSON and would break the whole load', async () => {
    const bench = await setUp();
    const parts = rowsOf(10, { 1: '{"a":1}}{', 3: '[', 5: '{"v":"??"}', 6: WRONG, 8: '{"id":1},{"id":2}' });
    // The place of the question marks.
    const invalid = Buffer.from(parts[0]?.body ?? []).indexOf('??');
    parts[0]?.body.set([0xc3, 0x28], invalid);
    expect(found(await bench.search.findAll(parts, live))).toEqual({
      1: expect.stringMatching(/^its value is not JSON \(/) as string,
      3: expect.stringMatching(/^its value is not JSON \(/) as string,
      5: 'its value is not valid UTF-8',
      6: RANGE,
      8: expect.stringMatching(/^its value is not JSON \(/) as string,
    });
    await expectNothingLeft(bench);
  });

  it('rows that only StarRocks cannot parse: found by halving, each with its words', async () => {
    const bench = await setUp();
    // Nobody parses them before StarRocks does.
    const unparsed = new RefusedRows({ table: 't', probe: bench.probe, findBadRows: () => [] });
    const others = { 3: '{"a":1}}{', 500: '[', 501: WRONG, 999: '{"id":1},{"id":2,"v":"y"}' };
    expect(found(await unparsed.findAll(rowsOf(1_000, others), live))).toEqual({
      3: expect.stringMatching(/^Failed to parse json/) as string,
      500: expect.stringMatching(/^Failed to (parse|iterate) json/) as string,
      501: RANGE,
      999: 'StarRocks counted 2 rows in 1',
    });
    await expectNothingLeft(bench);
  });

  it('rows that where leaves out are not refused', async () => {
    const bench = await setUp({ where: 'small > 5' });
    const wanted = (index: number): string => `{"id":${index},"v":"ok","small":9}`;
    const others = { 2: MISSING, 20: wanted(20), 30: '{"id":30,"small":9}', 31: WRONG, 40: wanted(40) };
    expect(found(await bench.search.findAll(rowsOf(100, others, 30), live))).toEqual({ 30: NULL, 31: RANGE });
    // Nothing is loaded of these, so StarRocks counts nothing.
    const only = { 30: '{"id":30,"small":9}', 31: WRONG };
    expect(found(await bench.search.findAll(rowsOf(100, only), live))).toEqual({ 30: NULL, 31: RANGE });
    expect(found(await bench.search.findFirst(rowsOf(100, only), live))).toEqual({ 30: NULL });
    expect(found(await bench.search.findAll(rowsOf(100, {}), live))).toEqual({});
    await expectNothingLeft(bench);
  });
});

describe('what a search costs', () => {
  it('one refused row in 100,000 takes at most 19 probes, and one that the log names takes 2', async () => {
    const named = await setUp();
    expect(probesOf(await named.search.findAll(rowsOf(100_000, { 77_777: MISSING }), live))).toBe(2);
    const counted = await setUp(ALL);
    const parts = rowsOf(100_000, { 77_777: MISSING });
    const all = await counted.search.findAll(parts, live);
    expect(found(all)).toEqual({ 77_777: NULL });
    expect(probesOf(all)).toBeLessThanOrEqual(19);
    const first = await counted.search.findFirst(parts, live);
    expect(found(first)).toEqual({ 77_777: NULL });
    expect(probesOf(first)).toBeLessThanOrEqual(19);
    await expectNothingLeft(counted);
  });

  it('50 refused rows in 20,000 that the log names take at most 4 probes', async () => {
    const bench = await setUp();
    const others = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [index * 399, `{"id":${index},"v":"x","small":1000}`]),
    );
    const result = await bench.search.findAll(rowsOf(20_000, others), live);
    expect(Object.keys(found(result))).toEqual(Object.keys(others));
    expect(probesOf(result)).toBeLessThanOrEqual(4);
    await expectNothingLeft(bench);
  });
});

describe('a search on a bad day', () => {
  it.each(['transaction.begin', 'transaction.load', 'transaction.prepare'] as const)(
    'waits at %s for a StarRocks with too many versions, and goes on',
    async (at) => {
      const bench = await setUp(ALL);
      bench.starrocks.addFault({ at, fail: 'too_many_versions', skip: 3, times: 2 });
      const result = await bench.search.findAll(rowsOf(1_000, { 600: MISSING }), live);
      expect(found(result)).toEqual({ 600: NULL });
      expect(bench.logger.messages('warn')).toEqual([expect.stringContaining('too many versions') as string]);
      await expectNothingLeft(bench);
    },
  );

  it('survives lost answers', async () => {
    const bench = await setUp(ALL);
    for (const at of [
      'transaction.begin',
      'transaction.load',
      'transaction.prepare',
      'transaction.rollback',
    ] as const) {
      bench.starrocks.addFault({ at, when: 'after', cut: true, skip: 2 });
    }
    expect(found(await bench.search.findAll(rowsOf(1_000, { 600: MISSING }), live))).toEqual({ 600: NULL });
    await expectNothingLeft(bench);
  });

  it.each(['transaction.begin', 'transaction.load', 'transaction.prepare'] as const)(
    'leaves no open transaction when it is aborted at %s',
    async (at) => {
      const bench = await setUp(ALL);
      const abort = new AbortController();
      bench.starrocks.addFault({ at, when: 'after', skip: 3, delayMs: 300 });
      const search = bench.search.findAll(rowsOf(1_000, { 600: MISSING }), abort.signal);
      const ended = expect(search).rejects.toThrow('taken away');
      await eventually(() => expect(bench.starrocks.faults()).toEqual([]));
      abort.abort(new Error('taken away'));
      await ended;
      await expectNothingLeft(bench);
    },
  );

  it('ends when the table is dropped', async () => {
    const bench = await setUp();
    await bench.starrocks.query('DROP TABLE d.t');
    expect(await bench.search.findAll(rowsOf(10, { 6: MISSING }), live)).toMatchObject({
      verdict: 'refused',
      message: expect.stringContaining('unknown table') as string,
    });
    expect(bench.starrocks.stats().openTransactions).toBe(0);
  });
});

it('finds what the rows themselves say, whatever is wrong with whichever', async () => {
  const plain = await setUp();
  const counting = await setUp(ALL);
  const row = fc.oneof(
    { weight: 8, arbitrary: fc.constant('{"id":1,"v":"ok"}') },
    { weight: 2, arbitrary: fc.constantFrom(MISSING, WRONG, TOO_LONG) },
    { weight: 1, arbitrary: fc.constantFrom('{"a":1}}{', '[', '{"id":1},{"id":2}') },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40, size: 'max' }),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (rows, partRows, named) => {
        const { search } = named ? plain : counting;
        const parts = rowsOf(rows.length, Object.fromEntries(rows.entries()), partRows);
        const bad = [...rows.keys()].filter((index) => rows[index] !== '{"id":1,"v":"ok"}').map(String);
        expect(Object.keys(found(await search.findAll(parts, live)))).toEqual(bad);
        expect(Object.keys(found(await search.findFirst(parts, live)))).toEqual(bad.slice(0, 1));
      },
    ),
    { numRuns: 25 },
  );
  await expectNothingLeft(plain);
  await expectNothingLeft(counting);
});
