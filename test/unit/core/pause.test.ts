import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pause } from '../../../src/core/pause.ts';

const reason = new Error('taken away');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('pause', () => {
  it('ends after its time, and not before', async () => {
    const ended = vi.fn();
    void pause(100, new AbortController().signal).then(ended);
    await vi.advanceTimersByTimeAsync(99);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
  });

  it('rejects with the reason as soon as its signal is aborted, and leaves no timer', async () => {
    const abort = new AbortController();
    const pausing = pause(100, abort.signal);
    abort.abort(reason);
    await expect(pausing).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects at once when its signal is already aborted, and starts no timer', async () => {
    await expect(pause(100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener behind on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    const pausing = pause(100, signal);
    await vi.advanceTimersByTimeAsync(100);
    await pausing;
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    expect(add).toHaveBeenCalledOnce();
  });
});
