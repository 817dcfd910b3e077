import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Deferred } from '../../../src/core/deferred.ts';

describe('Deferred', () => {
  it('gives whoever waits the value, also when it was settled before', async () => {
    const deferred = new Deferred<number>();
    const early = deferred.promise;
    deferred.resolve(7);
    await expect(early).resolves.toBe(7);
    await expect(deferred.promise).resolves.toBe(7);
  });

  it('is settled once', async () => {
    const deferred = new Deferred<number>();
    deferred.resolve(7);
    deferred.reject(new Error('too late'));
    deferred.resolve(8);
    await expect(deferred.promise).resolves.toBe(7);
  });

  it('tells whoever waits why it was rejected', async () => {
    const deferred = new Deferred<number>();
    const error = new Error('the run has ended');
    deferred.reject(error);
    await expect(deferred.promise).rejects.toBe(error);
  });

  it('may be rejected although nobody waits', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    onTestFinished(() => {
      process.off('unhandledRejection', listen);
    });
    new Deferred<void>().reject(new Error('nobody looks'));
    // Node tells of unhandled rejections before the next turn of its loop.
    await setImmediate();
    expect(unhandled).toEqual([]);
  });
});
