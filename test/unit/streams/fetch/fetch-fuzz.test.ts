import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { expect, it } from 'vitest';
import { fetchApi, fetchByIdApi } from '../../../../src/streams/kafka/fetch/fetch-api.ts';
import { readRecords } from '../../../../src/streams/kafka/fetch/read-records.ts';
import { RecordFormatError } from '../../../../src/streams/kafka/fetch/record-format-error.ts';
import { WireReader } from '../../../../src/streams/kafka/fetch/wire-reader.ts';
import { fetchAnswer } from '../../../support/fake-broker.ts';
import { batchBytes, markerBytes, TRANSACTIONAL, type WrittenBatch } from '../../../support/kafka-batches.ts';
import { Random } from '../../../support/random.ts';

/** `TRIBUTARY_FETCH_MUTATIONS=1000000` is the long run. */
const MUTATIONS = Number(process.env.TRIBUTARY_FETCH_MUTATIONS ?? 5_000);
const TOPIC_ID = '0123456789abcdef'.repeat(2);

/** By the version of Fetch that they are answers to. */
interface Answer {
  readonly version: 11 | 13;
  readonly bytes: Buffer;
}

const records = Array.from({ length: 5 }, (_, index) => ({
  key: index % 2 === 0 ? `key ${index}` : null,
  value: index === 3 ? null : JSON.stringify({ id: index, text: 'x'.repeat(index * 20) }),
  timestampDelta: index * 1000,
  headers:
    index === 2
      ? ([
          ['name', 'value'],
          ['none', null],
        ] as const)
      : [],
}));

const CODECS: readonly WrittenBatch[] = [
  { attributes: 1, compress: (bytes) => gzipSync(bytes) },
  { attributes: 2, compress: (bytes) => compressSync(bytes) },
  { attributes: 3, compress: (bytes) => compressFrameSync(bytes) },
];

/** One answer for each codec; the plain ones come most, as the others end in the codec for almost every change. */
const PLAIN = [answer({}, 11), answer({}, 13)];
const ANSWERS = [...PLAIN, ...CODECS.map((batch) => answer(batch, 11)), ...CODECS.map((batch) => answer(batch, 13))];

function answer(batch: WrittenBatch, version: Answer['version']): Answer {
  const partitions = [
    {
      partition: 0,
      records: Buffer.concat([
        batchBytes(records, { ...batch, producerId: 7n, attributes: (batch.attributes ?? 0) | TRANSACTIONAL }),
        markerBytes('abort', 5, 7n),
        batchBytes(records, { ...batch, baseOffset: 6 }),
      ]),
      aborted: [{ producerId: 7, firstOffset: 0 }],
    },
    { partition: 1, records: batchBytes(records, { ...batch, baseOffset: 1000 }) },
  ];
  return { version, bytes: fetchAnswer('orders', partitions, version === 13 ? { topicId: TOPIC_ID } : {}) };
}

function mutate(answer: Answer, random: Random): Answer {
  return { ...answer, bytes: mutated(answer.bytes, random) };
}

function mutated(answer: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(answer);
  for (let change = random.between(1, 3); change > 0; change--) {
    const place = random.between(0, bytes.length - 1);
    switch (random.between(0, 3)) {
      case 0:
        bytes[place] = random.between(0, 255);
        break;
      case 1:
        bytes[place] = (bytes[place] ?? 0) ^ (1 << random.between(0, 7));
        break;
      case 2:
        bytes.fill(random.pick([0x00, 0x7f, 0x80, 0xff]), place, Math.min(bytes.length, place + random.between(1, 8)));
        break;
      default:
        return bytes.subarray(0, place);
    }
  }
  return bytes;
}

/** Reads all of an answer as the fetcher does, and every record of it. Returns how many records there were. */
async function readAll({ version, bytes: answer }: Answer): Promise<number> {
  let seen = 0;
  const reader = new WireReader(answer, version === 13);
  reader.end();
  const { partitions } = (version === 13 ? fetchByIdApi : fetchApi).read(reader, version);
  for (const { topic, partition, aborted, records: bytes } of partitions) {
    const fetched = await readRecords({ topic, partition, fetchOffset: 0, records: bytes, aborted });
    let previous = -1;
    for (let index = 0; index < fetched.records.length; index++) {
      const record = fetched.records.record(index);
      const value = fetched.records.value(index);
      if (record.offset <= previous || record.offset >= fetched.nextOffset)
        throw new Error('an offset is out of order');
      previous = record.offset;
      if (value?.length !== record.value?.length) throw new Error('two views of one value differ');
      for (const name of [...Object.keys(record.headers), 'no such header']) {
        if (fetched.records.hasHeader(index, name) !== name in record.headers)
          throw new Error(`a header is not ${name}`);
      }
      for (const view of [record.key, record.value]) {
        if (view && view.byteOffset + view.length > view.buffer.byteLength) throw new Error('a view is too long');
      }
      seen++;
    }
  }
  return seen;
}

it(`${MUTATIONS} damaged answers are each read or refused with an error that says so`, {
  timeout: 3_600_000,
}, async () => {
  const random = new Random(20_20);
  let read = 0;
  let refused = 0;
  for (let run = 0; run < MUTATIONS; run++) {
    const answer = mutate(random.pick(random.chance(0.7) ? PLAIN : ANSWERS), random);
    try {
      await readAll(answer);
      read++;
    } catch (error) {
      if (!(error instanceof RecordFormatError || error instanceof RangeError)) throw error;
      refused++;
    }
  }
  // Both happen often, so that neither is looked at in vain.
  expect(read).toBeGreaterThan(MUTATIONS / 10);
  expect(refused).toBeGreaterThan(MUTATIONS / 10);
});

it('undamaged answers are read, without what was aborted', async () => {
  for (const answer of ANSWERS) expect(await readAll(answer)).toBe(10);
});
