import { describe, expect, it } from 'vitest';
import { FeAddresses } from '../../../src/sinks/starrocks/fe-addresses.ts';

describe('FeAddresses', () => {
  it('asks the first one first, until it does not answer', () => {
    const addresses = new FeAddresses(['a', 'b', 'c']);
    expect(addresses.inOrder()).toEqual(['a', 'b', 'c']);
    addresses.failed('a');
    expect(addresses.inOrder()).toEqual(['b', 'c', 'a']);
    addresses.failed('b');
    addresses.failed('c');
    expect(addresses.inOrder()).toEqual(['a', 'b', 'c']);
  });

  it('does not leave one that answers because another one failed, perhaps long ago', () => {
    const addresses = new FeAddresses(['a', 'b']);
    addresses.failed('a');
    addresses.failed('a');
    expect(addresses.inOrder()).toEqual(['b', 'a']);
  });

  it('needs at least one', () => {
    expect(() => new FeAddresses([])).toThrow(RangeError);
  });
});
