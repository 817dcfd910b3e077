import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { WireReader } from '../../../../src/streams/kafka/fetch/wire-reader.ts';
import { WireWriter } from '../../../../src/streams/kafka/fetch/wire-writer.ts';

it.each([false, true])('what was written is read again, however much it is; compact: %s', (isCompact) => {
  const texts = Array.from({ length: 500 }, (_, index) => 'é'.repeat(index));
  const writer = new WireWriter(isCompact);
  writer.array(texts, (text) =>
    writer
      .string(text)
      .int8(1)
      .int16(-2)
      .int32(text.length)
      .int64(-(2 ** 53) + 1)
      .end(),
  );
  writer.bytes(Buffer.alloc(100_000, 7)).raw(Buffer.from('00ff'.repeat(8), 'hex'));

  const reader = new WireReader(writer.toBuffer(), isCompact);
  const read = reader.array(() => {
    const text = reader.string();
    const rest = [reader.boolean(), reader.int16(), reader.int32(), reader.int64()];
    reader.end();
    return [text, ...rest];
  });
  expect(read).toEqual(texts.map((text) => [text, true, -2, text.length, -(2 ** 53) + 1]));
  expect(reader.bytes()).toEqual(Buffer.alloc(100_000, 7));
  expect(reader.uuid()).toBe('00ff'.repeat(8));
  expect(() => reader.boolean()).toThrow(RangeError);
});
