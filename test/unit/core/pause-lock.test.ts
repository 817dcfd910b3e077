import { describe, expect, it } from 'vitest';
import { PauseLock } from '../../../src/core/pause-lock.ts';

function lock(): { lock: PauseLock; changes: boolean[] } {
  const changes: boolean[] = [];
  return { lock: new PauseLock((paused) => changes.push(paused)), changes };
}

describe('PauseLock', () => {
  it('tells of the first reason that comes and the last one that goes', () => {
    const { lock: pause, changes } = lock();
    pause.acquire('budget');
    pause.acquire('drain');
    pause.release('budget');
    expect(changes).toEqual([true]);
    expect(pause.reasons).toEqual(['drain']);
    pause.release('drain');
    expect(changes).toEqual([true, false]);
  });

  it('holds a reason once, however often it comes', () => {
    const { lock: pause, changes } = lock();
    pause.acquire('stopped');
    pause.acquire('stopped');
    pause.release('stopped');
    expect(changes).toEqual([true, false]);
  });

  it('says nothing when a reason goes that was not there', () => {
    const { lock: pause, changes } = lock();
    pause.release('budget');
    pause.acquire('drain');
    pause.release('budget');
    expect(changes).toEqual([true]);
  });
});
