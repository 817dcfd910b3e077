import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../emulator/json/json-reader.ts';
import { JsonSyntaxError } from '../../emulator/json/json-syntax-error.ts';
import { minified, spaced } from '../../emulator/json/json-text.ts';

function read(text: string): JsonReader {
  const reader = new JsonReader(Buffer.from(text));
  reader.readValue();
  return reader;
}

describe('the JSON reader', () => {
  it('takes every document that JSON.stringify writes, and leaves it as it was', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const reader = read(text);
        expect(reader.raw()).toBe(text.trim());
        expect(JSON.parse(minified(reader))).toEqual(JSON.parse(text));
        expect(JSON.parse(spaced(reader))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads strings as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(JSON.stringify(text)).text()).toBe(text);
      }),
    );
  });

  it.each(['{', '[1,', '"abc', '{"a"', '{"a":', 'tru', '-', '1.', '1e', '[[[', '"\\u12'])(
    'says that %s ends too early',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ truncated: true }));
    },
  );

  it.each([
    '{1:2}',
    '[1 2]',
    '{"a" 1}',
    '[1,]',
    '{"a":1,}',
    'nulL',
    '01',
    '+1',
    '.5',
    '1x',
    '"\\x"',
    '"\t"',
    "'a'",
    '[}',
    '{"a":1]',
  ])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(JsonSyntaxError);
  });

  it('keeps all digits of a number', () => {
    const digits = '123456789012345678901234567890.12345678901234567890';
    expect(read(digits).raw()).toBe(digits);
  });

  it('refuses depth instead of running out of stack', () => {
    expect(() => read('['.repeat(5_000_000))).toThrow(/too deep/);
  });
});
