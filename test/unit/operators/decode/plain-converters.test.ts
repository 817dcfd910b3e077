import { describe, expect, it } from 'vitest';
import { converterClass } from '../../../../src/core/converter-classes.ts';
import { ConfigError, describeError } from '../../../../src/core/errors.ts';
import { DataError } from '../../../../src/operators/decode/converter.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { utf8 } from '../../../support/records.ts';

const record = { topic: 'orders', headers: {} };

function convert(name: string, bytes: Uint8Array | null, settings: Record<string, string> = {}): unknown {
  return createConverter(name, settings, { prefix: 'value.converter.' }).toConnect(bytes, record);
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex');
}

describe('the number converters', () => {
  it.each([
    ['ShortConverter', 'int16', '8000', -32768],
    ['IntegerConverter', 'int32', 'ffffffff', -1],
    ['LongConverter', 'int64', '001fffffffffffff', 9007199254740991],
    ['LongConverter', 'int64', '7fffffffffffffff', 9223372036854775807n],
    ['FloatConverter', 'float32', '4048f5c3', Math.fround(3.14)],
    ['DoubleConverter', 'float64', '3fb999999999999a', 0.1],
    ['BooleanConverter', 'boolean', '00', false],
  ])('%s reads %s', (name, type, bytes, value) => {
    expect(convert(name, hex(bytes))).toEqual({ schema: { type, optional: true }, value });
    expect(convert(name, null)).toEqual({ schema: { type, optional: true }, value: null });
  });

  it.each([
    [
      'IntegerConverter',
      '0001',
      'Failed to deserialize integer: Size of data received by IntegerDeserializer is not 4',
    ],
    ['LongConverter', '', 'Failed to deserialize long: Size of data received by LongDeserializer is not 8'],
    ['BooleanConverter', '02', 'Failed to deserialize boolean: Unexpected byte received by BooleanDeserializer: 2'],
  ])('%s refuses %s', (name, bytes, message) => {
    const read = (): unknown => convert(name, hex(bytes));
    expect(read).toThrow(DataError);
    try {
      read();
    } catch (error) {
      expect(describeError(error)).toBe(message);
    }
  });
});

describe('StringConverter', () => {
  it.each([
    ['UTF-8 by default', 'c3a9', {}, 'é'],
    ['a replacement for what is not UTF-8', '61ff', {}, 'a\ufffd'],
    ['Latin-1 with its control characters', '80e9', { 'converter.encoding': 'ISO-8859-1' }, '\u0080é'],
    ['UTF-16 in Java order', '00e9', { 'converter.encoding': 'UTF-16' }, 'é'],
    ['a byte order mark as it is', 'efbbbf61', { 'converter.encoding': 'utf8' }, '\ufeffa'],
  ])('reads %s', (_, bytes, settings, value) => {
    expect(convert('StringConverter', hex(bytes), settings)).toEqual({
      schema: { type: 'string', optional: true },
      value,
    });
  });

  it('refuses an encoding that is not known', () => {
    expect(() => convert('StringConverter', null, { 'converter.encoding': 'EBCDIC-1' })).toThrow(
      new ConfigError([
        '`value.converter.converter.encoding` is `EBCDIC-1`, but this encoding is not known here; UTF-8 and ISO-8859-1 are.',
      ]),
    );
  });
});

describe('createConverter', () => {
  it('takes class names as Kafka Connect takes them', () => {
    const full = 'org.apache.kafka.connect.converters.ByteArrayConverter';
    for (const name of [full, 'ByteArrayConverter', 'ByteArray']) expect(converterClass(name)).toBe(full);
    expect(converterClass('bytearray')).toBeUndefined();
    expect(convert('ByteArray', utf8('x'))).toEqual({ schema: { type: 'bytes', optional: true }, value: utf8('x') });
  });

  it('names the converters that there are when it is another one', () => {
    expect(() => convert('com.acme.XmlConverter', null)).toThrow(
      /^`value\.converter` is `com\.acme\.XmlConverter`, which is not a converter that is known here; there are .*JsonConverter, .*\.$/,
    );
  });
});
