import { describe, expect, it } from 'vitest';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { LoadTrouble } from '../../../src/sinks/starrocks/load-trouble.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

function createTrouble(): { trouble: LoadTrouble; stats: TaskStats; logger: RecordingLogger } {
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  return { trouble: new LoadTrouble('t', stats, logger), stats, logger };
}

describe('LoadTrouble', () => {
  it('says what went wrong, where, and that it is tried again', () => {
    const { trouble, stats, logger } = createTrouble();
    trouble.report({ verdict: 'retry', message: 'too many versions' }, 'l1', 1);
    expect(logger.entries).toEqual([
      {
        level: 'warn',
        message: 'A load into t did not go through and is tried again: too many versions',
        facts: { table: 't', label: 'l1', attempt: 1, reason: 'too many versions' },
      },
    ]);
    expect(stats.retries).toBe(1);
  });

  it('calls for a person when StarRocks refuses every load', () => {
    const { trouble, logger } = createTrouble();
    trouble.report({ verdict: 'refused', message: 'unknown table "db.t"' }, 'l1', 1);
    expect(logger.messages('error')).toEqual([
      'StarRocks refuses every load into t until somebody mends it: unknown table "db.t"',
    ]);
  });

  it('says a trouble once, also when only its numbers change, and counts every attempt', () => {
    const { trouble, stats, logger } = createTrouble();
    trouble.report({ verdict: 'retry', message: 'too many versions, 1001' }, 'l1', 1);
    trouble.report({ verdict: 'retry', message: 'too many versions, 1002' }, 'l2', 2);
    expect(logger.entries.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'A load into t did not go through and is tried again: too many versions, 1001'],
      ['debug', 'Still trying to load'],
    ]);
    expect(stats.retries).toBe(2);
  });

  it('says another trouble, and the first one when it comes back', () => {
    const { trouble, logger } = createTrouble();
    for (const message of ['no FE answers', 'too many versions', 'no FE answers']) {
      trouble.report({ verdict: 'retry', message }, 'l', 1);
    }
    expect(logger.messages('warn')).toHaveLength(3);
  });

  it('says the same words again when they come to mean that a person must act', () => {
    const { trouble, logger } = createTrouble();
    trouble.report({ verdict: 'retry', message: 'no' }, 'l', 1);
    trouble.report({ verdict: 'refused', message: 'no' }, 'l', 2);
    expect(logger.messages('error')).toHaveLength(1);
  });

  it('says once that it is over, and says the same trouble anew when it comes back', () => {
    const { trouble, logger } = createTrouble();
    trouble.report({ verdict: 'retry', message: 'no FE answers' }, 'l1', 1);
    trouble.over();
    trouble.over();
    trouble.report({ verdict: 'retry', message: 'no FE answers' }, 'l2', 1);
    expect(logger.messages('info')).toEqual(['Loading into t works again']);
    expect(logger.messages('warn')).toHaveLength(2);
  });

  it('says nothing when there was no trouble', () => {
    const { trouble, stats, logger } = createTrouble();
    trouble.over();
    expect(logger.entries).toEqual([]);
    expect(stats.retries).toBe(0);
  });
});
