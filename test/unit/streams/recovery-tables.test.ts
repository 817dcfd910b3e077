import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type InterruptedLoads, type LabelState, type LoadTransaction } from '../../../src/core/load-decisions.ts';
import { type LoadDecision } from '../../../src/streams/decision-metadata.ts';
import { foresee, type Recovery, recover } from '../../../src/streams/recovery.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const NOW = 1_700_000_000_000;
const PREPARED_TIMEOUT = 3_600_000;
const OLD = PREPARED_TIMEOUT + 1;
const TABLES = ['a', 'b', 'c'];

function decision(state: LoadDecision['state'], age = 1_000): LoadDecision {
  const others = [
    { database: 'db', table: 'b' },
    { database: 'shop', table: 'c' },
  ];
  return { state, label: 'l', database: 'db', table: 'a', others, nextOffset: 9, time: NOW - age };
}

/** A StarRocks that has the transactions of the tables a, b and c in these states. */
class FakeLoads implements InterruptedLoads {
  /** What was done, by table. */
  readonly done: string[] = [];
  readonly states: Map<string, LabelState>;

  constructor(states: readonly LabelState[]) {
    this.states = new Map(TABLES.map((table, index) => [table, states[index] ?? 'UNKNOWN']));
  }

  stateOf({ table, label, database }: LoadTransaction): Promise<LabelState> {
    const known = { a: 'db l', b: 'db l-1', c: 'shop l-2' }[table];
    expect(`${database} ${label}`).toBe(known);
    return Promise.resolve(this.states.get(table) ?? 'UNKNOWN');
  }

  commit({ table }: LoadTransaction): Promise<'committed' | 'aborted' | 'unknown'> {
    this.done.push(`commit ${table}`);
    this.states.set(table, 'VISIBLE');
    return Promise.resolve('committed');
  }

  rollBack({ table }: LoadTransaction): Promise<'gone' | 'committed'> {
    this.done.push(`roll back ${table}`);
    this.states.set(table, 'ABORTED');
    return Promise.resolve('gone');
  }
}

const end = (of: LoadDecision, loads: FakeLoads, logger = new RecordingLogger()): Promise<Recovery> =>
  recover(of, { loads, preparedTimeoutMs: PREPARED_TIMEOUT, logger }, new AbortController().signal);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

type Case = [states: readonly LabelState[], done: readonly string[], kind: Recovery['kind'], age?: number];

describe('an interrupted load into several tables', () => {
  it.each<Case>([
    [['PREPARED', 'PREPARED', 'PREPARED'], ['roll back a', 'roll back b', 'roll back c'], 'repeat'],
    [['PREPARED', 'PREPARE', 'UNKNOWN'], ['roll back a', 'roll back b'], 'repeat'],
    [['ABORTED', 'PREPARED', 'UNKNOWN'], ['roll back b'], 'repeat'],
    [['UNKNOWN', 'ABORTED', 'UNKNOWN'], [], 'repeat', OLD],
    [['PREPARED', 'VISIBLE', 'PREPARED'], [], 'unclear'],
    [['ABORTED', 'ABORTED', 'COMMITTED'], [], 'unclear'],
  ])('that was not decided never counts: %j', async (states, done, kind, age) => {
    const loads = new FakeLoads(states);
    expect(await end(decision('open', age), loads)).toMatchObject({ kind });
    expect(loads.done).toEqual(done);
  });

  it.each<Case>([
    [['PREPARED', 'PREPARED', 'PREPARED'], ['commit a', 'commit b', 'commit c'], 'loaded'],
    [['PREPARED', 'PREPARED', 'PREPARED'], ['commit a', 'commit b', 'commit c'], 'loaded', OLD],
    [['VISIBLE', 'PREPARED', 'COMMITTED'], ['commit b'], 'loaded'],
    // Committed, and forgotten since.
    [['UNKNOWN', 'PREPARED', 'VISIBLE'], ['commit b'], 'loaded'],
    [['VISIBLE', 'VISIBLE', 'COMMITTED'], [], 'loaded', OLD],
    // Thrown away before any of it was visible, so that it can be repeated.
    [['ABORTED', 'ABORTED', 'ABORTED'], [], 'repeat'],
    [['ABORTED', 'PREPARED', 'PREPARED'], ['roll back b', 'roll back c'], 'repeat'],
    // In some tables only: neither can it be repeated, nor passed over.
    [['VISIBLE', 'ABORTED', 'VISIBLE'], [], 'unclear'],
    [['VISIBLE', 'ABORTED', 'PREPARED'], ['commit c'], 'unclear'],
    [['UNKNOWN', 'ABORTED', 'VISIBLE'], [], 'unclear'],
    [['UNKNOWN', 'VISIBLE', 'VISIBLE'], [], 'unclear', OLD],
    [['UNKNOWN', 'PREPARED', 'VISIBLE'], ['commit b'], 'unclear', OLD],
    [['PREPARED', 'PREPARE', 'PREPARED'], [], 'unclear'],
  ])('that was decided counts whole: %j', async (states, done, kind, age) => {
    const loads = new FakeLoads(states);
    expect(await end(decision('decided', age), loads)).toMatchObject({ kind });
    expect(loads.done).toEqual(done);
  });

  it('is foreseen as it ends', () => {
    const foreseen = (state: LoadDecision['state'], ...states: LabelState[]): string =>
      foresee(
        decision(state),
        TABLES.map((table, index) => ({ label: table, database: 'db', table, state: states[index] ?? 'UNKNOWN' })),
        PREPARED_TIMEOUT,
      ).kind;
    expect(foreseen('open', 'PREPARED', 'UNKNOWN', 'UNKNOWN')).toBe('roll back');
    expect(foreseen('decided', 'PREPARED', 'VISIBLE', 'UNKNOWN')).toBe('commit');
    expect(foreseen('decided', 'PREPARED', 'ABORTED', 'PREPARED')).toBe('roll back');
    expect(foreseen('decided', 'VISIBLE', 'ABORTED', 'VISIBLE')).toBe('unclear');
  });

  it('is unclear with the tables that are concerned', async () => {
    expect(await end(decision('decided'), new FakeLoads(['VISIBLE', 'ABORTED', 'VISIBLE']))).toEqual({
      kind: 'unclear',
      reason:
        'the load l into db.b was interrupted, and StarRocks has thrown that away, although it has committed what goes with it into db.a, shop.c',
    });
    expect(await end(decision('decided', OLD), new FakeLoads(['UNKNOWN', 'VISIBLE', 'UNKNOWN']))).toEqual({
      kind: 'unclear',
      reason:
        'the load l into db.a, shop.c was interrupted, and StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load: it was committed and forgotten, or thrown away and forgotten',
    });
  });

  it('names all of its tables when it is repeated', async () => {
    const logger = new RecordingLogger();
    await end(decision('decided'), new FakeLoads(['ABORTED', 'ABORTED', 'ABORTED']), logger);
    expect(logger.messages('warn')).toEqual([
      'StarRocks has thrown away the prepared load l of db.a, db.b, shop.c: it waited too long, or somebody rolled it back. Its rows are loaded again',
    ]);
  });
});
