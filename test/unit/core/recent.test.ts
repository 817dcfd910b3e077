import { expect, it } from 'vitest';
import { Recent } from '../../../src/core/recent.ts';

it('Recent keeps the last few, from the oldest to the newest', () => {
  const recent = new Recent<number>(3);
  expect([recent.items, recent.last]).toEqual([[], undefined]);
  for (let item = 1; item <= 5; item++) recent.add(item);
  expect([recent.items, recent.last]).toEqual([[3, 4, 5], 5]);
  recent.replaceLast(6);
  expect(recent.items).toEqual([3, 4, 6]);
});
