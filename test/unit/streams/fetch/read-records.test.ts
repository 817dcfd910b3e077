import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import {
  type AbortedTransaction,
  type FetchedRecords,
  readRecords,
} from '../../../../src/streams/kafka/fetch/read-records.ts';
import { RecordFormatError } from '../../../../src/streams/kafka/fetch/record-format-error.ts';
import {
  APPEND_TIME,
  batchBytes,
  markerBytes,
  TRANSACTIONAL,
  varint,
  type WrittenBatch,
  type WrittenRecord,
} from '../../../support/kafka-batches.ts';

const FROM = { topic: 'orders', partition: 3 };

function read(
  records: Buffer,
  { fetchOffset = 0, aborted = [] }: { fetchOffset?: number; aborted?: readonly AbortedTransaction[] } = {},
): Promise<FetchedRecords> {
  return readRecords({ ...FROM, fetchOffset, records, aborted });
}

function texts({ records }: FetchedRecords): (string | null)[] {
  return Array.from({ length: records.length }, (_, index) => {
    const value = records.value(index);
    return value === null ? null : Buffer.from(value).toString('utf8');
  });
}

function offsets({ records }: FetchedRecords): number[] {
  return Array.from({ length: records.length }, (_, index) => records.offset(index));
}

async function refusal(records: Buffer, fetchOffset = 0): Promise<string> {
  const error: unknown = await read(records, { fetchOffset }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RecordFormatError);
  return (error as Error).message;
}

const abc: readonly WrittenRecord[] = [{ value: 'a' }, { value: 'b' }, { value: 'c' }];

describe('readRecords', () => {
  it('is told right of each fetch, whatever others have given back before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.boolean())), async (fetches) => {
        const kept: { readonly fetched: FetchedRecords; readonly values: string[] }[] = [];
        for (const [count, released] of fetches) {
          const values = Array.from({ length: count }, (_, index) => `${fetches.length} ${index}`);
          const fetched = await read(batchBytes(values.map((value) => ({ value }))));
          expect(texts(fetched)).toEqual(values);
          if (released) fetched.records.release();
          else kept.push({ fetched, values });
        }
        for (const { fetched, values } of kept) expect(texts(fetched)).toEqual(values);
      }),
      { numRuns: 15 },
    );
  });

  it('finds the values where they lie, without copying them', async () => {
    const bytes = batchBytes(abc, { baseOffset: 10 });
    const fetched = await read(bytes, { fetchOffset: 10 });
    expect(texts(fetched)).toEqual(['a', 'b', 'c']);
    expect(offsets(fetched)).toEqual([10, 11, 12]);
    expect(fetched.nextOffset).toBe(13);
    expect(fetched.records.value(1)?.buffer).toBe(bytes.buffer);
  });

  it('makes a record with everything that Kafka keeps of it', async () => {
    const bytes = batchBytes(
      [
        {
          key: 'k',
          value: '{}',
          timestampDelta: 7,
          headers: [
            ['source', 'test'],
            ['many', 'x'],
            ['none', null],
            ['many', 'y'],
            ['__proto__', 'odd'],
            ['ü', '1'],
          ],
        },
        { value: null, timestampDelta: -3 },
      ],
      { baseOffset: 2 ** 40, baseTimestamp: 1_700_000_000_000 },
    );
    const { records } = await read(bytes);
    expect(records.record(0)).toEqual({
      ...FROM,
      offset: 2 ** 40,
      timestamp: 1_700_000_000_007,
      key: Buffer.from('k'),
      value: Buffer.from('{}'),
      headers: Object.fromEntries<unknown>([
        ['source', Buffer.from('test')],
        ['many', [Buffer.from('x'), Buffer.from('y')]],
        ['none', null],
        ['__proto__', Buffer.from('odd')],
        ['ü', Buffer.from('1')],
      ]),
    });
    for (const name of ['source', 'none', 'many', '__proto__', 'ü']) expect(records.hasHeader(0, name)).toBe(true);
    for (const name of ['', 'sourc', 'sources', 'test', 'toString', '~~'])
      expect(records.hasHeader(0, name)).toBe(false);
    expect(records.hasHeader(1, 'source')).toBe(false);
    expect(records.record(1)).toEqual({
      ...FROM,
      offset: 2 ** 40 + 1,
      timestamp: 1_699_999_999_997,
      key: null,
      value: null,
      headers: {},
    });
    expect(records.size).toBe(3);
  });

  it('gives records the time of the broker where the topic wants that', async () => {
    const bytes = batchBytes([{ value: 'a', timestampDelta: 7 }], { attributes: APPEND_TIME, maxTimestamp: 42 });
    expect((await read(bytes)).records.record(0).timestamp).toBe(42);
  });

  it('takes batches one after the other, with the gaps that compaction left', async () => {
    const bytes = Buffer.concat([
      batchBytes(
        [
          { value: 'a', offsetDelta: 1 },
          { value: 'b', offsetDelta: 4 },
        ],
        { lastOffsetDelta: 6 },
      ),
      batchBytes([], { baseOffset: 9, lastOffsetDelta: 3 }),
      batchBytes([{ value: 'c' }], { baseOffset: 20, lastOffsetDelta: 5 }),
    ]);
    const fetched = await read(bytes);
    expect(texts(fetched)).toEqual(['a', 'b', 'c']);
    expect(offsets(fetched)).toEqual([1, 4, 20]);
    expect(fetched.nextOffset).toBe(26);
  });

  it('leaves out what lies before the offset that was asked for', async () => {
    const bytes = Buffer.concat([batchBytes(abc), batchBytes(abc, { baseOffset: 3 })]);
    const fetched = await read(bytes, { fetchOffset: 4 });
    expect(offsets(fetched)).toEqual([4, 5]);
    expect(texts(fetched)).toEqual(['b', 'c']);
    expect(fetched.records.record(0).offset).toBe(4);
  });

  it.each([1, 16, 17, 60, 61, 70])('leaves out a last batch of which only %i bytes came', async (length) => {
    const whole = batchBytes(abc);
    const fetched = await read(Buffer.concat([whole, batchBytes(abc, { baseOffset: 3 }).subarray(0, length)]));
    expect(offsets(fetched)).toEqual([0, 1, 2]);
    expect(fetched.nextOffset).toBe(3);
  });

  it.each<[string, WrittenBatch]>([
    ['gzip', { attributes: 1, compress: (records) => gzipSync(records) }],
    ['snappy', { attributes: 2, compress: (records) => compressSync(records) }],
    ['lz4', { attributes: 3, compress: (records) => compressFrameSync(records) }],
  ])('inflates batches of %s among others', async (_, batch) => {
    const fetched = await read(
      Buffer.concat([
        batchBytes(abc),
        batchBytes(abc, { ...batch, baseOffset: 3 }),
        batchBytes(abc, { baseOffset: 6 }),
      ]),
    );
    expect(texts(fetched)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
    expect(offsets(fetched)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(fetched.records.record(4)).toMatchObject({ offset: 4, value: Buffer.from('b') });
  });

  it('finds values in any order of asking', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.nat()), async (counts, picks) => {
        let baseOffset = 0;
        const batches = counts.map((count) => {
          const first = baseOffset;
          baseOffset += Math.max(1, count);
          return batchBytes(
            Array.from({ length: count }, (_, index) => ({ value: `v${first + index}` })),
            { baseOffset: first },
          );
        });
        const { records } = await read(Buffer.concat(batches));
        if (records.length === 0) return;
        for (const pick of picks) {
          const index = pick % records.length;
          const text = `v${records.offset(index)}`;
          expect(Buffer.from(records.value(index) ?? []).toString()).toBe(text);
          const { bytes } = records;
          const lies = bytes.memory(index).subarray(bytes.start(index), bytes.end(index));
          expect(Buffer.from(lies).toString()).toBe(text);
        }
      }),
    );
  });

  it('refuses an index beyond its end', async () => {
    const { records } = await read(batchBytes(abc));
    for (const index of [-1, 3]) {
      expect(() => records.value(index)).toThrow(new RangeError(`No record at index ${index} of 3`));
      expect(() => records.offset(index)).toThrow(new RangeError(`No record at index ${index} of 3`));
    }
  });
});

describe('readRecords and transactions', () => {
  const transactional = (baseOffset: number, producerId: bigint, value: string): Buffer =>
    batchBytes([{ value }], { baseOffset, producerId, attributes: TRANSACTIONAL });

  const log = Buffer.concat([
    transactional(0, 1n, 'aborted'),
    transactional(1, 2n, 'committed'),
    batchBytes([{ value: 'plain' }], { baseOffset: 2 }),
    transactional(3, 1n, 'aborted too'),
    markerBytes('abort', 4, 1n),
    transactional(5, 1n, 'of the next one'),
    markerBytes('commit', 6, 2n),
    markerBytes('commit', 7, 1n),
  ]);

  it('leaves markers out and passes them', async () => {
    const fetched = await read(log);
    expect(texts(fetched)).toEqual(['aborted', 'committed', 'plain', 'aborted too', 'of the next one']);
    expect(fetched.nextOffset).toBe(8);
  });

  it('leaves out what was aborted, up to its marker', async () => {
    const fetched = await read(log, { aborted: [{ producerId: 1n, firstOffset: 0 }] });
    expect(texts(fetched)).toEqual(['committed', 'plain', 'of the next one']);
    expect(offsets(fetched)).toEqual([1, 2, 5]);
    expect(fetched.nextOffset).toBe(8);
  });

  it('knows aborted transactions also when they began before what was asked for, and in any order', async () => {
    const fetched = await read(
      Buffer.concat([transactional(10, 1n, 'x'), transactional(11, 2n, 'y'), markerBytes('abort', 12, 1n)]),
      {
        fetchOffset: 10,
        aborted: [
          { producerId: 2n, firstOffset: 11 },
          { producerId: 1n, firstOffset: 4 },
        ],
      },
    );
    expect(texts(fetched)).toEqual([]);
    expect(fetched.nextOffset).toBe(13);
  });
});

describe('readRecords refuses, naming the place,', () => {
  const place = (offset: number): string =>
    `The records of topic orders, partition 3, from offset ${offset} on cannot be read: `;

  it.each([0, 1])('the old message format %i', async (magic) => {
    const old = Buffer.alloc(40);
    old.writeInt32BE(28, 8);
    old.writeInt8(magic, 16);
    expect(await refusal(old, 5)).toBe(
      `${place(5)}they have the message format ${magic} of brokers before 0.11, which Tributary does not read. Let a broker of 0.11 to 3.x write the topic anew with message.format.version 0.11.0 or higher.`,
    );
  });

  it('a format that is unknown, behind a batch that is good', async () => {
    const next = batchBytes(abc, { baseOffset: 3 });
    next.writeInt8(3, 16);
    expect(await refusal(Buffer.concat([batchBytes(abc), next]))).toBe(
      `${place(3)}they have the unknown message format 3.`,
    );
  });

  it.each<[string, (bytes: Buffer) => void, string]>([
    ['a codec that is unknown', (bytes) => bytes.writeInt16BE(5, 21), 'they are compressed with the unknown codec 5.'],
    ['a batch that is too short', (bytes) => bytes.writeInt32BE(48, 8), 'a batch says that it has 48 bytes.'],
    ['a negative length', (bytes) => bytes.writeInt32BE(-1, 8), 'a batch says that it has -1 bytes.'],
    [
      'a negative count',
      (bytes) => bytes.writeInt32BE(-1, 57),
      'a batch says that it has -1 records with offsets from 0 to 2.',
    ],
    [
      'a batch that ends before it begins',
      (bytes) => bytes.writeInt32BE(-2, 23),
      'a batch says that it has 3 records with offsets from 0 to -2.',
    ],
    [
      'more records than can be there',
      (bytes) => bytes.writeInt32BE(2_147_483_647, 57),
      'a batch of 24 bytes says that it has 2147483647 records.',
    ],
    ['fewer records than are there', (bytes) => bytes.writeInt32BE(2, 57), 'a batch is longer than its records.'],
    [
      'a record that is longer than its batch',
      (bytes) => void varint(60).copy(bytes, 61),
      'something has 60 bytes where 23 are left.',
    ],
    [
      'a record that is longer than its fields',
      (bytes) => void varint(15).copy(bytes, 61),
      'the record at offset 0 is longer than its fields.',
    ],
    ['an offset that is there twice', (bytes) => bytes.writeInt8(0, 72), 'a record says that it has offset 0.'],
    ['an offset beyond the batch', (bytes) => bytes.writeInt8(6, 80), 'a record says that it has offset 3.'],
  ])('%s', async (_, damage, reason) => {
    const bytes = batchBytes(abc);
    damage(bytes);
    expect(await refusal(bytes)).toBe(`${place(0)}${reason}`);
  });

  it('batches that go back', async () => {
    expect(await refusal(Buffer.concat([batchBytes(abc, { baseOffset: 5 }), batchBytes(abc, { baseOffset: 6 })]))).toBe(
      `${place(8)}a batch says that it has 3 records with offsets from 6 to 8.`,
    );
  });

  it('offsets beyond 2^53', async () => {
    expect(await refusal(batchBytes(abc, { baseOffset: 2 ** 53 }))).toBe(`${place(0)}their offsets are beyond 2^53.`);
  });

  it.each([1, 2, 3, 4])('what the codec %i cannot inflate', async (attributes) => {
    expect(await refusal(batchBytes(abc, { attributes, baseOffset: 4 }), 4)).toContain(place(4));
  });
});
