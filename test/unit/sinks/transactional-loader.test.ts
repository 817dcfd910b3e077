import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotTakenError, UnavailableError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import { type LabelState, type LoadIntent, type OffsetRange } from '../../../src/core/load-decisions.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { type LoadJob, type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { LostAnswerError } from '../../../src/sinks/starrocks/http-put.ts';
import { type TransactionAnswer } from '../../../src/sinks/starrocks/transaction-response.ts';
import { TransactionalLoad } from '../../../src/sinks/starrocks/transactional-load.ts';
import { TransactionalLoader } from '../../../src/sinks/starrocks/transactional-loader.ts';
import { badRecords } from '../../support/bad-records.ts';
import { FakeTransactionClient, type TransactionStep } from '../../support/fake-transaction-client.ts';
import { loadOne } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

type Operation = TransactionStep['operation'] | 'open' | 'decide';
/** What a step does instead of passing. */
type Misstep = (signal: AbortSignal) => TransactionAnswer | Promise<TransactionAnswer>;

const ROWS = 3;
const RANGES: readonly OffsetRange[] = [
  { topic: 'orders', partition: 0, firstOffset: 5, nextOffset: 7 },
  { topic: 'orders', partition: 1, firstOffset: 0, nextOffset: 1 },
];
const BODY = { chunks: [Buffer.from('[1,2,3]')], length: 7 };
const DONE: TransactionAnswer = { verdict: 'done', message: 'OK' };

/** A StarRocks and a Kafka that do what is asked, and a loader that loads into them. */
class Scene {
  /** Everything that was asked, as "operation label", labels counted from 1. */
  readonly asked: string[] = [];
  readonly ranges: (readonly OffsetRange[])[] = [];
  readonly intents: LoadIntent[] = [];
  readonly stats = new TaskStats();
  readonly logger = new RecordingLogger();
  readonly loader: TransactionalLoader;
  overloads = 0;
  /** Rows that StarRocks counts. */
  counted = ROWS;
  /** The label's state, whatever was asked for. */
  state: LabelState | undefined;
  readonly #labels: string[] = [];
  readonly #states = new Map<string, LabelState>();
  readonly #missteps = new Map<Operation, Misstep[]>();

  constructor() {
    const client = new FakeTransactionClient((step) => this.#step(step));
    const transaction = new TransactionalLoad({
      table: 't',
      client,
      labelState: (label) => Promise.resolve(this.state ?? this.#states.get(label) ?? 'UNKNOWN'),
    });
    const never = new AbortController().signal;
    const decide = (
      operation: 'open' | 'decide',
      ranges: readonly OffsetRange[],
      intent: LoadIntent,
    ): Promise<void> => {
      this.ranges.push(ranges);
      this.intents.push(intent);
      return this.#take(operation, intent.label, never, () => DONE).then(() => undefined);
    };
    this.loader = new TransactionalLoader({
      pipeline: 'p',
      target: { name: 't', database: 'db', table: 't' },
      transaction: () => transaction,
      decisions: {
        open: (ranges, intent) => decide('open', ranges, intent),
        decide: (ranges, intent) => decide('decide', ranges, intent),
      },
      errorLog: (url) => Promise.resolve(url === 'log' ? 'row 2 is out of range' : ''),
      stats: this.stats,
      logger: this.logger,
      onOverload: () => this.overloads++,
    });
  }

  /** The next time that an operation is asked for, it does this instead. */
  next(operation: Operation, ...missteps: readonly Misstep[]): void {
    this.#missteps.set(operation, [...(this.#missteps.get(operation) ?? []), ...missteps]);
  }

  /** The state that StarRocks has of the n-th label. */
  stateOf(label: number): LabelState {
    return this.#states.get(this.#labels[label - 1] ?? '') ?? 'UNKNOWN';
  }

  #step({ operation, label, signal }: TransactionStep): Promise<TransactionAnswer> {
    return this.#take(operation, label, signal, () => this.act(operation, label));
  }

  /** What the operation does when nothing is wrong. */
  act(operation: TransactionStep['operation'], label = this.#labels.at(-1) ?? ''): TransactionAnswer {
    const after: Readonly<Record<typeof operation, LabelState>> = {
      begin: 'PREPARE',
      load: 'PREPARE',
      prepare: 'PREPARED',
      commit: 'VISIBLE',
      rollback: 'ABORTED',
    };
    this.#states.set(label, after[operation]);
    const rows = { total: this.counted, loaded: this.counted, filtered: 0, unselected: 0 };
    return operation === 'prepare' ? { ...DONE, rows } : DONE;
  }

  async #take(
    operation: Operation,
    label: string,
    signal: AbortSignal,
    otherwise: () => TransactionAnswer,
  ): Promise<TransactionAnswer> {
    if (!this.#labels.includes(label)) this.#labels.push(label);
    this.asked.push(`${operation} ${this.#labels.indexOf(label) + 1}`);
    const misstep = this.#missteps.get(operation)?.shift();
    return misstep ? misstep(signal) : otherwise();
  }
}

const says =
  (verdict: TransactionAnswer['verdict'], message: string, more: Partial<TransactionAnswer> = {}): Misstep =>
  () => ({ verdict, message, ...more });
const fails =
  (error: Error): Misstep =>
  () =>
    Promise.reject(error);
const hangs: Misstep = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

let scene: Scene;
let one: AbortController;
let all: AbortController;

/** Loads in the background, with signals that a test can abort. */
function load(turns = new Limiter(1)): Promise<LoadResult> {
  const job: LoadJob = {
    tables: [{ target: undefined, body: BODY, rows: ROWS }],
    badRecords: badRecords().createBatch(),
    ranges: RANGES,
    abandoned: all.signal,
    incomplete: AbortSignal.any([one.signal, all.signal]),
  };
  const loading = loadOne(scene.loader, job, turns);
  loading.catch(() => undefined);
  return loading;
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const laterOn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60_000);
const WELL = ['open', 'begin', 'load', 'prepare', 'decide', 'commit'];
const well = (label: number): string[] => WELL.map((operation) => `${operation} ${label}`);

beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
  one = new AbortController();
  all = new AbortController();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('TransactionalLoader', () => {
  it('announces a load, prepares it, has it decided, and commits it', async () => {
    await expect(load()).resolves.toEqual({
      verdict: 'loaded',
      message: 'OK',
      rows: { total: ROWS, loaded: ROWS, filtered: 0, unselected: 0 },
    });
    expect(scene.asked).toEqual(well(1));
    expect(scene.ranges).toEqual([RANGES, RANGES]);
    const label = expect.stringMatching(/^tributary-p-t-[-\w]+$/) as string;
    expect(scene.intents).toEqual([
      { label, database: 'db', table: 't' },
      { label, database: 'db', table: 't' },
    ]);
    expect(scene.logger.entries).toEqual([]);
  });

  it('has a new label for each load', async () => {
    await load();
    await load();
    expect(scene.asked).toEqual([...well(1), ...well(2)]);
  });

  it('begins nothing before Kafka has the intent', async () => {
    scene.next('open', hangs);
    void load();
    await laterOn();
    expect(scene.asked).toEqual(['open 1']);
  });

  it('commits nothing before Kafka has the decision', async () => {
    scene.next('decide', hangs);
    void load();
    await laterOn();
    expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'decide 1']);
    expect(scene.stateOf(1)).toBe('PREPARED');
  });

  describe('starts over with a new label', () => {
    it('when Kafka does not take the intent: nothing was begun', async () => {
      scene.next('open', fails(new Error('no coordinator')));
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual(['open 1', ...well(2)]);
      expect(scene.logger.messages('warn')).toEqual([
        'A load into t did not go through and is tried again: Kafka did not take the intent of the load: no coordinator',
      ]);
    });

    const steps = ['begin', 'load', 'prepare'] as const;
    const troubles: readonly [string, Misstep][] = [
      ['fails', says('retry', 'the BE is full')],
      ['is refused', says('refused', 'unknown table')],
      ['finds the transaction gone', says('gone', 'transaction not exist')],
      ['finds the label in use', says('exists', 'Label has already been used')],
      ['gets no answer', fails(new LostAnswerError('connection reset'))],
      ['is not sent', fails(new UnavailableError('no FE answers'))],
    ];
    it.each(steps.flatMap((step) => troubles.map(([trouble, misstep]) => [step, trouble, misstep] as const)))(
      'when %s %s: what was begun is rolled back',
      async (step, _, misstep) => {
        scene.next(step, misstep);
        const loading = load();
        await laterOn();
        await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
        const before = ['open', ...steps.slice(0, steps.indexOf(step) + 1)].map((operation) => `${operation} 1`);
        expect(scene.asked).toEqual([...before, 'rollback 1', ...well(2)]);
        expect(scene.stateOf(1)).toBe('ABORTED');
        expect(scene.stats.retries).toBe(1);
      },
    );

    it('when prepare says that it is done without having counted', async () => {
      scene.next('prepare', () => DONE);
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked.slice(4)).toEqual(['rollback 1', ...well(2)]);
    });

    it('when StarRocks has thrown the decided load away', async () => {
      scene.next('commit', says('gone', 'Can not commit ABORTED transaction'));
      scene.next('decide', () => {
        scene.act('rollback');
        return DONE;
      });
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual([...well(1), ...well(2)]);
      expect(scene.logger.messages('warn')[0]).toMatch(
        /^A load into t did not go through and is tried again: StarRocks has thrown away the prepared load tributary-p-t-/,
      );
    });

    it('as often as it takes, waits longer each time, and says it once', async () => {
      const times: number[] = [];
      const fail: Misstep = () => {
        times.push(Date.now());
        return { verdict: 'retry', message: 'the BE is full' };
      };
      scene.next('begin', fail, fail, fail, fail, fail, fail);
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(waits.every((ms, index) => ms >= 100 * 2 ** index && ms <= 200 * 2 ** index)).toBe(true);
      expect(waits).toHaveLength(5);
      expect(scene.logger.messages('warn')).toHaveLength(1);
      expect(scene.logger.messages('info')).toEqual(['Loading into t works again']);
    });
  });

  it('waits while another step of the transaction is being taken, and goes on with the same label', async () => {
    scene.next('load', says('busy', 'Transaction is in processing'), says('busy', 'Transaction is in processing'));
    const loading = load();
    await laterOn();
    await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
    expect(scene.asked).toEqual([
      'open 1',
      'begin 1',
      'load 1',
      'load 1',
      'load 1',
      'prepare 1',
      'decide 1',
      'commit 1',
    ]);
  });

  describe('when Kafka does not take the decision', () => {
    const unanswered = fails(new UnavailableError('Kafka did not answer a commit within 60000 ms'));

    it('asks Kafka again, and never rolls back: the decision may be there', async () => {
      scene.next('decide', unanswered, unanswered);
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual([
        'open 1',
        'begin 1',
        'load 1',
        'prepare 1',
        'decide 1',
        'decide 1',
        'decide 1',
        'commit 1',
      ]);
      expect(scene.stateOf(1)).toBe('VISIBLE');
      expect(scene.logger.messages('warn')).toEqual([
        'A load into t did not go through and is tried again: Kafka did not take the decision of the load: Kafka did not answer a commit within 60000 ms',
      ]);
    });

    it.each<LabelState>(['COMMITTED', 'VISIBLE'])(
      'takes the load for loaded when somebody has found the decision and made it %s',
      async (state) => {
        scene.next('decide', unanswered);
        scene.state = state;
        const loading = load();
        await laterOn();
        await expect(loading).resolves.toMatchObject({ verdict: 'loaded', rows: { total: ROWS } });
        expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'decide 1']);
      },
    );

    it('and StarRocks has thrown the prepared load away meanwhile: starts over with a new label', async () => {
      scene.next('decide', () => {
        scene.act('rollback');
        throw new UnavailableError('Kafka did not answer a commit within 60000 ms');
      });
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'decide 1', ...well(2)]);
    });

    it('because a partition was taken away: gives up, and leaves the prepared load to the new owner', async () => {
      const reason = new Error('taken away');
      scene.next('decide', () => {
        one.abort(reason);
        throw new UnavailableError('Kafka did not answer a commit within 60000 ms');
      });
      await expect(load()).rejects.toBe(reason);
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'decide 1']);
      expect(scene.stateOf(1)).toBe('PREPARED');
      expect(scene.logger.entries).toEqual([]);
    });

    it('and surely has not got it: rolls back when the partitions are taken away, because nobody else may know of the load', async () => {
      const reason = new Error('taken away');
      scene.next('decide', fails(new NotTakenError('the group has moved on')), () => {
        one.abort(reason);
        throw new NotTakenError('the group has moved on');
      });
      const loading = expect(load()).rejects.toBe(reason);
      await laterOn();
      await loading;
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'decide 1', 'decide 1', 'rollback 1']);
      expect(scene.stateOf(1)).toBe('ABORTED');
    });

    it('and one of its answers was lost: leaves the prepared load alone when the partitions are taken away', async () => {
      const reason = new Error('taken away');
      scene.next('decide', unanswered, () => {
        one.abort(reason);
        throw new NotTakenError('the group has moved on');
      });
      const loading = expect(load()).rejects.toBe(reason);
      await laterOn();
      await loading;
      expect(scene.stateOf(1)).toBe('PREPARED');
    });
  });

  describe('once Kafka has the decision', () => {
    it.each<[string, Misstep]>([
      ['fails', says('retry', 'no leader')],
      ['gets no answer', fails(new LostAnswerError('connection reset'))],
      ['is not sent', fails(new UnavailableError('no FE answers'))],
    ])('repeats a commit that %s', async (_, misstep) => {
      scene.next('commit', misstep, misstep, misstep);
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual([...well(1), 'commit 1', 'commit 1', 'commit 1']);
    });

    it.each<LabelState>(['COMMITTED', 'VISIBLE', 'UNKNOWN'])(
      'takes a commit without an answer for done when the label is %s',
      async (state) => {
        scene.state = state;
        scene.next('commit', fails(new LostAnswerError('connection reset')));
        await expect(load()).resolves.toMatchObject({ verdict: 'loaded', rows: { total: ROWS } });
        expect(scene.asked).toEqual(well(1));
      },
    );

    it('goes on although one of its partitions is taken away', async () => {
      scene.next('commit', () => {
        one.abort(new Error('taken away'));
        throw new LostAnswerError('connection reset');
      });
      const loading = load();
      await laterOn();
      await expect(loading).resolves.toMatchObject({ verdict: 'loaded' });
      expect(scene.asked).toEqual([...well(1), 'commit 1']);
    });

    it('leaves the rest to the next owner when all of its partitions are taken away, and rolls nothing back', async () => {
      scene.next('commit', hangs);
      const loading = load();
      await settled();
      const reason = new Error('taken away');
      all.abort(reason);
      await expect(loading).rejects.toBe(reason);
      await laterOn();
      expect(scene.asked).toEqual(well(1));
    });
  });

  describe('returns what StarRocks will never take', () => {
    it('with its error log, after the load was rolled back', async () => {
      scene.next('prepare', says('rejected', 'too many filtered rows', { errorUrl: 'log' }));
      await expect(load()).resolves.toEqual({
        verdict: 'rejected',
        message: "too many filtered rows. StarRocks' error log: row 2 is out of range",
      });
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'rollback 1']);
      expect(scene.stats.retries).toBe(0);
    });

    it('also when its log cannot be had, or there is none', async () => {
      scene.next('prepare', says('rejected', 'too many filtered rows', { errorUrl: 'elsewhere' }));
      await expect(load()).resolves.toMatchObject({ message: 'too many filtered rows' });
      scene.next('load', says('rejected', 'Illegal json'));
      await expect(load()).resolves.toEqual({ verdict: 'rejected', message: 'Illegal json' });
    });

    it('and what it counts as other rows than were sent, which it does not keep', async () => {
      scene.counted = ROWS + 1;
      await expect(load()).resolves.toEqual({
        verdict: 'rejected',
        message: 'StarRocks counted 4 rows in a load of 3 into t',
      });
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'rollback 1']);
      expect(scene.stateOf(1)).toBe('ABORTED');
    });
  });

  describe('when a partition is taken away', () => {
    const reason = new Error('taken away');

    it('already: neither begins nor rolls back, and gives up', async () => {
      scene.next('open', () => {
        one.abort(reason);
        return DONE;
      });
      await expect(load()).rejects.toBe(reason);
      expect(scene.asked).not.toContain('begin 1');
    });

    it.each(['begin', 'load', 'prepare'] as const)('during %s: rolls back, and gives up', async (step) => {
      scene.next(step, hangs);
      const loading = load();
      await settled();
      one.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(scene.asked.at(-1)).toBe('rollback 1');
      expect(scene.asked).not.toContain('decide 1');
    });

    it('when it was just prepared: asks for no decision, rolls back, and gives up', async () => {
      scene.next('prepare', () => {
        one.abort(reason);
        return scene.act('prepare');
      });
      await expect(load()).rejects.toBe(reason);
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'prepare 1', 'rollback 1']);
    });

    it('while it waits for its turn: gives up without having begun', async () => {
      const turns = new Limiter(1);
      void turns.run(() => new Promise(() => undefined));
      const loading = load(turns);
      await settled();
      one.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(scene.asked).not.toContain('begin 1');
    });

    it('while it waits for the next attempt: gives up, and leaves no timer', async () => {
      scene.next('begin', says('retry', 'the BE is full'));
      const loading = load();
      await settled();
      one.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(scene.asked).toEqual(['open 1', 'begin 1', 'rollback 1']);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('and the rollback does not pass either: gives up with the reason all the same', async () => {
      scene.next('load', hangs);
      scene.next('rollback', fails(new TypeError('a bug')));
      const loading = load();
      await settled();
      one.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(scene.logger.messages('debug')).toEqual(['An abandoned load could not be rolled back']);
    });
  });

  it('tells what is wrong before a rollback that hangs', async () => {
    scene.next('load', says('retry', 'the BE is full'));
    scene.next('rollback', hangs);
    void load();
    await settled();
    expect(scene.asked.at(-1)).toBe('rollback 1');
    expect(scene.logger.messages('warn')).toEqual([
      'A load into t did not go through and is tried again: the BE is full',
    ]);
  });

  it('repeats a rollback until the label says that the load is gone', async () => {
    scene.next('load', says('retry', 'the BE is full'));
    scene.next(
      'rollback',
      fails(new LostAnswerError('connection reset')),
      fails(new UnavailableError('no FE answers')),
    );
    const loading = load();
    await laterOn();
    await loading;
    expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'rollback 1', 'rollback 1', 'rollback 1', ...well(2)]);
  });

  it('says that StarRocks is given too many loads, each time', async () => {
    scene.next('begin', says('retry', 'current running txns on db 1 is 1000, larger than limit 1000'));
    scene.next('prepare', says('retry', 'because of too many versions'));
    scene.next('load', says('retry', 'the BE is full'));
    const loading = load();
    await laterOn();
    await loading;
    expect(scene.overloads).toBe(2);
  });

  it('takes a turn only for what goes to StarRocks before the decision', async () => {
    const turns = new Limiter(1);
    scene.next('decide', hangs);
    void load(turns);
    await settled();
    expect(scene.asked.at(-1)).toBe('decide 1');
    await expect(load(turns)).resolves.toMatchObject({ verdict: 'loaded' });
  });

  it('passes on an error that nobody foresaw, after a rollback', async () => {
    scene.next('load', fails(new TypeError('a bug')));
    await expect(load()).rejects.toThrow('a bug');
    expect(scene.asked).toEqual(['open 1', 'begin 1', 'load 1', 'rollback 1']);
  });
});
