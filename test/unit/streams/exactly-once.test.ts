import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeError } from '../../../src/core/errors.ts';
import { type DecisionLog } from '../../../src/core/load-decisions.ts';
import { type Recover } from '../../support/model-task.ts';
import { type Flaws, ModelWorld, type Step, step } from '../../support/model-world.ts';

/** A load that is not announced: nobody ends it when its process dies. */
function withoutIntents(decisions: DecisionLog): DecisionLog {
  return { open: () => Promise.resolve(), decide: (ranges, intent) => decisions.decide(ranges, intent) };
}

/** Goes on without waiting for Kafka to take the decision. */
function withHastyDecisions(decisions: DecisionLog): DecisionLog {
  return {
    open: (ranges, intent) => decisions.open(ranges, intent),
    decide: (ranges, intent) => {
      decisions.decide(ranges, intent).catch(() => undefined);
      return Promise.resolve();
    },
  };
}

/** Recovers as the product does, except that what was decided always ends like this. */
function decidedIs(kind: 'loaded' | 'repeat'): (recover: Recover) => Recover {
  return (recover) => async (decision, signal) => {
    const recovery = await recover(decision, signal);
    return decision.state === 'decided' ? { kind } : recovery;
  };
}

/** Knows of a load only what an earlier version would: its first table. */
const recoversOneTable =
  (recover: Recover): Recover =>
  ({ others: _, ...decision }, signal) =>
    recover(decision, signal);

const histories = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120, size: 'max' }));

async function live([partitions, steps]: [number, Step[]], tables: number, flaws: Flaws = {}): Promise<void> {
  const world = new ModelWorld(partitions, tables, flaws);
  try {
    for (const one of steps) await world.take(one);
    await world.finish();
  } finally {
    vi.clearAllTimers();
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  // A history is all that decides what happens.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('exactly-once', () => {
  it.each([
    ['the table', 1],
    ['the one of three tables that it names', 3],
  ])(
    'puts every record into %s once, whatever is killed, stopped, handed over, lost or forgotten',
    async (_, tables) => {
      await fc.assert(
        fc.asyncProperty(histories, (history) => live(history, tables)),
        { numRuns: 300 },
      );
    },
  );

  // The test above proves nothing unless it notices when a part of the protocol is missing.
  it.each<[string, Flaws, RegExp, number?]>([
    ['only one table of a load is looked after', { wrapRecover: recoversOneTable }, /in the table|left prepared/, 3],
    [
      'Kafka takes commits of processes that lost their place',
      { unfenced: true },
      /in the table|not committed|never decided/,
    ],
    ['loads begin without an intent', { wrapDecisions: withoutIntents }, /left prepared/],
    ['loads are committed before Kafka has their decision', { wrapDecisions: withHastyDecisions }, /not decided/],
    [
      'what was decided and then thrown away counts as loaded',
      { wrapRecover: decidedIs('loaded') },
      /not in the table/,
    ],
    ['what was decided is always loaded again', { wrapRecover: decidedIs('repeat') }, /twice/],
  ])('breaks when %s', async (_, flaws, broken, tables = 1) => {
    const { errorInstance } = await fc.check(
      fc.asyncProperty(histories, (history) => live(history, tables, flaws)),
      { seed: 1, numRuns: 2_000, endOnFailure: true },
    );
    expect(describeError(errorInstance)).toMatch(broken);
  });
});
