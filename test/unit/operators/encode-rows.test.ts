import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { BodyMemory } from '../../../src/core/body-memory.ts';
import { Decimal } from '../../../src/core/decimal.ts';
import { type EncodedBatch, rowBytes } from '../../../src/core/encoded-batch.ts';
import { RecordError } from '../../../src/core/errors.ts';
import { NumberText } from '../../../src/core/number-text.ts';
import { type RawValue, type RecordBatch, type RecordList } from '../../../src/core/record-batch.ts';
import { jsonRows } from '../../../src/operators/encode/json-rows.ts';
import { encodeRows } from '../../../src/operators/encode-rows.ts';
import { readRecords } from '../../../src/streams/kafka/fetch/read-records.ts';
import { batchBytes } from '../../support/kafka-batches.ts';
import { batchOf, utf8 } from '../../support/records.ts';
import { through } from '../../support/through.ts';

function encode(batch: RecordBatch): Promise<EncodedBatch> {
  return through(batch, encodeRows(jsonRows));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function rows(encoded: EncodedBatch): string[] {
  return Array.from({ length: encoded.rows }, (_, index) => text(rowBytes(encoded, index)));
}

function offsets(encoded: EncodedBatch): number[] {
  return Array.from({ length: encoded.rows }, (_, index) => encoded.rowOffset(index));
}

describe('encodeRows', () => {
  it('copies bytes as they are, digit for digit', async () => {
    const values = ['{"id":12345678901234567890,"x":1.10}', '{"a":1e400,"ü":"\\u00fc"}', '{ "a" : 1 , "a" : 2 }'];
    const encoded = await encode(batchOf(values.map(utf8)));
    expect(text(encoded.body)).toBe(`${values.join(',')},`);
    expect(rows(encoded)).toEqual(values);
  });

  it('reads over a byte order mark, as Kafka Connect does: StarRocks would not', async () => {
    const values = ['\ufeff{"a":1}', '\ufeff[{"a":2},{"a":3}]'];
    expect(rows(await encode(batchOf(values.map(utf8))))).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
  });

  describe('of bytes that lie in fetched memory', () => {
    const read = async (memory: Buffer): Promise<{ batch: RecordBatch; memory: Buffer }> => {
      const { records, nextOffset } = await readRecords({
        topic: 'orders',
        partition: 0,
        fetchOffset: 5,
        records: memory,
        aborted: [],
      });
      return { batch: { ...batchOf([], { firstOffset: 5, nextOffset }), records }, memory };
    };

    const fetched = (...values: (string | null)[]): Promise<{ batch: RecordBatch; memory: Buffer }> =>
      read(
        batchBytes(
          values.map((value) => ({ value })),
          { baseOffset: 5 },
        ),
      );

    it('copies them as they are, and gives the memory back', async () => {
      const { batch, memory } = await fetched('{"a":1}', ' {"b":2} ', '{}');
      const encoded = await encode(batch);
      expect(batch.records.length).toBe(0);
      memory.fill(0);
      expect(text(encoded.body)).toBe('{"a":1}, {"b":2} ,{},');
      expect(offsets(encoded)).toEqual([5, 6, 7]);
      expect(encoded).toMatchObject({ firstOffset: 5, nextOffset: 8, rows: 3 });
    });

    it.each([
      { what: 'copied', values: ['{"a":1}', '{"b":2}'] },
      { what: 'written', values: ['{"a":1}', '[{"b":2}]'] },
    ])(
      'has new rows in the memory of those that are $what once it is given back, and only once',
      async ({ values }) => {
        const bodies = new BodyMemory(() => 1_000, 1);
        const encodeInto = async (): Promise<EncodedBatch> =>
          through((await fetched(...values)).batch, encodeRows(jsonRows, { bodies }));
        const first = await encodeInto();
        const beside = await encodeInto();
        expect(beside.body.buffer).not.toBe(first.body.buffer);
        first.release?.();
        first.release?.();
        const [next, last] = [await encodeInto(), await encodeInto()];
        expect(next.body.buffer).toBe(first.body.buffer);
        expect(last.body.buffer).not.toBe(first.body.buffer);
        expect([next, last, beside].map(rows)).toEqual([rows(next), rows(next), rows(next)]);
        expect(rows(next)).toEqual(['{"a":1}', '{"b":2}']);
      },
    );

    it.each(['', 'key', 'a key that is longer than the row itself'])(
      'copies them with whatever lies between them: keys such as "%s"',
      async (key) => {
        for (const count of [1, 2, 30]) {
          const values = Array.from({ length: count }, (_, id) => `{"id":${id},"text":"${'x'.repeat(id)}"}`);
          const written = values.flatMap((value) => [{ value: null }, { key, value }, { value: null }]);
          const encoded = await encode((await read(batchBytes(written, { baseOffset: 5 }))).batch);
          expect(text(encoded.body)).toBe(`${values.join(',')},`);
          expect(offsets(encoded)).toEqual(values.map((_, index) => 6 + index * 3));
        }
      },
    );

    it('copies those of several batches, of which some were compressed', async () => {
      const batches = [undefined, gzipSync, undefined].map((compress, index) =>
        batchBytes([{ value: `{"id":${index}}` }], {
          baseOffset: 5 + index,
          ...(compress && { attributes: 1, compress: (bytes) => compress(bytes) }),
        }),
      );
      const { batch } = await read(Buffer.concat(batches));
      expect(rows(await encode(batch))).toEqual(['{"id":0}', '{"id":1}', '{"id":2}']);
    });

    it('makes no row of a tombstone, and several of an array', async () => {
      const tombstone = await fetched('{"a":1}', null, '{"b":2}');
      expect(offsets(await encode(tombstone.batch))).toEqual([5, 7]);
      const array = await fetched('{"a":1}', '[{"b":2},{"c":3}]');
      const encoded = await encode(array.batch);
      expect(rows(encoded)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
      expect(offsets(encoded)).toEqual([5, 6, 6]);
    });

    it('names the first that is no row', async () => {
      const { batch } = await fetched('{"a":1}', 'oops');
      await expect(encode(batch)).rejects.toThrow(
        'The record at topic orders, partition 0, offset 6 cannot be loaded: its value is not a JSON object: it starts with "oops"',
      );
    });

    it('keeps the memory for dead letters, and where the records are kept', async () => {
      const bad = await fetched('{"a":1}', 'oops');
      const setApart = { ...bad.batch, failed: [], source: bad.batch.records as RecordList<RawValue> };
      const encoded = await through(setApart, encodeRows(jsonRows));
      expect(encoded.failed?.map(({ record }) => text(record.value ?? utf8('')))).toEqual(['oops']);
      expect(bad.batch.records.length).toBe(2);
      const good = await fetched('{"a":1}');
      const kept = { ...good.batch, failed: [], source: good.batch.records as RecordList<RawValue> };
      await through(kept, encodeRows(jsonRows, { keepSource: true }));
      expect(good.batch.records.length).toBe(1);
      await through(kept, encodeRows(jsonRows));
      expect(good.batch.records.length).toBe(0);
    });
  });

  it('writes what an operator made as JSON', async () => {
    const values = [{ id: 1, name: 'ünï', gone: undefined, list: [1, null] }, { nested: { at: new Date(0) } }];
    expect(rows(await encode(batchOf(values)))).toEqual([
      '{"id":1,"name":"ünï","list":[1,null]}',
      '{"nested":{"at":"1970-01-01T00:00:00.000Z"}}',
    ]);
  });

  it('takes bytes and made values in one envelope', async () => {
    expect(rows(await encode(batchOf([{ a: 1 }, utf8('{"b":2}'), { c: 3 }])))).toEqual([
      '{"a":1}',
      '{"b":2}',
      '{"c":3}',
    ]);
  });

  it('makes no row of a tombstone and keeps the offsets of the others', async () => {
    const encoded = await encode(batchOf([utf8('{"a":1}'), null, utf8('{"b":2}'), null], { firstOffset: 40 }));
    expect(rows(encoded)).toEqual(['{"a":1}', '{"b":2}']);
    expect(offsets(encoded)).toEqual([40, 42]);
  });

  it('knows the offset of each row when there are gaps', async () => {
    const values = ['{"a":1}', '{"b":2}', '{"c":3}'].map(utf8);
    expect(offsets(await encode(batchOf(values, { offsets: [7, 9, 1_000_000_000_000] })))).toEqual([
      7, 9, 1_000_000_000_000,
    ]);
    expect(offsets(await encode(batchOf(values, { firstOffset: 7 })))).toEqual([7, 8, 9]);
  });

  it.each([
    ['of no records', []],
    ['of tombstones alone', [null, null]],
  ])('passes on an envelope %s without rows', async (_, values) => {
    const encoded = await encode(batchOf(values, { firstOffset: 5, nextOffset: 9, bytes: 33 }));
    expect(encoded).toMatchObject({ firstOffset: 5, nextOffset: 9, bytes: 33, rows: 0 });
    expect(encoded.body).toHaveLength(0);
  });

  it('knows the offset of each row of records that an operator left out, repeated and moved', async () => {
    // As many as between the first and the last, so that those two alone tell nothing.
    const encoded = await encode(batchOf([{ a: 1 }, { a: 2 }, { a: 3 }], { offsets: [10, 10, 12] }));
    expect(offsets(encoded)).toEqual([10, 10, 12]);
    const moved = await encode(batchOf([{ a: 1 }, { a: 3 }, { a: 2 }, { a: 4 }], { offsets: [10, 12, 11, 13] }));
    expect(offsets(moved)).toEqual([10, 12, 11, 13]);
  });

  it('leaves the envelope as it is', async () => {
    const batch = batchOf([utf8('{}')], {
      topic: 't',
      partition: 3,
      generation: 9,
      firstOffset: 4,
      nextOffset: 8,
      bytes: 77,
    });
    expect(await encode(batch)).toMatchObject({
      topic: 't',
      partition: 3,
      generation: 9,
      firstOffset: 4,
      nextOffset: 8,
      bytes: 77,
    });
  });

  it.each([' {"a":1}', '{"a":1} ', '\n\t{"a":1}\r\n', '{}', ' { } '])(
    'takes an object with white space round it: %j',
    async (value) => {
      expect(rows(await encode(batchOf([utf8(value)])))).toEqual([value]);
    },
  );

  it.each([
    ['a number', utf8('12'), 'it starts with "12"'],
    ['a string', utf8('"text"'), 'it starts with "\\"text\\""'],
    ['a word', utf8('null'), 'it starts with "null"'],
    ['nothing', utf8(''), 'it is empty'],
    ['white space', utf8('  \n'), 'it starts with "  \\n"'],
    ['half an object', utf8('{"a":1'), 'it starts with "{\\"a\\":1"'],
    ['the end of an object', utf8('"a":1}'), 'it starts with "\\"a\\":1}"'],
    ['one brace', utf8('{'), 'it starts with "{"'],
    ['the other brace', utf8('}'), 'it starts with "}"'],
    ['an object and a comma', utf8('{"a":1},'), 'it starts with "{\\"a\\":1},"'],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe), 'it starts with "\ufffd\ufffd"'],
    ['a long text', utf8('x'.repeat(500)), `it starts with "${'x'.repeat(60)}"`],
    ['a made number', 12, 'it starts with "12"'],
    ['a made text', '{"a":1}', 'it starts with "{\\"a\\":1}"'],
    ['a made truth', true, 'it starts with "true"'],
    ['undefined', undefined, 'it starts with "undefined"'],
  ])('names the record whose value is %s', async (_, value, seen) => {
    const batch = batchOf([utf8('{"a":1}'), value], { topic: 'orders', partition: 2, firstOffset: 10 });
    await expect(encode(batch)).rejects.toEqual(
      new RecordError({ topic: 'orders', partition: 2, offset: 11 }, `its value is not a JSON object: ${seen}`),
    );
  });

  it('makes a row of each object of an array, as fetched or made, and counts the offset once', async () => {
    const values = [utf8(' [{"a":18446744073709551616}, {"b":0.10}] '), utf8('[]'), [{ c: 3 }, { d: 4 }], { e: 5 }];
    const encoded = await encode(batchOf(values, { firstOffset: 7 }));
    expect(rows(encoded)).toEqual(['{"a":18446744073709551616}', '{"b":0.10}', '{"c":3}', '{"d":4}', '{"e":5}']);
    expect(offsets(encoded)).toEqual([7, 7, 9, 9, 10]);
    expect(encoded).toMatchObject({ firstOffset: 7, nextOffset: 11 });
  });

  it.each([
    ['of arrays', utf8('[{"a":1},[]]'), 'its value is an array whose element 1 is not a JSON object'],
    ['of numbers', [1], 'its value is an array whose element 0 is not a JSON object'],
    [
      'that is cut short',
      utf8('[{"a":1}'),
      /offset 3 cannot be loaded: its value is not JSON \(.*\): it starts with "\[\{\\"a\\":1\}"$/,
    ],
    ['with bytes that are no text', Uint8Array.of(0x5b, 0xff, 0x5d), 'its value is not valid UTF-8'],
  ])('names the record whose value is an array %s', async (_, value, reason) => {
    await expect(encode(batchOf([value], { firstOffset: 3 }))).rejects.toThrow(reason);
  });

  it('writes every digit of what a converter made', async () => {
    const value = { a: new NumberText('0.10'), b: 2n ** 64n, c: Decimal.parse('1.50'), d: -0 };
    expect(rows(await encode(batchOf([value])))).toEqual(['{"a":0.10,"b":18446744073709551616,"c":1.50,"d":-0}']);
  });

  it('names the record whose value cannot be written, such as one that contains itself', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    await expect(encode(batchOf([circle], { topic: 'orders', firstOffset: 3 }))).rejects.toThrow(
      /^The record at topic orders, partition 0, offset 3 cannot be loaded: /,
    );
  });

  it('emits the envelopes before the bad one', () => {
    const seen: (number | string)[] = [];
    from([batchOf([utf8('{}')]), batchOf([utf8('x')], { firstOffset: 1 })])
      .pipe(encodeRows(jsonRows))
      .subscribe({
        next: ({ firstOffset }) => seen.push(firstOffset),
        error: (error: unknown) => seen.push(String(error).slice(0, 11)),
      });
    expect(seen).toEqual([0, 'RecordError']);
  });

  it('makes of any objects an array that means the same', async () => {
    // Without -0, which is kept here, and which JSON.stringify writes as 0.
    const object = fc.dictionary(fc.string(), fc.jsonValue()).map((one) => JSON.parse(JSON.stringify(one)) as object);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.tuple(object, fc.boolean()))), async (drawn) => {
        const values = drawn.map((one) => (one === null ? null : one[1] ? utf8(JSON.stringify(one[0])) : one[0]));
        const encoded = await encode(batchOf(values));
        const kept = drawn.flatMap((one) => (one === null ? [] : [one[0]]));
        const body = text(encoded.body);
        expect(JSON.parse(`[${body.slice(0, -1)}]`)).toEqual(JSON.parse(JSON.stringify(kept)));
        expect(rows(encoded)).toEqual(kept.map((one) => JSON.stringify(one)));
        expect(offsets(encoded)).toEqual(drawn.flatMap((one, index) => (one === null ? [] : [index])));
      }),
      { numRuns: 60 },
    );
  });
});
