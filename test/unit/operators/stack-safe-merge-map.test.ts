import { from, of, range, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { stackSafeMergeMap } from '../../../src/operators/stack-safe-merge-map.ts';
import { marbles } from '../../support/marbles.ts';
import { emitted } from '../../support/through.ts';

describe('stackSafeMergeMap', () => {
  it.each([1, 8])('takes 100,000 values that wait and are done at once, with %s at once', async (concurrency) => {
    const first = new Subject<number>();
    const values = emitted(
      range(0, 100_000).pipe(stackSafeMergeMap((value) => (value < concurrency ? first : of(value)), concurrency)),
    );
    first.complete();
    const made = await values;
    if (concurrency > 1) made.sort((one, other) => one - other);
    expect(made).toEqual(Array.from({ length: 100_000 - concurrency }, (_, index) => index + concurrency));
  });

  it('works at once on a value that none waits behind', async () => {
    const made: number[] = [];
    const done = of(1, 2, 3)
      .pipe(stackSafeMergeMap((value) => of(value * 2), 1))
      .forEach((value) => made.push(value));
    expect(made).toEqual([2, 4, 6]);
    await done;
  });

  it(
    'works on no more values at once than it may, and hands on what fails',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const works = { a: cold('--1|'), b: cold('-2|'), c: cold('-3|'), d: cold('-#') };
      expectObservable(cold<keyof typeof works>('(abcd|)').pipe(stackSafeMergeMap((name) => works[name], 2))).toBe(
        '-213#',
      );
      expectSubscriptions(works.a.subscriptions).toBe('^--!');
      expectSubscriptions(works.b.subscriptions).toBe('^-!');
      expectSubscriptions(works.c.subscriptions).toBe('--^-!');
    }),
  );

  it('lets go of what waits and of what is under way', () => {
    const source = new Subject<number>();
    const work = new Subject<number>();
    const subscription = source.pipe(stackSafeMergeMap(() => from(work), 1)).subscribe();
    source.next(1);
    source.next(2);
    expect(work.observed).toBe(true);
    subscription.unsubscribe();
    expect([source.observed, work.observed]).toEqual([false, false]);
  });
});
