import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyMemory } from '../../../src/core/body-memory.ts';

const STEP = 64 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('memory of bodies', () => {
  it('is used again once it is given back, for bodies of about the same size', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const first = memory.take(2 * STEP - 100);
    expect(first.length).toBe(2 * STEP - 100);
    memory.give(first);
    const second = memory.take(2 * STEP);
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(2 * STEP);
    expect(memory.take(2 * STEP).buffer).not.toBe(first.buffer);
  });

  it('is given back by any view of it', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const body = memory.take(2 * STEP);
    memory.give(body.subarray(10, 20));
    expect(memory.take(2 * STEP).buffer).toBe(body.buffer);
  });

  it('is not used for bodies that would fill little of it, and makes room for them', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const large = memory.take(6 * STEP);
    memory.give(large);
    expect(memory.take(4 * STEP).buffer).not.toBe(large.buffer);
    expect(memory.take(6 * STEP).buffer).not.toBe(large.buffer);
  });

  it('is not used for larger bodies', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const body = memory.take(2 * STEP);
    memory.give(body);
    expect(memory.take(2 * STEP + 1).length).toBe(2 * STEP + 1);
  });

  it('is kept up to its limit', () => {
    const memory = new BodyMemory(() => 4 * STEP);
    const bodies = [memory.take(2 * STEP), memory.take(2 * STEP), memory.take(2 * STEP)];
    for (const body of bodies) memory.give(body);
    const next = [memory.take(2 * STEP), memory.take(2 * STEP), memory.take(2 * STEP)];
    expect(next.map(({ buffer }) => bodies.findIndex((body) => body.buffer === buffer))).toEqual([1, 2, -1]);
  });

  it('goes back to the system when less may be kept by the time of the next new body', () => {
    let limit = 4 * STEP;
    const memory = new BodyMemory(() => limit);
    const bodies = [memory.take(STEP), memory.take(STEP), memory.take(STEP)];
    for (const body of bodies) memory.give(body);
    limit = STEP;
    memory.take(8 * STEP);
    expect(memory.take(STEP).buffer).toBe(bodies[2]?.buffer);
    expect(bodies.map(({ buffer }) => buffer)).not.toContain(memory.take(STEP).buffer);
  });

  it('is not kept for small bodies', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const body = memory.take(STEP - 1);
    expect(body.buffer.byteLength).toBe(STEP - 1);
    memory.give(body);
    expect(memory.take(STEP - 1).buffer).not.toBe(body.buffer);
  });

  it('goes back to the system when no body was made for 30 s', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const body = memory.take(2 * STEP);
    memory.give(body);
    vi.advanceTimersByTime(29_999);
    const again = memory.take(2 * STEP);
    expect(again.buffer).toBe(body.buffer);
    memory.give(again);
    vi.advanceTimersByTime(30_000);
    expect(memory.take(2 * STEP).buffer).not.toBe(body.buffer);
  });

  it('goes back to the system when it is cleared, and nothing waits then', () => {
    const memory = new BodyMemory(() => 10 * STEP);
    const body = memory.take(2 * STEP);
    memory.give(body);
    memory.clear();
    expect(vi.getTimerCount()).toBe(0);
    expect(memory.take(2 * STEP).buffer).not.toBe(body.buffer);
  });
});
