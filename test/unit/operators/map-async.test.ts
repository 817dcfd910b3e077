import { EMPTY, from, of, range, shareReplay } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { mapAsync } from '../../../src/operators/map-async.ts';
import { marbles } from '../../support/marbles.ts';
import { emitted } from '../../support/through.ts';

describe('mapAsync', () => {
  it(
    'keeps the order of the values, and has no more questions open than it may',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answers = { a: cold('----a|'), b: cold('-b|'), c: cold('-c|') };
      expectObservable(cold<keyof typeof answers>('(abc|)').pipe(mapAsync(2, (name) => answers[name]))).toBe(
        '-----(abc|)',
      );
      expectSubscriptions(answers.a.subscriptions).toBe('^----!');
      expectSubscriptions(answers.b.subscriptions).toBe('^-!');
      expectSubscriptions(answers.c.subscriptions).toBe('--^-!');
    }),
  );

  it(
    'takes no answer, one or several',
    marbles(({ cold, expectObservable }) => {
      const answers = { a: EMPTY, b: of('1'), c: of('2', '3') };
      expectObservable(cold<keyof typeof answers>('a-b-c---|').pipe(mapAsync(4, (name) => answers[name]))).toBe(
        '--1-(23)|',
      );
    }),
  );

  it(
    'fails with an answer, and lets go of the other questions',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answers = { a: cold('----a|'), b: cold('-#') };
      expectObservable(cold<keyof typeof answers>('(ab|)').pipe(mapAsync(2, (name) => answers[name]))).toBe('-#');
      expectSubscriptions(answers.a.subscriptions).toBe('^!');
    }),
  );

  it('takes any number of values whose answers are remembered', async () => {
    const answers = [0, 1, 2, 3].map((key) =>
      from(Promise.resolve(key)).pipe(shareReplay({ bufferSize: 1, refCount: false })),
    );
    const asked = range(0, 10_000).pipe(mapAsync(8, (value) => answers[value % 4] ?? EMPTY));
    expect(await emitted(asked)).toEqual(Array.from({ length: 10_000 }, (_, value) => value % 4));
  });

  it('begins anew with each subscription', async () => {
    const twice = of(1, 2).pipe(mapAsync(1, (value) => of(value)));
    expect(await emitted(twice)).toEqual([1, 2]);
    expect(await emitted(twice)).toEqual([1, 2]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s questions at once', (concurrency) => {
    expect(() => mapAsync(concurrency, () => EMPTY)).toThrow(
      `mapAsync takes a whole number of questions at once, 1 or more, and got ${concurrency}.`,
    );
  });
});
