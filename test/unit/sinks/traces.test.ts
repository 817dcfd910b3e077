import { describe, expect, it } from 'vitest';
import { Limiter } from '../../../src/core/limiter.ts';
import { type LabelState } from '../../../src/core/load-decisions.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { findBadRows } from '../../../src/operators/find-bad-rows.ts';
import { StreamLoadLane } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { type TransactionAnswer } from '../../../src/sinks/starrocks/transaction-response.ts';
import { TransactionalLoad } from '../../../src/sinks/starrocks/transactional-load.ts';
import { TransactionalLoader } from '../../../src/sinks/starrocks/transactional-loader.ts';
import { badRecords } from '../../support/bad-records.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeTransactionClient, type TransactionStep } from '../../support/fake-transaction-client.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { recordSpans } from '../../support/recording-tracer.ts';
import { encodedBatch } from '../../support/records.ts';

/** Loads a row of each of two partitions, as StarRocks answers. */
async function loadTwoRows(answer: (step: TransactionStep) => TransactionAnswer): Promise<void> {
  const states = new Map<string, LabelState>();
  const client = new FakeTransactionClient((step) => {
    if (step.operation === 'rollback') states.set(step.label, 'ABORTED');
    return Promise.resolve(answer(step));
  });
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const labelState = (label: string): Promise<LabelState> => Promise.resolve(states.get(label) ?? 'UNKNOWN');
  const loader = new TransactionalLoader({
    pipeline: 'p',
    target: { name: 't', database: 'db', table: 't' },
    transaction: () => new TransactionalLoad({ table: 't', client, labelState }),
    decisions: { open: () => Promise.resolve(), decide: () => Promise.resolve() },
    errorLog: () => Promise.resolve(''),
    stats,
    logger,
    onOverload: () => undefined,
  });
  const search = (): Promise<never> => Promise.reject(new Error('nobody searches'));
  const lane = new StreamLoadLane({
    table: 't',
    createLoader: () => loader,
    maxBytes: 1_000,
    concurrency: 1,
    limiter: new Limiter(1),
    stats,
    logger,
    badRecords: badRecords(),
    refusedRows: () => ({ findAll: search, findFirst: search }),
    findBadRows,
    onBuffered: () => undefined,
    onStopped: () => undefined,
    onSettled: () => undefined,
    onReopened: () => undefined,
  });
  const loaded: number[] = [];
  for (const partition of [0, 1]) {
    const origin = { topic: 'orders', partition, firstOffset: 5, nextOffset: 6, bytes: 10 };
    lane.admit(10);
    lane.offer({
      ...origin,
      rows: 1,
      times: { arrived: 1_000 + partition, closed: 2_000 },
      parts: [encodedBatch(['{"id":1}'], origin)],
      signal: new AbortController().signal,
      loaded: () => loaded.push(partition),
    });
  }
  await eventually(() => expect(loaded).toEqual([0, 1]));
  await lane.close();
}

const done: TransactionAnswer = {
  verdict: 'done',
  message: 'OK',
  rows: { total: 1, loaded: 1, filtered: 0, unselected: 0 },
};

describe('the spans of a load', () => {
  it('begin when its first records came, and tell its way step by step, with what went wrong at which', async () => {
    const spans = recordSpans();
    const trouble: TransactionAnswer[] = [{ verdict: 'retry', message: 'too many versions' }];
    await loadTwoRows(({ operation }) => (operation === 'load' ? trouble.shift() : undefined) ?? done);
    const first = spans.slice(0, spans.findIndex(({ name }) => name === 'load t') + 1);
    expect(first.map(({ name, parent, error }) => [name, parent, error])).toEqual([
      ['gather orders/0', 'load t', undefined],
      ['wait orders/0', 'load t', undefined],
      ['open', 'load t', undefined],
      ['begin', 'load t', undefined],
      ['send', 'load t', 'too many versions'],
      ['roll back', 'load t', undefined],
      ['open', 'load t', undefined],
      ['begin', 'load t', undefined],
      ['send', 'load t', undefined],
      ['prepare', 'load t', undefined],
      ['decide', 'load t', undefined],
      ['commit', 'load t', undefined],
      ['load t', undefined, undefined],
    ]);
    const [gather, wait] = first;
    expect([gather?.start, gather?.end, wait?.start]).toEqual([1_000, 2_000, 2_000]);
    expect(gather?.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '0',
      'tributary.first_offset': 5,
      'tributary.next_offset': 6,
      'tributary.rows': 1,
    });
    expect(first.at(-1)).toMatchObject({
      start: 1_000,
      attributes: {
        'db.system.name': 'starrocks',
        'db.collection.name': 't',
        'tributary.rows': 1,
        'tributary.bytes': 10,
      },
    });
    const labels = first.map(({ attributes }) => attributes['tributary.label']).filter((label) => label !== undefined);
    expect(new Set(labels).size).toBe(2);
  });

  it('are nowhere in a process without an SDK', async () => {
    await loadTwoRows(() => done);
    expect(recordSpans()).toEqual([]);
  });
});
