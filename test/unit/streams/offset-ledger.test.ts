import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetLedger } from '../../../src/streams/offset-ledger.ts';

describe('OffsetLedger', () => {
  it('moves with ranges that come in order', () => {
    const ledger = new OffsetLedger(10);
    ledger.acknowledge(10, 15);
    ledger.acknowledge(15, 16);
    expect(ledger.position).toBe(16);
  });

  it('waits for the range that is missing, and then takes those behind it', () => {
    const ledger = new OffsetLedger(0);
    ledger.acknowledge(5, 8);
    ledger.acknowledge(8, 9);
    expect(ledger.position).toBe(0);
    ledger.acknowledge(0, 5);
    expect(ledger.position).toBe(9);
  });

  it('never passes an offset that is not acknowledged, in any order, and ends behind the last', () => {
    const drawn = fc
      .record({
        start: fc.nat(1_000_000),
        sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
      })
      .chain(({ start, sizes }) => {
        let next = start;
        const ranges = sizes.map((size): [number, number] => [next, (next += size)]);
        return fc.tuple(
          fc.constant(start),
          fc.constant(ranges),
          fc.shuffledSubarray(ranges, { minLength: ranges.length }),
        );
      });
    fc.assert(
      fc.property(drawn, ([start, ranges, shuffled]) => {
        const ledger = new OffsetLedger(start);
        const acknowledged = new Set<number>();
        for (const [first, next] of shuffled) {
          ledger.acknowledge(first, next);
          acknowledged.add(first);
          const missing = ranges.find(([begin]) => !acknowledged.has(begin));
          expect(ledger.position).toBe(missing ? missing[0] : ranges.at(-1)?.[1]);
        }
      }),
    );
  });
});
