import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeError, NotTakenError, UnavailableError } from '../../../src/core/errors.ts';
import { Limiter } from '../../../src/core/limiter.ts';
import {
  type LabelState,
  type LoadIntent,
  type LoadTransaction,
  transactionsOf,
} from '../../../src/core/load-decisions.ts';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { type LoadJob, type LoadResult } from '../../../src/sinks/starrocks/batch-loader.ts';
import { type TransactionAnswer } from '../../../src/sinks/starrocks/transaction-response.ts';
import { TransactionalLoad } from '../../../src/sinks/starrocks/transactional-load.ts';
import { TransactionalLoader } from '../../../src/sinks/starrocks/transactional-loader.ts';
import { badRecords } from '../../support/bad-records.ts';
import { FakeTransactionClient, type TransactionStep } from '../../support/fake-transaction-client.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

type Operation = TransactionStep['operation'] | 'open' | 'decide';
/** What a step does instead of passing. */
type Misstep = (signal: AbortSignal) => TransactionAnswer | Promise<TransactionAnswer>;

const targetOf = (table: string): TableTarget => ({ name: table, database: 'db', table });
const DONE: TransactionAnswer = { verdict: 'done', message: 'OK' };
const AFTER: Readonly<Record<TransactionStep['operation'], LabelState>> = {
  begin: 'PREPARE',
  load: 'PREPARE',
  prepare: 'PREPARED',
  commit: 'VISIBLE',
  rollback: 'ABORTED',
};

/** A StarRocks and a Kafka that do what is asked, and a loader that loads into the tables a (its own), b and c. */
class Scene {
  /** Everything that was asked, as "operation table attempt"; of Kafka without a table. */
  readonly asked: string[] = [];
  readonly intents: LoadIntent[] = [];
  readonly states = new Map<string, LabelState>();
  readonly stats = new TaskStats();
  readonly logger = new RecordingLogger();
  readonly loader: TransactionalLoader;
  readonly #missteps = new Map<string, Misstep[]>();

  constructor() {
    const client = new FakeTransactionClient((step) => this.#step(step));
    const decide = (operation: 'open' | 'decide', intent: LoadIntent): Promise<void> => {
      if (operation === 'open') this.intents.push(intent);
      this.asked.push(`${operation} ${this.#attemptOf(intent.label)}`);
      return this.#take(operation, new AbortController().signal, () => DONE).then(() => undefined);
    };
    this.loader = new TransactionalLoader({
      pipeline: 'p',
      target: targetOf('a'),
      transaction: ({ table }) =>
        new TransactionalLoad({
          table,
          client,
          labelState: (label) => Promise.resolve(this.states.get(label) ?? 'UNKNOWN'),
        }),
      decisions: {
        open: (_, intent) => decide('open', intent),
        decide: (_, intent) => decide('decide', intent),
      },
      errorLog: () => Promise.resolve(''),
      stats: this.stats,
      logger: this.logger,
      onOverload: () => undefined,
    });
  }

  /** The next time that an operation is asked for (of StarRocks: in a table), it does this instead. */
  next(operation: Operation | `${TransactionStep['operation']} ${string}`, ...missteps: readonly Misstep[]): void {
    this.#missteps.set(operation, [...(this.#missteps.get(operation) ?? []), ...missteps]);
  }

  /** What a table's transaction of the n-th attempt is in. */
  stateOf(table: string, attempt = 1): LabelState {
    const transaction = this.transaction(table, attempt);
    return this.states.get(transaction.label) ?? 'UNKNOWN';
  }

  transaction(table: string, attempt = 1): LoadTransaction {
    const intent = this.intents[attempt - 1];
    const found = intent && transactionsOf(intent).find((one) => one.table === table);
    if (!found) throw new Error(`attempt ${attempt} has no transaction of ${table}`);
    return found;
  }

  #attemptOf(label: string): number {
    return this.intents.findIndex((intent) => transactionsOf(intent).some((one) => one.label === label)) + 1;
  }

  #step({ operation, table, label, signal }: TransactionStep): Promise<TransactionAnswer> {
    this.asked.push(`${operation} ${table} ${this.#attemptOf(label)}`);
    return this.#take(`${operation} ${table}`, signal, () => {
      this.states.set(label, AFTER[operation]);
      const rows = { total: 1, loaded: 1, filtered: 0, unselected: 0 };
      return operation === 'prepare' ? { ...DONE, rows } : DONE;
    });
  }

  async #take(operation: string, signal: AbortSignal, otherwise: () => TransactionAnswer): Promise<TransactionAnswer> {
    await Promise.resolve();
    const misstep = this.#missteps.get(operation)?.shift();
    return misstep ? misstep(signal) : otherwise();
  }
}

const says =
  (verdict: TransactionAnswer['verdict'], message: string): Misstep =>
  () => ({ verdict, message });
const fails =
  (error: Error): Misstep =>
  () =>
    Promise.reject(error);

let scene: Scene;
let one: AbortController;
let all: AbortController;

function load(tables: readonly (string | undefined)[] = [undefined, 'b', 'c']): Promise<readonly LoadResult[]> {
  const job: LoadJob = {
    tables: tables.map((table) => ({
      target: table === undefined ? undefined : targetOf(table),
      body: { chunks: [Buffer.from('[1]')], length: 3 },
      rows: 1,
    })),
    badRecords: badRecords().createBatch(),
    ranges: [{ topic: 'orders', partition: 0, firstOffset: 5, nextOffset: 7 }],
    abandoned: all.signal,
    incomplete: AbortSignal.any([one.signal, all.signal]),
  };
  const loading = scene.loader.load(job, new Limiter(8));
  loading.catch(() => undefined);
  return loading;
}

const laterOn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60_000);
const verdicts = (results: readonly LoadResult[]): string[] => results.map(({ verdict }) => verdict);
/** When something was asked for, as places in the order of all. */
const places = (operation: string): number[] =>
  scene.asked.flatMap((asked, place) => (asked.startsWith(operation) ? [place] : []));

beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
  one = new AbortController();
  all = new AbortController();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a load into several tables, exactly once', () => {
  it('has a transaction for each, all prepared before the one decision, and committed after it', async () => {
    expect(verdicts(await load())).toEqual(['loaded', 'loaded', 'loaded']);
    expect(places('open')).toEqual([0]);
    const [decided = 0, ...more] = places('decide');
    expect(more).toEqual([]);
    expect(places('prepare')).toHaveLength(3);
    expect(places('commit')).toHaveLength(3);
    expect(Math.max(...places('prepare'))).toBeLessThan(decided);
    expect(Math.min(...places('commit'))).toBeGreaterThan(decided);
    const { label } = scene.intents[0] ?? {};
    expect(scene.intents).toEqual([
      {
        label: expect.stringMatching(/^tributary-p-a-/) as string,
        database: 'db',
        table: 'a',
        others: [
          { database: 'db', table: 'b' },
          { database: 'db', table: 'c' },
        ],
      },
    ]);
    expect(scene.transaction('b').label).toBe(`${label}-1`);
    expect(scene.transaction('c').label).toBe(`${label}-2`);
  });

  it('is as any other one when its rows are all for one other table', async () => {
    await load(['b']);
    expect(scene.intents).toEqual([
      { label: expect.stringMatching(/^tributary-p-b-/) as string, database: 'db', table: 'b' },
    ]);
  });

  it.each(['begin b', 'load b', 'prepare b'] as const)(
    'is rolled back whole when %s fails, and repeated with new labels',
    async (step) => {
      scene.next(step, says('retry', 'the BE is full'));
      const loading = load();
      await laterOn();
      expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
      for (const table of ['a', 'b', 'c']) {
        expect(scene.stateOf(table, 1)).toBe('ABORTED');
        expect(scene.stateOf(table, 2)).toBe('VISIBLE');
      }
      expect(scene.asked).not.toContain('decide 1');
      expect(scene.logger.messages('warn')).toEqual([
        'A load into b did not go through and is tried again: the BE is full',
      ]);
      expect(scene.logger.messages('info')).toEqual(['Loading into b works again']);
    },
  );

  it('is not rolled back before every part of it has come to a stand', async () => {
    let finish: (answer: TransactionAnswer) => void = () => undefined;
    scene.next('load c', () => new Promise<TransactionAnswer>((resolve) => (finish = resolve)));
    scene.next('begin b', says('refused', 'unknown table'));
    const loading = load();
    await vi.advanceTimersByTimeAsync(0);
    expect(places('rollback')).toEqual([]);
    finish({ verdict: 'retry', message: 'the BE is full' });
    await laterOn();
    await loading;
    expect(scene.stateOf('c', 1)).toBe('ABORTED');
  });

  it('returns each table whose rows StarRocks will never take, and has nothing in the others', async () => {
    scene.next('prepare b', says('rejected', 'too many filtered rows'));
    scene.next('prepare c', says('rejected', 'no partition'));
    expect(await load()).toEqual([
      { verdict: 'held back', message: 'OK' },
      { verdict: 'rejected', message: 'too many filtered rows' },
      { verdict: 'rejected', message: 'no partition' },
    ]);
    for (const table of ['a', 'b', 'c']) expect(scene.stateOf(table)).toBe('ABORTED');
  });

  it('commits each part again until StarRocks says how it ended', async () => {
    scene.next('commit b', fails(new UnavailableError('no FE answers')), says('retry', 'no leader'));
    const loading = load();
    await laterOn();
    expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
    expect(scene.asked.filter((asked) => asked === 'commit b 1')).toHaveLength(3);
    expect(scene.asked.filter((asked) => asked === 'commit a 1')).toHaveLength(1);
  });

  it('is repeated when StarRocks has thrown all of it away after the decision', async () => {
    scene.next('decide', () => {
      for (const label of scene.states.keys()) scene.states.set(label, 'ABORTED');
      return DONE;
    });
    for (const table of ['a', 'b', 'c'] as const) scene.next(`commit ${table}`, says('gone', 'aborted'));
    const loading = load();
    await laterOn();
    expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
    expect(scene.intents).toHaveLength(2);
  });

  it('stops when StarRocks has thrown a part of it away after the decision: what is left cannot be repeated', async () => {
    scene.next('decide', () => {
      scene.states.set(scene.transaction('b').label, 'ABORTED');
      return DONE;
    });
    scene.next('commit b', says('gone', 'aborted'));
    const reason = await load().catch(describeError);
    expect(reason).toMatch(
      /^StarRocks has thrown away what the decided load tributary-p-a-[-\w]+ had prepared for b, and has committed its rows for a, c\. Look into the table/,
    );
    expect(scene.intents).toHaveLength(1);
  });

  describe('when the answer to its decision is lost', () => {
    const lost = fails(new UnavailableError('Kafka did not answer'));

    it('asks again, and rolls nothing back', async () => {
      scene.next('decide', lost);
      const loading = load();
      await laterOn();
      expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
      expect(places('rollback')).toEqual([]);
    });

    it('commits the rest of what somebody has begun to commit', async () => {
      scene.next('decide', () => {
        scene.states.set(scene.transaction('b').label, 'VISIBLE');
        throw new UnavailableError('Kafka did not answer');
      });
      const loading = load();
      await laterOn();
      expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
      for (const table of ['a', 'b', 'c']) expect(scene.stateOf(table)).toBe('VISIBLE');
      expect(places('decide')).toHaveLength(1);
    });

    it('rolls back what is left of it only when Kafka has the next intent in the place of the decision', async () => {
      scene.next('decide', () => {
        scene.states.set(scene.transaction('b').label, 'ABORTED');
        throw new UnavailableError('Kafka did not answer');
      });
      const loading = load();
      await laterOn();
      expect(verdicts(await loading)).toEqual(['loaded', 'loaded', 'loaded']);
      expect(places('rollback').map((place) => scene.asked[place])).toEqual(['rollback a 1', 'rollback c 1']);
      expect(Math.min(...places('rollback'))).toBeGreaterThan(places('open 2')[0] ?? Number.POSITIVE_INFINITY);
      expect(scene.stateOf('a', 1)).toBe('ABORTED');
    });

    it('leaves all of it to the next owner when the partition is taken away', async () => {
      const reason = new Error('taken away');
      scene.next('decide', () => {
        one.abort(reason);
        throw new UnavailableError('Kafka did not answer');
      });
      await expect(load()).rejects.toBe(reason);
      expect(places('rollback')).toEqual([]);
    });
  });

  it('rolls all of it back when Kafka surely has no decision and the partition is taken away', async () => {
    const reason = new Error('taken away');
    scene.next('decide', () => {
      one.abort(reason);
      throw new NotTakenError('the group has moved on');
    });
    await expect(load()).rejects.toBe(reason);
    for (const table of ['a', 'b', 'c']) expect(scene.stateOf(table)).toBe('ABORTED');
  });

  it('decides nothing when the partition is taken away while the answer about a state is on its way', async () => {
    const reason = new Error('taken away');
    scene.next('decide', fails(new UnavailableError('Kafka did not answer')));
    const { states } = scene;
    const get = states.get.bind(states);
    states.get = (label) => {
      one.abort(reason);
      return get(label);
    };
    const loading = load();
    await laterOn();
    await expect(loading).rejects.toBe(reason);
    expect(places('decide')).toHaveLength(1);
  });
});
