import { describe, expect, it, onTestFinished } from 'vitest';
import { UnavailableError } from '../../../src/core/errors.ts';
import { AskedColumns } from '../../../src/sinks/starrocks/asked-columns.ts';
import { type HttpAnswer } from '../../../src/sinks/starrocks/http-put.ts';
import { eventually } from '../../support/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const target = { name: "or'ders", database: 'shop', table: "or'ders" };

function answer(...columns: readonly (readonly [name: string, type: string, nullable?: string])[]): HttpAnswer {
  const lines = [{ connectionId: 1 }, { meta: [] }, ...columns.map((data) => ({ data })), { statistics: {} }];
  return { status: 200, location: undefined, body: lines.map((line) => `${JSON.stringify(line)}\n`).join('') };
}

/** Columns that are asked of these answers in turn, the last one again and again. */
function fixture(...answers: readonly (HttpAnswer | Error)[]) {
  const logger = new RecordingLogger();
  const asked: string[] = [];
  const clock = { now: 0 };
  const columns = new AskedColumns({
    target,
    logger,
    now: () => clock.now,
    query: (sql) => {
      const next = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(sql);
      return next instanceof Error || next === undefined
        ? Promise.reject(next ?? new Error('nothing'))
        : Promise.resolve(next);
    },
  });
  onTestFinished(() => columns.close());
  return { columns, logger, asked, clock };
}

describe('AskedColumns', () => {
  it('asks once, however many wait, and reads the types, and what may be NULL', async () => {
    const { columns, asked } = fixture(answer(['id', 'bigint(20)', 'NO'], ['v', 'array<int(11)>', 'YES']));
    await Promise.all([columns.refresh(), columns.refresh()]);
    expect(asked).toEqual([
      "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.columns WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'or\\'ders';",
    ]);
    expect(columns.refresh()).toBeUndefined();
    expect(columns.known).toEqual([
      { name: 'id', type: { kind: 'integer', bits: 64 }, required: true },
      { name: 'v', type: { kind: 'array', element: { kind: 'integer', bits: 32 } } },
    ]);
  });

  it('asks again after a while, and nobody waits for that', async () => {
    const { columns, asked, clock } = fixture(answer(['v', 'int(11)']), answer(['v', 'double']));
    await columns.refresh();
    clock.now = 9_999;
    expect(columns.refresh()).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.now = 10_000;
    expect(columns.refresh()).toBeUndefined();
    await eventually(() => expect(columns.known).toEqual([{ name: 'v', type: { kind: 'double' } }]));
  });

  it('asks the first time until somebody answers', async () => {
    const { columns, logger } = fixture(new UnavailableError('No StarRocks FE answers'), answer(['v', 'int(11)']));
    await columns.refresh();
    expect(columns.known).toHaveLength(1);
    expect(logger.messages('warn')).toEqual([
      "StarRocks does not tell the columns of or'ders, asking again. No StarRocks FE answers",
    ]);
  });

  it('keeps what it knows while nobody answers', async () => {
    const { columns, asked, clock } = fixture(answer(['v', 'int(11)']), new UnavailableError('gone'));
    await columns.refresh();
    clock.now = 20_000;
    expect(columns.refresh()).toBeUndefined();
    await eventually(() => expect(asked).toHaveLength(2));
    expect(columns.known).toHaveLength(1);
  });

  it.each([
    ['an old StarRocks', { status: 404, location: undefined, body: 'Not Found' }],
    ['a refusal', { status: 500, location: undefined, body: '{"status":"FAILED","msg":"Access denied"}' }],
    ['a table that is not there', answer()],
    ['lines of something else', { status: 200, location: undefined, body: '{"data":[1,2]}\n<html>\nnull\n' }],
  ])('says once that it knows nothing: %s', async (_, refusal) => {
    const { columns, logger, clock } = fixture(refusal);
    await columns.refresh();
    clock.now = 60_000;
    expect(columns.refresh()).toBeUndefined();
    await eventually(() => expect(columns.refresh()).toBeUndefined());
    expect(columns.known).toBeUndefined();
    expect(logger.messages('warn')).toEqual([
      "StarRocks does not tell the columns of or'ders (its HTTP SQL interface does from 3.2 on). Values that StarRocks changes on their way in, such as fractions for an INT column, are not refused.",
    ]);
  });

  it('lets those go who wait when it is closed', async () => {
    const { columns } = fixture(new UnavailableError('gone'));
    const waiting = columns.refresh();
    columns.close();
    await waiting;
    expect(columns.known).toBeUndefined();
  });
});
