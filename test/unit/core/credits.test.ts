import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Credits } from '../../../src/core/credits.ts';

function creditsWith(budget: number, holders: readonly string[]): { credits: Credits; changes: string[] } {
  const changes: string[] = [];
  const credits = new Credits({
    budget,
    onChange: (holder, blocked) => changes.push(`${holder} ${blocked ? 'stop' : 'go'}`),
  });
  for (const holder of holders) credits.open(holder);
  return { credits, changes };
}

describe('Credits', () => {
  it('lets one holder take the free half of the budget alone, and its own part', () => {
    const { credits, changes } = creditsWith(100, ['a', 'b']);
    credits.take('a', 74);
    expect(changes).toEqual([]);
    credits.take('a', 1);
    expect(changes).toEqual(['a stop']);
  });

  it('leaves each holder its share, whatever the others hold', () => {
    const { credits, changes } = creditsWith(100, ['a', 'b']);
    credits.take('a', 75);
    credits.take('b', 24);
    expect(changes).toEqual(['a stop']);
    credits.take('b', 1);
    expect(changes).toEqual(['a stop', 'b stop']);
  });

  it('lets holders that share fairly use the whole budget, so that the next load fills while one is under way', () => {
    const { credits, changes } = creditsWith(100, ['a', 'b']);
    credits.take('a', 49);
    credits.take('b', 49);
    expect(changes).toEqual([]);
    credits.take('a', 2);
    expect(changes).toEqual(['a stop']);
  });

  it('says once that a holder must stop and once that it may go on', () => {
    const { credits, changes } = creditsWith(100, ['a']);
    credits.take('a', 100);
    credits.take('a', 30);
    credits.give('a', 40);
    expect(changes).toEqual(['a stop']);
    credits.give('a', 10);
    credits.give('a', 30);
    expect(changes).toEqual(['a stop', 'a go']);
  });

  it('counts what is in flight and the most there ever was', () => {
    const { credits } = creditsWith(100, ['a', 'b']);
    credits.take('a', 30);
    credits.take('b', 20);
    credits.give('a', 30);
    expect(credits).toMatchObject({ total: 20, peak: 50 });
  });

  it('takes back what a closed holder held, and unblocks the others', () => {
    const { credits, changes } = creditsWith(100, ['a', 'b']);
    credits.take('a', 75);
    credits.take('b', 30);
    credits.close('a');
    expect(credits.total).toBe(30);
    expect(changes).toEqual(['a stop', 'b stop', 'b go']);
  });

  it('ignores who was never opened or is closed', () => {
    const { credits, changes } = creditsWith(100, ['a']);
    credits.take('a', 10);
    credits.close('a');
    credits.give('a', 10);
    credits.take('a', 90);
    credits.take('nobody', 90);
    credits.close('nobody');
    expect(credits.total).toBe(0);
    expect(changes).toEqual([]);
  });

  it('keeps what a holder has when it is opened again', () => {
    const { credits } = creditsWith(100, ['a']);
    credits.take('a', 10);
    credits.open('a');
    expect(credits.total).toBe(10);
  });

  /** Holders that take one fetch at a time while they are not blocked, and give it back in any order. */
  const steps = fc.array(fc.record({ holder: fc.nat(7), take: fc.boolean(), bytes: fc.integer({ min: 0, max: 40 }) }), {
    maxLength: 200,
  });

  it('holds the budget plus one fetch for each holder, starves nobody and blocks nobody for ever', () => {
    const maxFetch = 40;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 50, max: 1000 }), steps, (count, budget, drawn) => {
        const blocked = new Set<string>();
        const credits = new Credits({
          budget,
          onChange(holder, stop) {
            expect(blocked.has(holder)).toBe(!stop);
            if (stop) blocked.add(holder);
            else blocked.delete(holder);
          },
        });
        const held = new Map<string, number[]>(Array.from({ length: count }, (_, index) => [`p${index}`, []]));
        for (const holder of held.keys()) credits.open(holder);
        const sum = (): number => [...held.values()].flat().reduce((total, bytes) => total + bytes, 0);

        for (const { holder: drawnHolder, take, bytes } of drawn) {
          const holder = `p${drawnHolder % count}`;
          const fetches = held.get(holder) ?? [];
          if (take && !blocked.has(holder)) {
            fetches.push(bytes);
            credits.take(holder, bytes);
          } else if (!take && fetches.length > 0) {
            credits.give(holder, fetches.splice(bytes % fetches.length, 1)[0] ?? 0);
          }
          expect(credits.total).toBe(sum());
          expect(credits.total).toBeLessThanOrEqual(budget + count * maxFetch);
          for (const one of blocked) expect(held.get(one)?.reduce((total, size) => total + size, 0)).toBeGreaterThan(0);
        }
        for (const [holder, fetches] of held) for (const bytes of fetches) credits.give(holder, bytes);
        expect(credits.total).toBe(0);
        expect([...blocked]).toEqual([]);
      }),
    );
  });

  it('lets every holder go on when the others hold theirs for ever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 40 }), (count, fetch) => {
        const blocked = new Set<string>();
        const credits = new Credits({
          budget: 1000,
          onChange: (holder, stop) => (stop ? blocked.add(holder) : blocked.delete(holder)),
        });
        for (let index = 0; index < count; index++) credits.open(`p${index}`);
        for (let index = 1; index < count; index++) {
          while (!blocked.has(`p${index}`)) credits.take(`p${index}`, fetch);
        }
        for (let round = 0; round < 50; round++) {
          expect(blocked.has('p0')).toBe(false);
          credits.take('p0', fetch);
          credits.give('p0', fetch);
        }
      }),
    );
  });
});
