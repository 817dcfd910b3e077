import { describe, expect, it } from 'vitest';
import { type SchemaAndValue } from '../../../../src/core/connect-data.ts';
import { type RawValue, type RecordBatch } from '../../../../src/core/record-batch.ts';
import { type Converter, DataError } from '../../../../src/operators/decode/converter.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { SimpleHeaderConverter } from '../../../../src/operators/decode/simple-header-converter.ts';
import { toConnectRecords } from '../../../../src/operators/transform/to-connect-records.ts';
import { createTransformChain } from '../../../../src/operators/transform/transform-chain.ts';
import { transformRecords } from '../../../../src/operators/transform/transform-records.ts';
import { batchOf, type Origin, utf8, valuesOf } from '../../../support/records.ts';
import { through } from '../../../support/through.ts';

const APACHE = 'org.apache.kafka.connect.transforms.';
const CAST = createTransformChain({
  transforms: 'narrow',
  'transforms.narrow.type': `${APACHE}Cast$Value`,
  'transforms.narrow.spec': 'int8',
});

function decoded(values: readonly SchemaAndValue['value'][], origin: Origin = {}): RecordBatch<SchemaAndValue> {
  return batchOf(
    values.map((value) => ({ schema: null, value })),
    origin,
  );
}

/** An envelope that sets bad records apart. */
function tolerant(batch: RecordBatch<SchemaAndValue>): RecordBatch<SchemaAndValue> {
  const source: RecordBatch<RawValue> = batchOf(
    valuesOf(batch).map(({ value }) => utf8(JSON.stringify(value))),
    { firstOffset: batch.firstOffset },
  );
  return { ...batch, failed: [], source: source.records };
}

describe('transformRecords', () => {
  it('transforms each record and leaves everything else of the envelope, offsets too', async () => {
    const batch = decoded(['1', '2'], { firstOffset: 6, nextOffset: 9, bytes: 50 });
    const records = await through(batch, toConnectRecords());
    const transformed = await through(records, transformRecords(CAST));
    expect(valuesOf(transformed).map(({ value }) => value)).toEqual([1, 2]);
    expect({ ...transformed, records: undefined }).toEqual({ ...batch, records: undefined });
    expect(transformed.records.offset(1)).toBe(7);
    expect(transformed.records.record(1)).toMatchObject({ topic: 'orders', offset: 7, value: { value: 2 } });
  });

  it('keeps where a record came from when it is routed elsewhere', async () => {
    const chain = createTransformChain({
      transforms: 'route,when',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '(.*)',
      'transforms.route.replacement': 'db.$1',
      'transforms.when.type': 'TimestampRouter',
    });
    const records = await through(decoded([1], { firstOffset: 5 }), toConnectRecords());
    const transformed = await through(records, transformRecords(chain));
    expect(transformed.topic).toBe('orders');
    expect(transformed.records.record(0)).toMatchObject({
      topic: 'orders',
      offset: 5,
      value: { topic: 'db.orders-20231114' },
    });
  });

  it('lets an envelope go on whose records are all filtered out', async () => {
    const chain = createTransformChain({ transforms: 'f', 'transforms.f.type': 'Filter' });
    const records = await through(decoded([1, 2]), toConnectRecords());
    const transformed = await through(records, transformRecords(chain));
    expect(transformed).toMatchObject({ firstOffset: 0, nextOffset: 2, bytes: 2, records: { length: 0 } });
    expect(() => transformed.records.value(0)).toThrow(new RangeError('No record at index 0 of 0'));
  });

  it('sets failing records apart, with the transform as Kafka Connect calls it', async () => {
    const records = await through(tolerant(decoded(['1', 'x', '300', '4'], { firstOffset: 20 })), toConnectRecords());
    const { failed, records: left } = await through(records, transformRecords(CAST));
    expect(left.length).toBe(2);
    const className = `${APACHE}Cast$Value`;
    expect(failed).toMatchObject([
      {
        record: { offset: 21 },
        stage: 'TRANSFORMATION',
        className,
        error: { offset: 21 },
        exceptionClass: 'org.apache.kafka.connect.errors.DataException',
      },
      { record: { offset: 22 }, stage: 'TRANSFORMATION', className, error: { offset: 22 } },
    ]);
    expect(failed?.[0]?.error.message).toBe(
      `The record at topic orders, partition 0, offset 21 cannot be loaded: the transform \`narrow\` (${className}) fails: Value (x) was out of range for requested data type`,
    );
    expect(failed?.map(({ record }) => String(record.value))).toEqual(['"x"', '"300"']);
  });

  it('fails with the first such record where nothing is set apart, and names the transform', async () => {
    const records = await through(decoded(['1', 'x'], { firstOffset: 20 }), toConnectRecords());
    await expect(through(records, transformRecords(CAST))).rejects.toThrow(
      `The record at topic orders, partition 0, offset 21 cannot be loaded: the transform \`narrow\` (${APACHE}Cast$Value) fails: Value (x) was out of range for requested data type`,
    );
  });
});

describe('toConnectRecords', () => {
  const int = createConverter('Integer', {}, { prefix: 'key.converter.' });
  const className = 'org.apache.kafka.connect.converters.IntegerConverter';

  function keyed(keys: readonly RawValue[]): RecordBatch<SchemaAndValue> {
    const batch = decoded(keys.map((_, index) => index));
    const { records } = batch;
    const key = (index: number): RawValue => keys[index] ?? null;
    return { ...batch, records: { ...records, record: (index) => ({ ...records.record(index), key: key(index) }) } };
  }

  it('reads keys with their converter, and gives them as bytes without', async () => {
    const read = await through(
      keyed([Uint8Array.of(0, 0, 0, 5), null]),
      toConnectRecords({ key: { converter: int, className } }),
    );
    expect(valuesOf(read).map(({ key }) => key.value)).toEqual([5, null]);
    const raw = await through(keyed([Uint8Array.of(1)]), toConnectRecords());
    expect(raw.records.value(0).key).toEqual({ schema: { type: 'bytes', optional: true }, value: Uint8Array.of(1) });
  });

  it('sets records apart whose key cannot be read', async () => {
    const batch = tolerant(keyed([Uint8Array.of(1), Uint8Array.of(0, 0, 0, 7)]));
    const { records, failed } = await through(batch, toConnectRecords({ key: { converter: int, className } }));
    expect(valuesOf({ ...batch, records }).map(({ key }) => key.value)).toEqual([7]);
    expect(failed).toMatchObject([{ stage: 'KEY_CONVERTER', className, record: { offset: 0 } }]);
  });

  it('names the record whose key cannot be read, where nothing is set apart', async () => {
    const reading = through(keyed([Uint8Array.of(1)]), toConnectRecords({ key: { converter: int, className } }));
    await expect(reading).rejects.toThrow(
      'The record at topic orders, partition 0, offset 0 cannot be loaded: its key cannot be read: Failed to deserialize integer: Size of data received by IntegerDeserializer is not 4',
    );
  });

  it('reads no key before all that the envelope needs is there', async () => {
    const events: string[] = [];
    const fetching: Converter = {
      prepareKey: () =>
        Promise.resolve().then(() => {
          events.push('fetched');
        }),
      toConnect: (bytes) => {
        events.push('read');
        return { schema: null, value: bytes };
      },
    };
    await through(keyed([null, null]), toConnectRecords({ key: { converter: fetching, className: '' } }));
    expect(events).toEqual(['fetched', 'fetched', 'read', 'read']);
  });

  it('reads headers, several of one name too, and sets records apart whose headers cannot be read', async () => {
    const batch = tolerant(decoded([1]));
    const headers = { n: [Buffer.from('5'), Buffer.from('x')], text: 'true', none: undefined };
    const { records } = batch;
    const withHeaders = {
      ...batch,
      records: { ...records, record: (index: number) => ({ ...records.record(index), headers }) },
    };
    const converter = new SimpleHeaderConverter();
    const read = await through(withHeaders, toConnectRecords({ headers: { converter, className: 'h' } }));
    expect(read.records.value(0).headers).toEqual([
      { name: 'n', schema: { type: 'int8', optional: false }, value: 5 },
      { name: 'n', schema: { type: 'string', optional: false }, value: 'x' },
      { name: 'text', schema: { type: 'boolean', optional: false }, value: true },
      { name: 'none', schema: null, value: null },
    ]);
    const failing = {
      toConnectHeader: () => {
        throw new DataError('bad');
      },
    };
    const { failed } = await through(
      withHeaders,
      toConnectRecords({ headers: { converter: failing, className: 'h' } }),
    );
    expect(failed).toMatchObject([{ stage: 'HEADER_CONVERTER', className: 'h' }]);
  });
});
