import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../../src/core/decimal.ts';
import { SimpleHeaderConverter } from '../../../../src/operators/decode/simple-header-converter.ts';
import { utf8 } from '../../../support/records.ts';

const converter = new SimpleHeaderConverter();

describe('SimpleHeaderConverter', () => {
  it.each([
    ['127', 'int8', 127],
    ['-129', 'int16', -129],
    ['32768', 'int32', 32768],
    ['1e10', 'int64', 10_000_000_000],
    ['3.14', 'float32', Math.fround(3.14)],
    ['3.14159265358979', 'float64', 3.14159265358979],
    ['true', 'boolean', true],
    ['TRUE', 'string', 'TRUE'],
    [' x ', 'string', ' x '],
    ['1,2', 'string', '1,2'],
    ['1e999999999', 'string', '1e999999999'],
    ['2024-13-01', 'string', '2024-13-01'],
    ['"quoted"', 'string', '"quoted"'],
  ])('takes %s for an %s', (text, type, value) => {
    expect(converter.toConnectHeader(utf8(text))).toEqual({ schema: { type, optional: false }, value });
  });

  it.each([
    ['12345678901234567890', new Decimal(12345678901234567890n, 0)],
    ['0.1234567890123456789', new Decimal(1234567890123456789n, 19)],
  ])('takes %s for a decimal, so that no digit is lost', (text, value) => {
    const { schema, value: decimal } = converter.toConnectHeader(utf8(text));
    expect(decimal).toEqual(value);
    expect(schema).toMatchObject({
      name: 'org.apache.kafka.connect.data.Decimal',
      parameters: { scale: String(value.scale) },
    });
  });

  it.each([
    ['[1,300]', { type: 'array', items: { type: 'int16' } }, [1, 300]],
    ['{"a":[true,null]}', { type: 'map', values: { type: 'array', items: null } }, new Map([['a', [true, null]]])],
    ['[]', { type: 'array', items: null }, []],
  ])('reads %s', (text, schema, value) => {
    expect(converter.toConnectHeader(utf8(text))).toMatchObject({ schema, value });
  });

  it('has nothing for null, whether it is written or not', () => {
    expect(converter.toConnectHeader(null)).toEqual({ schema: null, value: null });
    expect(converter.toConnectHeader(utf8('null'))).toEqual({ schema: null, value: null });
  });
});
