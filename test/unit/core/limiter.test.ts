import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter } from '../../../src/core/limiter.ts';

describe('Limiter', () => {
  it('runs at most so many at once, all of them, in the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        async (limit, ends) => {
          const limiter = new Limiter(limit);
          const waiting: (() => void)[] = [];
          const started: number[] = [];
          let running = 0;
          let most = 0;
          const runs = ends.map((succeeds, index) =>
            limiter.run(async () => {
              started.push(index);
              most = Math.max(most, ++running);
              await new Promise<void>((resolve) => waiting.push(resolve));
              running--;
              if (!succeeds) throw new Error(`task ${index}`);
              return index;
            }),
          );
          const settled = Promise.allSettled(runs);
          while (running > 0) {
            waiting.shift()?.();
            await new Promise((resolve) => setImmediate(resolve));
          }
          const results = await settled;
          expect(started).toEqual(ends.map((_, index) => index));
          expect(most).toBe(Math.min(limit, ends.length));
          expect(results.map(({ status }) => status === 'fulfilled')).toEqual(ends);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives back the result, and passes on the error', async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(() => Promise.resolve(7))).resolves.toBe(7);
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(limiter.run(() => Promise.resolve(8))).resolves.toBe(8);
  });

  it('a task whose signal is aborted while it waits gives up its turn, and the next one gets it', async () => {
    const limiter = new Limiter(1);
    let finish = (): void => undefined;
    const first = limiter.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const abort = new AbortController();
    const second = limiter.run(() => Promise.resolve('second'), abort.signal);
    const third = limiter.run(() => Promise.resolve('third'), new AbortController().signal);
    abort.abort(new Error('taken away'));
    await expect(second).rejects.toThrow('taken away');
    finish();
    await first;
    await expect(third).resolves.toBe('third');
  });
});
