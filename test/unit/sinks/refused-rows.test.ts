import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadRejectedError } from '../../../src/core/errors.ts';
import { TableRefusedError } from '../../../src/sinks/starrocks/load-probe.ts';
import { type RefusedRowSearchOptions } from '../../../src/sinks/starrocks/refused-row-search.ts';
import { RefusedRows, type RefusedRowsResult } from '../../../src/sinks/starrocks/refused-rows.ts';
import { FakeJudge, type Fate, malformedRows, rowsOf } from '../../support/fake-judge.ts';

const live = new AbortController().signal;

function searchWith(judge: FakeJudge, limits?: RefusedRowSearchOptions['limits']): RefusedRows {
  return new RefusedRows({ table: 't', probe: judge, findBadRows: malformedRows, ...(limits && { limits }) });
}

/** The fates of rows, good but for some. */
function fates(length: number, others: Readonly<Record<number, Fate>>): Fate[] {
  return Array.from({ length }, (_, index) => others[index] ?? 'good');
}

function offsets(result: RefusedRowsResult): number[] {
  return result.verdict === 'found' ? result.rows.map(({ offset }) => offset - 1_000) : [];
}

function reasons(result: RefusedRowsResult): string[] {
  return result.verdict === 'found' ? result.rows.map(({ reason }) => reason) : [];
}

const TYPE = "Value 'x' is out of range. The type of 'id' is INT";
const NULL = "NULL value in non-nullable column 'v'";

describe('RefusedRows.findAll', () => {
  it.each<[string, Record<number, Fate>]>([
    ['none', {}],
    ['the first', { 0: 'null' }],
    ['one in the middle', { 50: 'null' }],
    ['the last', { 99: 'null' }],
    ['the first and the last', { 0: 'null', 99: 'type' }],
    ['neighbours over the border of two parts', { 29: 'null', 30: 'null', 31: 'type' }],
    ['one that breaks the parser', { 70: 'break' }],
    ['one of each kind', { 3: 'malformed', 30: 'break', 60: 'type', 61: 'null', 99: 'break' }],
  ])('finds %s', async (_, others) => {
    const result = await searchWith(new FakeJudge()).findAll(rowsOf(fates(100, others), 30), live);
    expect(offsets(result)).toEqual(Object.keys(others).map(Number));
    const words = {
      type: TYPE,
      null: NULL,
      break: 'Failed to parse json as array.',
      malformed: 'its value is not JSON',
    };
    expect(reasons(result)).toEqual(Object.values(others).map((fate) => words[fate as keyof typeof words]));
  });

  it('says in which part a row is, and at which index', async () => {
    const parts = rowsOf(fates(100, { 64: 'null' }), 30);
    expect(await searchWith(new FakeJudge()).findAll(parts, live)).toMatchObject({
      rows: [{ part: parts[2], row: 4, offset: 1_064 }],
    });
  });

  it('takes one probe when all are refused', async () => {
    const judge = new FakeJudge();
    const result = await searchWith(judge).findAll(rowsOf(Array<Fate>(500).fill('null')), live);
    expect(offsets(result)).toHaveLength(500);
    expect(judge.probes).toEqual([500]);
  });

  it('takes two probes when the log names every refused row', async () => {
    const judge = new FakeJudge();
    const others = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index * 390, 'type' as const]));
    const result = await searchWith(judge).findAll(rowsOf(fates(20_000, others)), live);
    expect(offsets(result)).toEqual(Object.keys(others).map(Number));
    expect(judge.probes).toEqual([20_000, 19_950]);
  });

  it('looks into the log again while that names most of what is left', async () => {
    const judge = new FakeJudge();
    judge.logged = 20;
    const others = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index * 390, 'type' as const]));
    const result = await searchWith(judge).findAll(rowsOf(fates(20_000, others)), live);
    expect(offsets(result)).toEqual(Object.keys(others).map(Number));
    expect(judge.probes).toEqual([20_000, 19_980, 19_960, 19_950]);
  });

  it('needs no probe of a right half: one refused row in 100,000 takes at most 19', async () => {
    const judge = new FakeJudge();
    const result = await searchWith(judge).findAll(rowsOf(fates(100_000, { 77_777: 'null' }), 1_000), live);
    expect(offsets(result)).toEqual([77_777]);
    expect(judge.probes.length).toBeLessThanOrEqual(19);
    expect(result).toMatchObject({ probes: judge.probes.length, bytes: judge.bytes });
  });

  it('names all rows with the text that the log has once', async () => {
    const judge = new FakeJudge();
    judge.logged = 1;
    const [part] = rowsOf(fates(10, { 4: 'type' }));
    if (!part) throw new Error('no part');
    const again = { ...part, partition: 7, rowOffset: (row: number) => 2_000 + row };
    expect(await searchWith(judge).findAll([part, again], live)).toMatchObject({
      rows: [
        { part, offset: 1_004 },
        { part: again, offset: 2_004 },
      ],
      probes: 2,
    });
  });

  it('gives rows that the log shows in other words the reasons of their group', async () => {
    const result = await searchWith(new FakeJudge()).findAll(rowsOf(['type', 'null', 'null']), live);
    expect(reasons(result)).toEqual([TYPE, `one of: ${TYPE}; ${NULL}`, `one of: ${TYPE}; ${NULL}`]);
  });

  it('does not give rows that the log does not reach the reason of others as theirs', async () => {
    const ofOthers = 'its error log ends before this row, and says of other rows of the load';
    const judge = new FakeJudge();
    judge.logged = 2;
    const all = await searchWith(judge).findAll(rowsOf(['type', 'null', 'null']), live);
    expect(reasons(all)).toEqual([TYPE, ...Array<string>(2).fill(`${ofOthers}: one of: ${TYPE}; ${NULL}`)]);
    judge.logged = 1;
    const rightHalf = await searchWith(judge).findAll(rowsOf(['null', 'good', 'good', 'type']), live);
    expect(reasons(rightHalf)).toEqual([NULL, `${ofOthers}: ${NULL}`]);
    judge.logged = 0;
    expect(reasons(await searchWith(judge).findAll(rowsOf(['null']), live))).toEqual(['its error log gives no reason']);
  });

  it('is not deceived by a value that makes the log name another row', async () => {
    const result = await searchWith(new FakeJudge()).findAll(rowsOf(fates(100, { 40: 'lie' })), live);
    expect(offsets(result)).toEqual([40]);
    const two = await searchWith(new FakeJudge()).findAll(rowsOf(fates(100, { 40: 'lie', 50: 'null' })), live);
    expect(offsets(two)).toEqual([40, 50]);
    // Nothing is loaded of either half of what is left once the log was believed, so their counts show nothing.
    const judge = new FakeJudge({ hasWhere: true });
    judge.logged = 3;
    const letters: Partial<Record<string, Fate>> = { t: 'type', l: 'lie' };
    const kinds = Array.from('gttltttgggtggtgggtt', (letter) => letters[letter] ?? 'good');
    const believed = await searchWith(judge).findAll(rowsOf(kinds), live);
    expect(offsets(believed)).toEqual([...kinds.keys()].filter((index) => kinds[index] !== 'good'));
  });

  it('tells rows that where left out from refused ones', async () => {
    const judge = new FakeJudge({ hasWhere: true });
    const kinds: Fate[] = ['left', 'null', 'left', 'left', 'type', 'left', 'left', 'left'];
    expect(offsets(await searchWith(judge).findAll(rowsOf(kinds), live))).toEqual([1, 4]);
    expect(offsets(await searchWith(judge).findAll(rowsOf([...kinds, 'good']), live))).toEqual([1, 4]);
    expect(offsets(await searchWith(judge).findAll(rowsOf(['left', 'left']), live))).toEqual([]);
  });

  it('names the load when StarRocks takes each row and not all together', async () => {
    const judge = new FakeJudge();
    judge.mostRows = 60;
    const parts = rowsOf(fates(100, {}), 50);
    await expect(searchWith(judge).findAll(parts, live)).rejects.toThrow(
      new LoadRejectedError(
        'StarRocks rejected a load into t (orders/0 [1000..1050), orders/1 [1050..1100)): of 100 rows 0 were found that it refuses, and it does not take the rest either: Failed to parse json as array.',
      ),
    );
    await expect(searchWith(judge).findFirst(parts, live)).rejects.toThrow(
      'it refuses the rows together, and takes each of them alone.',
    );
  });

  it('names the load when the counts change under the search', async () => {
    const judge = new FakeJudge();
    let probes = 0;
    const fickle = {
      run: async (...[body, rows]: Parameters<FakeJudge['run']>) => {
        const outcome = await judge.run(body, rows);
        return outcome.kind === 'counted' && probes++ % 2 === 0 ? { ...outcome, filtered: rows - 1 } : outcome;
      },
    };
    const search = new RefusedRows({ table: 't', probe: fickle, findBadRows: malformedRows });
    await expect(search.findAll(rowsOf(fates(64, { 3: 'null' })), live)).rejects.toThrow(LoadRejectedError);
  });

  it('gives up at the limit of probes, and of bytes', async () => {
    const parts = rowsOf(Array.from({ length: 256 }, (_, index) => (index % 2 === 0 ? 'null' : 'good')));
    const few = new FakeJudge();
    await expect(searchWith(few, { probes: 20, bodies: 100 }).findAll(parts, live)).rejects.toThrow(
      /^StarRocks rejected a load into t \(orders\/0 \[1000\.\.1256\)\): it refuses more rows than can be told apart one by one: 20 trial loads of \d+ bytes found \d+ of 256\. Look at what most of them have in common/,
    );
    expect(few.probes).toHaveLength(20);
    const small = new FakeJudge();
    await expect(searchWith(small, { probes: 1_000, bodies: 2 }).findAll(parts, live)).rejects.toThrow('one by one');
    const body = parts.reduce((sum, part) => sum + part.body.length, 0) + 1;
    expect(small.bytes).toBeLessThanOrEqual(2 * body);
  });

  it('ends with a table that refuses everything', async () => {
    const judge = new FakeJudge();
    judge.onProbe = () => {
      if (judge.probes.length === 2) throw new TableRefusedError('unknown table "d.t"');
    };
    expect(await searchWith(judge).findAll(rowsOf(fates(100, { 3: 'null' })), live)).toEqual({
      verdict: 'refused',
      message: 'unknown table "d.t"',
    });
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    abort.abort(new Error('taken away'));
    await expect(searchWith(new FakeJudge()).findAll(rowsOf(fates(10, {})), abort.signal)).rejects.toThrow(
      'taken away',
    );
    await expect(searchWith(new FakeJudge()).findFirst(rowsOf(fates(10, {})), abort.signal)).rejects.toThrow(
      'taken away',
    );
  });
});

describe('RefusedRows.findFirst', () => {
  it.each<[string, Record<number, Fate>, number[]]>([
    ['nothing', {}, []],
    ['the first of all', { 0: 'null', 7: 'malformed' }, [0]],
    ['the first of several', { 41: 'type', 42: 'null', 90: 'break' }, [41]],
    ['one that breaks the parser', { 42: 'break', 60: 'null' }, [42]],
    ['one that is no JSON, when nothing comes before it', { 42: 'malformed', 60: 'null' }, [42]],
    ['one before the first that is no JSON', { 41: 'null', 42: 'malformed' }, [41]],
    ['the last', { 99: 'null' }, [99]],
  ])('finds %s', async (_, others, expected) => {
    const result = await searchWith(new FakeJudge()).findFirst(rowsOf(fates(100, others), 30), live);
    expect(offsets(result)).toEqual(expected);
  });

  it('takes at most 19 probes and two bodies for the first of many in 100,000', async () => {
    const judge = new FakeJudge();
    const others = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [66_667 + index * 3, 'null' as const]));
    const result = await searchWith(judge).findFirst(rowsOf(fates(100_000, others)), live);
    expect(offsets(result)).toEqual([66_667]);
    expect(reasons(result)).toEqual([NULL]);
    expect(judge.probes.length).toBeLessThanOrEqual(19);
    expect(judge.probes.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(200_020);
  });
});

it('finds what the oracle says, whatever rows are bad in whatever way', async () => {
  const fate = fc.oneof(
    { weight: 12, arbitrary: fc.constant<Fate>('good') },
    { weight: 3, arbitrary: fc.constantFrom<Fate>('type', 'null', 'left') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('break', 'malformed', 'lie') },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { maxLength: 80, size: 'max' }),
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      async (kinds, partRows, logged, hasWhere) => {
        // Row 0 is what a lie names; without `where` nothing is left out.
        const rows = kinds.map((kind, index) => (index === 0 || (kind === 'left' && !hasWhere) ? 'good' : kind));
        const bad = [...rows.keys()].filter((index) => rows[index] !== 'good' && rows[index] !== 'left');
        const judge = new FakeJudge({ hasWhere });
        judge.logged = logged;
        const search = searchWith(judge);
        const parts = rowsOf(rows, partRows);
        const all = await search.findAll(parts, live);
        expect(offsets(all)).toEqual(bad);
        expect(reasons(all)).not.toContain('');
        expect(offsets(await search.findFirst(parts, live))).toEqual(bad.slice(0, 1));
      },
    ),
    { numRuns: 500 },
  );
});
