import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type InterruptedLoads, type LabelState, type LoadIntent } from '../../../src/core/load-decisions.ts';
import { type LoadDecision } from '../../../src/streams/decision-metadata.ts';
import { type Recovery, recover } from '../../../src/streams/recovery.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const NOW = 1_700_000_000_000;
const PREPARED_TIMEOUT = 3_600_000;

/** A StarRocks that has one load in a state, and lets it end as a test says. */
class FakeLoads implements InterruptedLoads {
  readonly asked: string[] = [];
  readonly #state: LabelState;
  readonly #committing: 'committed' | 'aborted' | 'unknown';
  readonly #rollingBack: 'gone' | 'committed';

  constructor(
    state: LabelState,
    committing: 'committed' | 'aborted' | 'unknown' = 'committed',
    rollingBack: 'gone' | 'committed' = 'gone',
  ) {
    this.#state = state;
    this.#committing = committing;
    this.#rollingBack = rollingBack;
  }

  stateOf(load: LoadIntent, signal: AbortSignal): Promise<LabelState> {
    return this.#answer('state of', load, signal, this.#state);
  }

  commit(load: LoadIntent, signal: AbortSignal): Promise<'committed' | 'aborted' | 'unknown'> {
    return this.#answer('commit', load, signal, this.#committing);
  }

  rollBack(load: LoadIntent, signal: AbortSignal): Promise<'gone' | 'committed'> {
    return this.#answer('roll back', load, signal, this.#rollingBack);
  }

  #answer<T>(question: string, { database, table, label }: LoadIntent, signal: AbortSignal, answer: T): Promise<T> {
    this.asked.push(`${question} ${database}.${table} ${label}`);
    return signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve(answer);
  }
}

/** A StarRocks that refuses every rollback. */
class StubbornLoads extends FakeLoads {
  override rollBack(_load: LoadIntent, signal: AbortSignal): Promise<'gone' | 'committed'> {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

const live = new AbortController().signal;

function decision(state: LoadDecision['state'], age = 1_000): LoadDecision {
  return { state, label: 'l1', database: 'db', table: 't', nextOffset: 9, time: NOW - age };
}

async function end(of: LoadDecision, loads: FakeLoads, logger = new RecordingLogger()): Promise<Recovery> {
  return recover(of, { loads, preparedTimeoutMs: PREPARED_TIMEOUT, logger }, live);
}

const unclear = (seen: string): Recovery => ({
  kind: 'unclear',
  reason: `the load l1 into db.t was interrupted, and ${seen}`,
});
const FORGOTTEN = unclear(
  'StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load: it was committed and forgotten, or thrown away and forgotten',
);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a load that was interrupted', () => {
  describe('before it was decided', () => {
    it.each<LabelState>(['PREPARE', 'PREPARED'])('is rolled back when it is %s, and repeated', async (state) => {
      const loads = new FakeLoads(state);
      expect(await end(decision('open'), loads)).toEqual({ kind: 'repeat' });
      expect(loads.asked).toEqual(['state of db.t l1', 'roll back db.t l1']);
    });

    it.each<LabelState>(['ABORTED', 'UNKNOWN'])(
      'is repeated when it is %s, however old it is, and StarRocks is left alone',
      async (state) => {
        const loads = new FakeLoads(state);
        expect(await end(decision('open', 10 * PREPARED_TIMEOUT), loads)).toEqual({ kind: 'repeat' });
        expect(loads.asked).toEqual(['state of db.t l1']);
      },
    );

    it.each<LabelState>(['COMMITTED', 'VISIBLE'])('cannot be %s: nobody may guess', async (state) => {
      const loads = new FakeLoads(state);
      expect(await end(decision('open'), loads)).toEqual(
        unclear('StarRocks has committed it, although it was never decided'),
      );
      expect(loads.asked).toEqual(['state of db.t l1']);
    });

    it('does not wait for a rollback that StarRocks refuses: it never counts, and is repeated after 10 s with a warning', async () => {
      const logger = new RecordingLogger();
      const repeated = vi.fn();
      const ended = end(decision('open'), new StubbornLoads('PREPARE'), logger).then(repeated);
      await vi.advanceTimersByTimeAsync(9_999);
      expect(repeated).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await ended;
      expect(repeated).toHaveBeenCalledWith({ kind: 'repeat' });
      expect(logger.messages('warn')).toEqual([
        'StarRocks does not let the load l1 of db.t be rolled back yet. It does not count any more, and its rows are loaded again; StarRocks throws it away when its time is over',
      ]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('waits for the rollback of a load that is PREPARED, because StarRocks would keep that for a day', async () => {
      const repeated = vi.fn();
      const owner = new AbortController();
      const options = {
        loads: new StubbornLoads('PREPARED'),
        preparedTimeoutMs: PREPARED_TIMEOUT,
        logger: new RecordingLogger(),
      };
      const ended = recover(decision('open'), options, owner.signal).then(repeated);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(repeated).not.toHaveBeenCalled();
      owner.abort(new Error('The partitions are being handed out anew.'));
      await expect(ended).rejects.toThrow('handed out anew');
    });

    it('is left to the next owner when the partitions move while StarRocks refuses the rollback', async () => {
      const owner = new AbortController();
      const options = {
        loads: new StubbornLoads('PREPARE'),
        preparedTimeoutMs: PREPARED_TIMEOUT,
        logger: new RecordingLogger(),
      };
      const ended = recover(decision('open'), options, owner.signal);
      await vi.advanceTimersByTimeAsync(0);
      owner.abort(new Error('The partitions are being handed out anew.'));
      await expect(ended).rejects.toThrow('handed out anew');
      expect(vi.getTimerCount()).toBe(0);
    });

    it('cannot be committed while it is rolled back: nobody may guess', async () => {
      expect(await end(decision('open'), new FakeLoads('PREPARED', 'committed', 'committed'))).toEqual(
        unclear('StarRocks has committed it, although it was never decided'),
      );
    });
  });

  describe('after it was decided', () => {
    it('is committed when it is PREPARED, and counts', async () => {
      const loads = new FakeLoads('PREPARED');
      expect(await end(decision('decided'), loads)).toEqual({ kind: 'loaded' });
      expect(loads.asked).toEqual(['state of db.t l1', 'commit db.t l1']);
    });

    it.each<LabelState>(['COMMITTED', 'VISIBLE'])('counts when it is %s, however old it is', async (state) => {
      const loads = new FakeLoads(state);
      expect(await end(decision('decided', 10 * PREPARED_TIMEOUT), loads)).toEqual({ kind: 'loaded' });
      expect(loads.asked).toEqual(['state of db.t l1']);
    });

    it.each<[string, FakeLoads]>([
      ['before', new FakeLoads('ABORTED')],
      ['while it is committed', new FakeLoads('PREPARED', 'aborted')],
    ])('is repeated when StarRocks threw it away %s, with a warning', async (_, loads) => {
      const logger = new RecordingLogger();
      expect(await end(decision('decided'), loads, logger)).toEqual({ kind: 'repeat' });
      expect(logger.messages('warn')).toEqual([
        'StarRocks has thrown away the prepared load l1 of db.t: it waited too long, or somebody rolled it back. Its rows are loaded again',
      ]);
    });

    it.each<[string, FakeLoads]>([
      ['before', new FakeLoads('UNKNOWN')],
      ['while it is committed', new FakeLoads('PREPARED', 'unknown')],
    ])('counts when StarRocks forgot it %s and it is younger than a prepared load may be', async (_, loads) => {
      expect(await end(decision('decided', PREPARED_TIMEOUT - 1), loads)).toEqual({ kind: 'loaded' });
      expect(loads.asked).not.toContain('roll back db.t l1');
    });

    it.each<[string, FakeLoads]>([
      ['before', new FakeLoads('UNKNOWN')],
      ['while it is committed', new FakeLoads('PREPARED', 'unknown')],
    ])('is unclear when StarRocks forgot it %s and it is older than that', async (_, loads) => {
      expect(await end(decision('decided', PREPARED_TIMEOUT), loads)).toEqual(FORGOTTEN);
    });

    it('cannot be not yet prepared: nobody may guess', async () => {
      const loads = new FakeLoads('PREPARE');
      expect(await end(decision('decided'), loads)).toEqual(
        unclear('StarRocks has it as not yet prepared, although it was decided'),
      );
      expect(loads.asked).toEqual(['state of db.t l1']);
    });
  });

  it('is named in the log before it is ended', async () => {
    const logger = new RecordingLogger();
    await end(decision('open'), new FakeLoads('PREPARED'), logger);
    expect(logger.entries).toEqual([
      {
        level: 'info',
        message: 'Ending a load that was interrupted',
        facts: { label: 'l1', database: 'db', table: 't', decision: 'open', state: 'PREPARED' },
      },
    ]);
  });

  it.each<[string, number]>([
    ['the state is asked for', 0],
    ['it is rolled back or committed', 1],
  ])('is left to the next owner when the partition is taken away while %s', async (_, questions) => {
    const reason = new Error('The partitions are being handed out anew.');
    for (const state of ['open', 'decided'] as const) {
      const abort = new AbortController();
      const loads = new FakeLoads('PREPARED');
      if (questions === 0) abort.abort(reason);
      const ending = recover(
        decision(state),
        { loads, preparedTimeoutMs: PREPARED_TIMEOUT, logger: new RecordingLogger() },
        abort.signal,
      );
      // The first answer is on its way by now; the signal comes before the second question.
      abort.abort(reason);
      await expect(ending).rejects.toBe(reason);
      expect(loads.asked).toHaveLength(questions + 1);
    }
  });
});
