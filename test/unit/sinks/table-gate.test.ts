import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Limiter } from '../../../src/core/limiter.ts';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { type TableProblem } from '../../../src/sinks/starrocks/table-check.ts';
import { TableGate } from '../../../src/sinks/starrocks/table-gate.ts';
import { fakeLoader, loadJob } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const MISSING: TableProblem = { kind: 'refused', message: 'unknown table "db.b"' };
const targetOf = (name: string): TableTarget => ({ name, database: 'db', table: name });

function createGate(...problems: (TableProblem | undefined)[]): {
  readonly events: string[];
  readonly logger: RecordingLogger;
  readonly stats: TaskStats;
  readonly load: (target: TableTarget | undefined, signal?: AbortSignal) => Promise<unknown>;
} {
  const events: string[] = [];
  const known = new Set<string>();
  const logger = new RecordingLogger();
  const stats = new TaskStats();
  const gate = new TableGate({
    pipeline: 'p',
    loader: fakeLoader(() => {
      events.push('load');
      return Promise.resolve({ verdict: 'loaded', message: 'OK' });
    }),
    check: ({ name }) => {
      if (known.has(name)) return undefined;
      events.push(`check ${name}`);
      const problem = problems.shift();
      if (!problem) known.add(name);
      return Promise.resolve(problem);
    },
    stats,
    logger,
  });
  const load = (target: TableTarget | undefined, signal = new AbortController().signal): Promise<unknown> => {
    const job = loadJob({ chunks: [], length: 0 }, signal);
    const loading = gate.load({ ...job, tables: job.tables.map((table) => ({ ...table, target })) }, new Limiter(1));
    loading.catch(() => undefined);
    return loading;
  };
  return { events, logger, stats, load };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('TableGate', () => {
  it("asks nothing about the loader's own table, which the start has asked about", async () => {
    const { events, load } = createGate();
    await load(undefined);
    expect(events).toEqual(['load']);
  });

  it('asks about a table that a record names before the first load into it, and then no more', async () => {
    const { events, load } = createGate();
    await load(targetOf('b'));
    await load(targetOf('b'));
    expect(events).toEqual(['check b', 'load', 'load']);
  });

  it('waits, and says why, until the table can be loaded', async () => {
    const { events, logger, stats, load } = createGate(MISSING, MISSING);
    const loading = load(targetOf('b'));
    await vi.advanceTimersByTimeAsync(0);
    expect(events).toEqual(['check b']);
    expect(stats.troubles.get('b')?.message).toBe('unknown table "db.b"');
    await vi.advanceTimersByTimeAsync(60_000);
    await loading;
    expect(events).toEqual(['check b', 'check b', 'check b', 'load']);
    expect(logger.messages('error')).toEqual([
      'StarRocks refuses every load into b until somebody mends it: unknown table "db.b"',
    ]);
    expect(logger.messages('info')).toEqual(['Loading into b works again']);
    expect(stats.troubles.size).toBe(0);
  });

  it('gives up when a partition is taken away', async () => {
    const abort = new AbortController();
    const { events, load } = createGate(MISSING);
    const loading = load(targetOf('b'), abort.signal);
    await vi.advanceTimersByTimeAsync(0);
    const reason = new Error('taken away');
    abort.abort(reason);
    await expect(loading).rejects.toBe(reason);
    expect(events).toEqual(['check b']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
