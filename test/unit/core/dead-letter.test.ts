import { describe, expect, it } from 'vitest';
import { parseSource, sourceText } from '../../../src/core/dead-letter.ts';

describe('the source of a dead letter', () => {
  it.each([
    { topic: 'orders', partition: 0, offset: 0 },
    { topic: 'a.b-c_d', partition: 131, offset: Number.MAX_SAFE_INTEGER },
  ])('is read as it was written: %j', (position) => {
    expect(parseSource(sourceText(position))).toEqual(position);
  });

  it.each(['', 'orders', 'orders/1', 'orders/1/x', 'orders/1/-1', '/1/1', 'a/b/1/1'])(
    'is not taken from another text: %j',
    (text) => {
      expect(parseSource(text)).toBeUndefined();
    },
  );
});
