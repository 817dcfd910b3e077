import { describe, expect, it } from 'vitest';
import { type RawValue, type RecordBatch } from '../../../src/core/record-batch.ts';
import { decodeJson } from '../../../src/operators/decode/decode-json.ts';
import { batchOf, utf8, valuesOf } from '../../support/records.ts';
import { through } from '../../support/through.ts';

function decode(batch: RecordBatch<RawValue>): Promise<RecordBatch> {
  return through(batch, decodeJson());
}

describe('decodeJson', () => {
  it('parses each value and leaves tombstones', async () => {
    const values = [utf8('{"a":[1,"ü"]}'), null, utf8(' 12 '), utf8('"text"'), utf8('null')];
    expect(valuesOf(await decode(batchOf(values)))).toEqual([{ a: [1, 'ü'] }, null, 12, 'text', null]);
  });

  it('leaves everything else of the envelope and of its records', async () => {
    const batch = batchOf([utf8('{}')], { topic: 't', partition: 4, firstOffset: 6, nextOffset: 9, bytes: 50 });
    const decoded = await decode(batch);
    expect({ ...decoded, records: undefined }).toEqual({ ...batch, records: undefined });
    expect(decoded.records.record(0)).toEqual({ ...batch.records.record(0), value: {} });
  });

  it('passes on an empty envelope', async () => {
    expect(await decode(batchOf<RawValue>([], { firstOffset: 5, nextOffset: 8 }))).toMatchObject({
      firstOffset: 5,
      nextOffset: 8,
      records: { length: 0 },
    });
  });

  it('reads only the bytes of the value, not the memory round it', async () => {
    const memory = utf8('xx{"a":1}yy');
    expect(valuesOf(await decode(batchOf([memory.subarray(2, 9)])))).toEqual([{ a: 1 }]);
  });

  it.each([
    ['nothing', utf8(''), /its value is not JSON \(.+\): it is empty$/],
    ['half an object', utf8('{"a":'), /its value is not JSON \(.+\): it starts with "\{\\"a\\":"$/],
    ['a plain text', utf8('hello'), /its value is not JSON \(.+\): it starts with "hello"$/],
    ['two objects', utf8('{}{}'), /its value is not JSON \(.+\): it starts with "\{\}\{\}"$/],
    ['no text', Uint8Array.of(0x7b, 0xff, 0x7d), /its value is not valid UTF-8$/],
  ])('names the record whose value is %s', async (_, value, reason) => {
    const decoding = decode(batchOf([utf8('{}'), value], { topic: 'orders', partition: 1, firstOffset: 20 }));
    await expect(decoding).rejects.toMatchObject({ name: 'RecordError', topic: 'orders', partition: 1, offset: 21 });
    await expect(decoding).rejects.toThrow(reason);
  });
});
