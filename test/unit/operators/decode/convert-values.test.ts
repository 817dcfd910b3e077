import { describe, expect, it } from 'vitest';
import { type RecordError } from '../../../../src/core/errors.ts';
import { type RawValue, type RecordBatch } from '../../../../src/core/record-batch.ts';
import { convertValues } from '../../../../src/operators/decode/convert-values.ts';
import { type Converter, DataError } from '../../../../src/operators/decode/converter.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { batchOf, utf8, valuesOf } from '../../../support/records.ts';
import { through } from '../../../support/through.ts';

const string = createConverter('StringConverter', {}, { prefix: 'value.converter.' });

describe('convertValues', () => {
  it('converts each value and leaves everything else of the envelope', async () => {
    const batch: RecordBatch<RawValue> = batchOf([utf8('a'), null], {
      topic: 't',
      firstOffset: 6,
      nextOffset: 9,
      bytes: 50,
    });
    const converted = await through(batch, convertValues(string, 'a.b.Converter'));
    expect(valuesOf(converted).map(({ value }) => value)).toEqual(['a', null]);
    expect({ ...converted, records: undefined }).toEqual({ ...batch, records: undefined });
    expect(converted.records.record(1)).toMatchObject({ topic: 't', offset: 7 });
  });

  it('names the record that cannot be read', async () => {
    const number = createConverter('Integer', {}, { prefix: 'value.converter.' });
    const converting = through(
      batchOf([utf8('1234'), utf8('1')], { firstOffset: 20 }),
      convertValues(number, 'a.b.Converter'),
    );
    await expect(converting).rejects.toThrow(
      'The record at topic orders, partition 0, offset 21 cannot be loaded: Failed to deserialize integer: Size of data received by IntegerDeserializer is not 4',
    );
  });

  it('sets apart a record that cannot be read where that is wanted, and goes on with the others', async () => {
    const number = createConverter('Integer', {}, { prefix: 'value.converter.' });
    const batch = batchOf([utf8('0000'), utf8('1'), null], { firstOffset: 20 });
    const wanted = { ...batch, failed: [], source: batch.records };
    const converted = await through(wanted, convertValues(number, 'a.b.IntegerConverter'));
    expect(valuesOf(converted).map(({ value }) => value)).toEqual([0x30303030, null]);
    expect([0, 1].map((index) => converted.records.offset(index))).toEqual([20, 22]);
    expect(converted.failed).toEqual([
      {
        record: batch.records.record(1),
        stage: 'VALUE_CONVERTER',
        className: 'a.b.IntegerConverter',
        error: expect.objectContaining({ offset: 21 }) as RecordError,
      },
    ]);
  });

  it('passes on an empty envelope', async () => {
    const batch = batchOf<RawValue>([], { firstOffset: 5, nextOffset: 8 });
    expect(await through(batch, convertValues(string, 'a.b.Converter'))).toMatchObject({
      firstOffset: 5,
      nextOffset: 8,
      records: { length: 0 },
    });
  });

  it('lets an error that is not about the record through as it is', async () => {
    const broken: Converter = {
      toConnect: () => {
        throw new TypeError('a mistake');
      },
    };
    await expect(through(batchOf([utf8('a')]), convertValues(broken, 'a.b.Converter'))).rejects.toThrow(
      new TypeError('a mistake'),
    );
  });

  it('converts nothing before all that the envelope needs is there', async () => {
    const events: string[] = [];
    const known = new Set<string>();
    const fetching: Converter = {
      prepareValue: (records, index) => {
        const id = String(records.value(index));
        if (known.has(id)) return undefined;
        return Promise.resolve().then(() => {
          events.push(`fetched ${id}`);
          known.add(id);
        });
      },
      toConnect: (bytes) => {
        if (!known.has(String(bytes))) throw new DataError('too early');
        events.push(`converted ${String(bytes)}`);
        return { schema: null, value: null };
      },
    };
    const batch = batchOf([Uint8Array.of(1), Uint8Array.of(2)]);
    await through(batch, convertValues(fetching, 'a.b.Converter'));
    await through(batch, convertValues(fetching, 'a.b.Converter'));
    expect(events).toEqual(['fetched 1', 'fetched 2', 'converted 1', 'converted 2', 'converted 1', 'converted 2']);
  });
});
