import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VarintReader } from '../../../../src/streams/kafka/fetch/varint-reader.ts';
import { varint } from '../../../support/kafka-batches.ts';

function read<T>(bytes: Buffer, take: (reader: VarintReader) => T): T {
  const reader = new VarintReader(bytes, 0, bytes.length);
  const value = take(reader);
  expect(reader.position).toBe(bytes.length);
  return value;
}

describe('VarintReader', () => {
  it('reads every 32-bit number', () => {
    for (const value of [0, -1, 1, 63, 64, -64, -65, 8191, 8192, 2_147_483_647, -2_147_483_648]) {
      expect(read(varint(value), (reader) => reader.int32())).toBe(value);
    }
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(read(varint(value), (reader) => reader.int32())).toBe(value);
      }),
    );
  });

  it('reads every 64-bit number that is a safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(read(varint(value), (reader) => reader.int64())).toBe(value);
      }),
    );
  });

  it.each([
    ['a number that does not end', [0x80, 0x80], 'it ends in the middle of a number'],
    ['a number of more than 32 bits', [0xff, 0xff, 0xff, 0xff, 0x1f], 'a number has more than 32 bits'],
    ['a number that never ends', [0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 'a number has more than 32 bits'],
  ])('refuses %s', (_, bytes, message) => {
    const reader = new VarintReader(Buffer.from(bytes), 0, bytes.length);
    expect(() => reader.int32()).toThrow(new RangeError(message));
  });

  it('refuses a 64-bit number of more than ten bytes', () => {
    const reader = new VarintReader(Buffer.alloc(11, 0xff), 0, 11);
    expect(() => reader.int64()).toThrow(new RangeError('a number has more than 64 bits'));
  });

  it('stops at its limit, also where there are more bytes', () => {
    const reader = new VarintReader(Buffer.from([0x80, 0x01]), 0, 1);
    expect(() => reader.int32()).toThrow(new RangeError('it ends in the middle of a number'));
  });

  it('skips nothing beyond its limit, and not backwards', () => {
    const reader = new VarintReader(Buffer.alloc(8), 2, 5);
    expect(() => reader.skip(4)).toThrow(new RangeError('something has 4 bytes where 3 are left'));
    expect(() => reader.skip(-1)).toThrow(new RangeError('something has -1 bytes where 3 are left'));
    reader.skip(3);
    expect(reader.position).toBe(5);
  });
});
