import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { LostAnswerError } from '../../../src/sinks/starrocks/http-put.ts';
import { LoadProbe, type LoadProbeOptions, TableRefusedError } from '../../../src/sinks/starrocks/load-probe.ts';
import { type TransactionAnswer } from '../../../src/sinks/starrocks/transaction-response.ts';
import { eventually } from '../../support/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const BODY = { chunks: [Buffer.from('[{},{},{}]')], length: 10 };
const live = new AbortController().signal;
const DONE: TransactionAnswer = { verdict: 'done', message: 'OK' };

function counted(total: number, filtered: number, unselected = 0): TransactionAnswer {
  return {
    ...DONE,
    rows: { total, loaded: total - filtered - unselected, filtered, unselected },
    errorUrl: 'http://be/log',
  };
}

type Step = 'begin' | 'load' | 'prepare';

/** A StarRocks whose answers to `prepare` are given, and a fault for any step; and what it was sent. */
function setUp(answers: TransactionAnswer[], options: Partial<LoadProbeOptions> = {}) {
  const sent: string[] = [];
  const logger = new RecordingLogger();
  const faults: Partial<Record<Step, Error | undefined>> = {};
  const open = new Set<string>();
  const step = (name: Step, label: string): void => {
    sent.push(name);
    if (name === 'begin') open.add(label);
    const fault = faults[name];
    faults[name] = undefined;
    if (fault) throw fault;
  };
  const probe = new LoadProbe({
    pipeline: 'p',
    target: { name: 't', database: 'db', table: 't' },
    client: {
      begin: async (_, label) => {
        await Promise.resolve();
        step('begin', label);
        return DONE;
      },
      load: async (...[, label, , , properties]) => {
        await Promise.resolve();
        step('load', label);
        expect(properties).toEqual({ max_filter_ratio: '1' });
        return DONE;
      },
      prepare: async (_, label, __, properties) => {
        await Promise.resolve();
        step('prepare', label);
        expect(properties).toEqual({ prepared_timeout: '60' });
        return answers.shift() ?? counted(3, 0);
      },
    },
    rollBack: async (label) => {
      await Promise.resolve();
      sent.push('rollback');
      open.delete(label);
    },
    errorLog: async (url) => Promise.resolve(`Error: from ${url}. Row: {}\n`),
    hasWhere: false,
    limiter: new Limiter(1),
    logger,
    ...options,
  });
  return { probe, sent, logger, faults, open };
}

const NOTHING: TransactionAnswer = { verdict: 'rejected', message: 'all partitions have no load data : be:1' };

describe('LoadProbe', () => {
  it('prepares a load in which any number of rows may be refused, and rolls it back', async () => {
    const { probe, sent } = setUp([counted(3, 2)]);
    expect(await probe.run(BODY, 3, live)).toEqual({
      kind: 'counted',
      filtered: 2,
      log: ['from http://be/log. Row: {}'],
    });
    expect(sent).toEqual(['begin', 'load', 'prepare', 'rollback']);
  });

  it.each<[string, TransactionAnswer, boolean, object]>([
    ['no row was loaded', NOTHING, false, { kind: 'counted', filtered: 3 }],
    [
      'no row was loaded, where leaves rows out, and none is in the log',
      NOTHING,
      true,
      { kind: 'counted', filtered: 0 },
    ],
    [
      'no row was loaded, where leaves rows out, and some are in the log',
      { ...NOTHING, errorUrl: 'http://be/log' },
      true,
      { kind: 'uncounted', log: ['from http://be/log. Row: {}'] },
    ],
    [
      'the parser broke',
      { verdict: 'rejected', message: 'Failed to parse json as array.' },
      false,
      { kind: 'uncounted', message: 'Failed to parse json as array.' },
    ],
    ['it counted other rows', counted(4, 0), false, { kind: 'uncounted', message: 'StarRocks counted 4 rows in 3' }],
  ])('understands that %s', async (_, answer, hasWhere, outcome) => {
    const { probe } = setUp([answer], { hasWhere });
    expect(await probe.run(BODY, 3, live)).toMatchObject(outcome);
  });

  it.each<[string, TransactionAnswer]>([
    ['is overloaded', { verdict: 'retry', message: 'too many versions, current/limit: 1001/1000' }],
    ['does not count', DONE],
    ['is busy', { verdict: 'busy', message: 'Transaction is in processing' }],
    ['has lost the transaction', { verdict: 'gone', message: 'transaction with label x not exists' }],
  ])('asks again, with a new load, a StarRocks that %s, and says so once', async (_, answer) => {
    const { probe, sent, logger } = setUp([answer, answer, counted(3, 1)]);
    expect(await probe.run(BODY, 3, live)).toMatchObject({ filtered: 1 });
    expect(sent.filter((step) => step === 'rollback')).toHaveLength(3);
    expect(logger.messages('warn')).toEqual([
      `The search for the rows that StarRocks refuses in t is held up, and goes on by itself: ${answer.message}`,
    ]);
  });

  it.each<[Step, Error, string[]]>([
    ['begin', new UnavailableError('No StarRocks FE answers'), ['begin']],
    ['begin', new LostAnswerError('cut'), ['begin', 'rollback']],
    ['load', new UnavailableError('No StarRocks FE answers'), ['begin', 'load', 'rollback']],
    ['prepare', new LostAnswerError('cut'), ['begin', 'load', 'prepare', 'rollback']],
  ])(
    'rolls back after a %s that ended with "%s", unless nothing was begun, and asks again',
    async (at, fault, first) => {
      const { probe, sent, faults } = setUp([]);
      faults[at] = fault;
      const outcome = probe.run(BODY, 3, live);
      expect(await outcome).toMatchObject({ kind: 'counted' });
      expect(sent).toEqual([...first, 'begin', 'load', 'prepare', 'rollback']);
    },
  );

  it('ends with a table that refuses everything, and rolls back', async () => {
    const { probe, sent } = setUp([{ verdict: 'refused', message: 'unknown table "d.t"' }]);
    await expect(probe.run(BODY, 3, live)).rejects.toThrow(new TableRefusedError('unknown table "d.t"'));
    expect(sent.at(-1)).toBe('rollback');
  });

  it('rolls back although its signal was aborted, and then throws the reason', async () => {
    const abort = new AbortController();
    const { probe, faults, open } = setUp([]);
    faults.prepare = new DOMException('This operation was aborted', 'AbortError');
    abort.abort(new Error('taken away'));
    await expect(probe.run(BODY, 3, abort.signal)).rejects.toThrow('taken away');
    expect(open.size).toBe(0);
  });

  it('stops waiting for StarRocks when its signal is aborted', async () => {
    const abort = new AbortController();
    const { probe, logger } = setUp([{ verdict: 'retry', message: 'memory' }]);
    const outcome = probe.run(BODY, 3, abort.signal);
    const failed = expect(outcome).rejects.toThrow('taken away');
    await eventually(() => expect(logger.messages('warn')).toHaveLength(1));
    abort.abort(new Error('taken away'));
    await failed;
  });

  it('gives up a roll back at its limit, and says what becomes of the label', async () => {
    const { probe, logger } = setUp([], {
      rollBackMs: 20,
      rollBack: (_, signal) =>
        new Promise((__, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    expect(await probe.run(BODY, 3, live)).toMatchObject({ kind: 'counted' });
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(
        /^A trial load into t could not be rolled back within 20 ms\. It will never become visible; StarRocks ends it at its own time limit, or at once with a rollback of label tributary-p-t-[-\w]+\.$/,
      ),
    ]);
  });

  it('takes a turn, which it holds until it is rolled back', async () => {
    const limiter = new Limiter(1);
    const { probe, sent } = setUp([], { limiter });
    await Promise.all([probe.run(BODY, 3, live), probe.run(BODY, 3, live)]);
    const one = ['begin', 'load', 'prepare', 'rollback'];
    expect(sent).toEqual([...one, ...one]);
  });
});
