import { from, NEVER, Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Flushed, type FlushOptions, flushBy } from '../../../src/operators/flush-by.ts';
import { marbles } from '../../support/marbles.ts';
import { emitted } from '../../support/through.ts';

/** An item is its size: a number of bytes, and as many records unless said otherwise. */
interface Item {
  readonly bytes: number;
  readonly records: number;
}

const item = (bytes: number, records = 1): Item => ({ bytes, records });
const a = item(1);
const b = item(1);
const c = item(1);
const d = item(1);
const items = { a, b, c, d };

function by(limits: Partial<FlushOptions<Item>>): FlushOptions<Item> {
  return {
    maxBytes: 1000,
    maxRecords: 1000,
    maxAgeMs: 1000,
    bytesOf: ({ bytes }) => bytes,
    recordsOf: ({ records }) => records,
    ...limits,
  };
}

function flushed(reason: Flushed<Item>['reason'], ...closed: Item[]): Flushed<Item> {
  return { items: closed, reason };
}

describe('flushBy', () => {
  it(
    'closes a batch when it has the bytes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-c-d|', items);
      const subscription = '^------!';
      const expected = '    --x---y|';
      expectObservable(source.pipe(flushBy(by({ maxBytes: 2 })))).toBe(expected, {
        x: flushed('bytes', a, b),
        y: flushed('bytes', c, d),
      });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    }),
  );

  it(
    'never splits an item, however large',
    marbles(({ cold, expectObservable }) => {
      const large = item(50);
      const source = cold('a-l|', { a, l: large });
      const expected = '   --x|';
      expectObservable(source.pipe(flushBy(by({ maxBytes: 2 })))).toBe(expected, { x: flushed('bytes', a, large) });
    }),
  );

  it(
    'closes a batch when it has the records, of which an item may hold several or none',
    marbles(({ cold, expectObservable }) => {
      const none = item(1, 0);
      const three = item(1, 3);
      const source = cold('nat|', { n: none, a, t: three });
      const expected = '   --x|';
      expectObservable(source.pipe(flushBy(by({ maxRecords: 4 })))).toBe(expected, {
        x: flushed('records', none, a, three),
      });
    }),
  );

  it(
    'closes a batch when its first item is old enough, and counts anew for the next',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab-----c-----|', items);
      const expected = '   ---x------y--|';
      expectObservable(source.pipe(flushBy(by({ maxAgeMs: 3 })))).toBe(expected, {
        x: flushed('age', a, b),
        y: flushed('age', c),
      });
    }),
  );

  it(
    'asks at the beginning of each batch at what age to close it, which is never later than it may be',
    marbles(({ cold, expectObservable }) => {
      const ages = [3, Number.POSITIVE_INFINITY];
      const source = cold('a-b-c-d---------|', items);
      const expected = '   ---x----------y-(|)';
      expectObservable(source.pipe(flushBy(by({ maxAgeMs: 10, ageMs: () => ages.shift() ?? 0 })))).toBe(expected, {
        x: flushed('age', a, b),
        y: flushed('age', c, d),
      });
    }),
  );

  it(
    'takes the deadline along when a batch is closed for another reason',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab-c------|', items);
      const expected = '   -x----y---|';
      expectObservable(source.pipe(flushBy(by({ maxBytes: 2, maxAgeMs: 3 })))).toBe(expected, {
        x: flushed('bytes', a, b),
        y: flushed('age', c),
      });
    }),
  );

  it(
    'closes what there is on demand, and nothing when there is nothing',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b----|', items);
      const demand = hot(' d-d-d-d--');
      const during = '     ^-------!';
      const expected = '   --x-y---|';
      expectObservable(source.pipe(flushBy(by({ demand$: demand })))).toBe(expected, {
        x: flushed('demand', a),
        y: flushed('demand', b),
      });
      expectSubscriptions(demand.subscriptions).toBe(during);
    }),
  );

  it(
    'goes on when nobody can demand any more',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a---b|', items);
      const demand = cold('-|');
      expectObservable(source.pipe(flushBy(by({ demand$: demand, maxAgeMs: 2 })))).toBe('--x--(y|)', {
        x: flushed('age', a),
        y: flushed('end', b),
      });
    }),
  );

  it(
    'emits the rest when the source completes',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab|', items);
      expectObservable(source.pipe(flushBy(by({})))).toBe('--(x|)', { x: flushed('end', a, b) });
    }),
  );

  it(
    'emits the rest before it passes on an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab#', items);
      expectObservable(source.pipe(flushBy(by({})))).toBe('--(x#)', { x: flushed('end', a, b) });
    }),
  );

  it(
    'emits the rest before it passes on an error of the demand',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a----', items);
      const demand = cold('--#');
      expectObservable(source.pipe(flushBy(by({ demand$: demand })))).toBe('--(x#)', { x: flushed('end', a) });
    }),
  );

  it(
    'emits the rest before it says that an item could not be measured',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a-b|', items);
      const failure = new Error('no size');
      const bytesOf = (one: Item): number => {
        if (one === b) throw failure;
        return one.bytes;
      };
      expectObservable(source.pipe(flushBy(by({ bytesOf })))).toBe('--(x#)', { x: flushed('end', a) }, failure);
    }),
  );

  it(
    'emits nothing for an empty source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Item>('|');
      expectObservable(source.pipe(flushBy(by({})))).toBe('|');
      expectSubscriptions(source.subscriptions).toBe('(^!)');
    }),
  );

  it(
    'emits nothing for a source that never does',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Item>('-');
      expectObservable(source.pipe(flushBy(by({ maxAgeMs: 1 })))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }),
  );

  it(
    'lets go of the source and of the demand when it is unsubscribed from',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d', items);
      const demand = hot('-------');
      const during = '    ^--!   ';
      expectObservable(source.pipe(flushBy(by({ demand$: demand }))), during).toBe('-------');
      expectSubscriptions(source.subscriptions).toBe(during);
      expectSubscriptions(demand.subscriptions).toBe(during);
    }),
  );

  it(
    'keeps what it holds apart for each subscriber',
    marbles(({ cold, expectObservable }) => {
      const source = cold('  a-b|', items);
      const result = source.pipe(flushBy(by({ maxBytes: 2 })));
      expectObservable(result).toBe('--x|', { x: flushed('bytes', a, b) });
      expectObservable(result, '-^').toBe('---x|', { x: flushed('bytes', a, b) });
    }),
  );

  describe('with timers', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each(['unsubscribed from', 'completed', 'failed'] as const)('leaves no timer behind when it is %s', (how) => {
      vi.useFakeTimers();
      const source = new Subject<Item>();
      const subscription = source.pipe(flushBy(by({}))).subscribe({ error: () => undefined });
      source.next(a);
      expect(vi.getTimerCount()).toBe(1);
      if (how === 'unsubscribed from') subscription.unsubscribe();
      else if (how === 'completed') source.complete();
      else source.error(new Error('over'));
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it('bears a demand from within its own emission', () => {
    const source = new Subject<Item>();
    const demand = new Subject<void>();
    const seen: Flushed<Item>[] = [];
    source.pipe(flushBy(by({ maxBytes: 2, demand$: demand }))).subscribe({
      next(batch) {
        seen.push(batch);
        demand.next();
      },
      error: (error: unknown) => {
        throw error;
      },
    });
    source.next(a);
    source.next(b);
    source.next(c);
    demand.next();
    expect(seen).toEqual([flushed('bytes', a, b), flushed('demand', c)]);
  });

  it('bears an item that comes in while it emits', () => {
    const source = new Subject<Item>();
    const seen: Flushed<Item>[] = [];
    source.pipe(flushBy(by({ maxBytes: 2 }))).subscribe({
      next(batch) {
        seen.push(batch);
        if (seen.length === 1) source.next(c);
      },
      error: (error: unknown) => {
        throw error;
      },
    });
    source.next(a);
    source.next(b);
    source.complete();
    expect(seen).toEqual([flushed('bytes', a, b), flushed('end', c)]);
  });

  it('keeps every item of a source that emits at once, in order', async () => {
    const many = Array.from({ length: 1001 }, () => item(1));
    const batches = await emitted(from(many).pipe(flushBy(by({ maxRecords: 10, demand$: NEVER }))));
    expect(batches.flatMap((batch) => batch.items)).toEqual(many);
    expect(batches.every((batch) => batch.items.length > 0)).toBe(true);
  });
});
