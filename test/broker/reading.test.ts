import { CompressionTypes, Partitioners } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { untilLed } from '../support/create-topic.ts';
import { deleteRecords } from '../support/delete-records.ts';
import { eventually } from '../support/eventually.ts';
import {
  admin,
  client,
  collect,
  committedOffsets,
  createTopic,
  produce,
  received,
  setOffsets,
  uniqueName,
} from './support.ts';

/** Rows that do not compress away: together more than one of snappy's blocks. */
const ROWS = Array.from({ length: 400 }, (_, id) => JSON.stringify({ id, text: String(Math.sin(id)).repeat(20) }));

describe('KafkaSource reads', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'batches that the broker, which is Java, compressed with %s',
    async (codec) => {
      const topic = await createTopic(codec, { configs: { 'compression.type': codec } });
      await produce(
        topic,
        ROWS.map((value) => ({ value })),
      );
      const collector = await collect({ topics: [topic] });
      await received(collector, ROWS.length);
      expect(collector.texts).toEqual(ROWS);
    },
  );

  it.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
  ])('batches that this client compressed with %s, and so does the broker', async (_, compression) => {
    // The broker has to read a batch to write it with a codec of its own.
    const topic = await createTopic('own', { configs: { 'compression.type': 'zstd' } });
    await produce(
      topic,
      ROWS.map((value) => ({ value })),
      { compression },
    );
    const plain = await createTopic('own');
    await produce(
      plain,
      ROWS.map((value) => ({ value })),
      { compression },
    );
    const collector = await collect({ topics: [topic] });
    const untouched = await collect({ topics: [plain] });
    await received(collector, ROWS.length);
    await received(untouched, ROWS.length);
    expect(collector.texts).toEqual(ROWS);
    expect(untouched.texts).toEqual(ROWS);
  });

  it('from the middle of a compressed batch, without what comes before', async () => {
    const topic = await createTopic('middle', { configs: { 'compression.type': 'lz4' } });
    await produce(
      topic,
      ROWS.map((value) => ({ value })),
    );
    const groupId = uniqueName('group');
    await setOffsets(groupId, topic, [123]);
    const collector = await collect({ topics: [topic], groupId });
    await received(collector, ROWS.length - 123);
    expect(collector.batches[0]?.firstOffset).toBe(123);
    expect(collector.texts).toEqual(ROWS.slice(123));
  });

  it('keys, headers, timestamps and tombstones', async () => {
    const topic = await createTopic('record');
    await produce(topic, [
      { key: 'k-1', value: '{"a":1}', timestamp: '1700000000123', headers: { source: 'test', many: ['x', 'y'] } },
      { key: null, value: null, timestamp: '1700000000456' },
    ]);
    const collector = await collect({ topics: [topic] });
    await received(collector, 2);
    const [first, second] = collector.records;
    expect(first).toEqual({
      topic,
      partition: 0,
      offset: 0,
      timestamp: 1_700_000_000_123,
      key: Buffer.from('k-1'),
      value: Buffer.from('{"a":1}'),
      headers: { source: Buffer.from('test'), many: [Buffer.from('x'), Buffer.from('y')] },
    });
    expect(second).toEqual({
      topic,
      partition: 0,
      offset: 1,
      timestamp: 1_700_000_000_456,
      key: null,
      value: null,
      headers: {},
    });
  });

  it('envelopes whose offsets follow one another and whose bytes are those of keys and values', async () => {
    const topic = await createTopic('envelope', { partitions: 3 });
    const messages = ROWS.map((value, index) => ({ key: `k${index}`, value, partition: index % 3 }));
    for (let next = 0; next < messages.length; next += 50) await produce(topic, messages.slice(next, next + 50));
    const collector = await collect({ topics: [topic], maxPartitionFetchBytes: 20_000 });
    await received(collector, ROWS.length);
    const next = [0, 0, 0];
    for (const { partition, firstOffset, nextOffset } of collector.batches) {
      expect(firstOffset).toBe(next[partition]);
      next[partition] = nextOffset;
    }
    expect(next).toEqual([134, 133, 133]);
    const bytes = messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    expect(collector.batches.reduce((sum, batch) => sum + batch.bytes, 0)).toBe(bytes);
    expect(collector.batches.length).toBeGreaterThan(3);
  });

  it('records larger than max.partition.fetch.bytes, one at a time', async () => {
    const topic = await createTopic('large');
    const large = 'x'.repeat(200_000);
    await produce(topic, [{ value: large }]);
    await produce(topic, [{ value: large }]);
    const collector = await collect({ topics: [topic], maxPartitionFetchBytes: 10_000 });
    await received(collector, 2);
    expect(collector.texts.map((text) => text?.length)).toEqual([200_000, 200_000]);
  });
});

describe('KafkaSource starts', () => {
  it('at the first offset with earliest, at the end with latest', async () => {
    const topic = await createTopic('reset');
    await produce(topic, [{ value: 'old' }]);
    const earliest = await collect({ topics: [topic], autoOffsetReset: 'earliest' });
    const latest = await collect({ topics: [topic], autoOffsetReset: 'latest' });
    await eventually(() => expect(latest.opened.at(-1)?.size).toBe(1));
    await produce(topic, [{ value: 'new' }]);
    await received(earliest, 2);
    await received(latest, 1);
    expect(earliest.texts).toEqual(['old', 'new']);
    expect(latest.texts).toEqual(['new']);
  });

  it('at the committed offset whatever auto.offset.reset says', async () => {
    const topic = await createTopic('reset');
    await produce(topic, [{ value: 'a' }, { value: 'b' }]);
    const groupId = uniqueName('group');
    await setOffsets(groupId, topic, [1]);
    for (const autoOffsetReset of ['earliest', 'latest', 'none'] as const) {
      const collector = await collect({ topics: [topic], groupId, autoOffsetReset });
      await received(collector, 1);
      expect(collector.texts).toEqual(['b']);
      await collector.source.stop();
    }
  });

  it('not at all with none and no committed offset, and says what to do', async () => {
    const topic = await createTopic('reset');
    const groupId = uniqueName('group');
    const collector = await collect({ topics: [topic], groupId, autoOffsetReset: 'none' });
    await eventually(() => expect(collector.failures).toHaveLength(1));
    expect(collector.failures[0]).toEqual(
      new ConfigError([
        `Topic ${topic}, partition 0 has no usable committed offset (none; the topic holds 0 to 0) and auto.offset.reset is none. Set it to earliest or latest, or commit an offset for group ${groupId}.`,
      ]),
    );
  });

  it('at the committed offset also when it is behind a transaction that is still open', async () => {
    const topic = await createTopic('open');
    const groupId = uniqueName('group');
    const producer = client().producer({ transactionalId: uniqueName('tx'), maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value, partition: 0 })) });
    await setOffsets(groupId, topic, [2]);
    const collector = await collect({ topics: [topic], groupId });
    await received(collector, 1);
    expect(collector.texts).toEqual(['c']);
    expect(collector.logger.messages('warn')).toEqual([]);
    await transaction.abort();
  });

  it('not at all with none and a committed offset that the topic does not reach', async () => {
    const topic = await createTopic('short');
    await produce(topic, [{ value: 'a' }, { value: 'b' }]);
    const groupId = uniqueName('group');
    await setOffsets(groupId, topic, [9]);
    const collector = await collect({ topics: [topic], groupId, autoOffsetReset: 'none' });
    await eventually(() => expect(collector.failures.length).toBeGreaterThan(0));
    expect(collector.failures[0]).toEqual(
      new ConfigError([
        `Topic ${topic}, partition 0 has no usable committed offset (9; the topic ends before it) and auto.offset.reset is none. Set it to earliest or latest, or commit an offset for group ${groupId}.`,
      ]),
    );
    expect(collector.batches).toEqual([]);
  });

  it('at a committed offset that was put right since the last assignment, also with none', async () => {
    const topic = await createTopic('mended');
    await produce(topic, [{ value: 'a' }, { value: 'b' }]);
    const groupId = uniqueName('group');
    await setOffsets(groupId, topic, [1]);
    const collector = await collect({ topics: [topic], groupId, autoOffsetReset: 'none' });
    await received(collector, 1);
    const { source } = collector;
    await source.startingPositions([{ topic, partition: 0, offset: 9, metadata: '' }]);
    const [position] = await source.startingPositions([{ topic, partition: 0, offset: 1, metadata: '' }]);
    expect(position).toEqual({ topic, partition: 0, offset: 1 });
    source.open({ topic, partition: 0, offset: 1 });
    await eventually(() => expect([collector.texts, collector.failures]).toEqual([['b', 'b'], []]));
  });

  it('at the first offset that is left when records were deleted before they were read, and says so', async () => {
    const topic = await createTopic('deleted');
    await produce(
      topic,
      ROWS.slice(0, 10).map((value) => ({ value })),
    );
    const groupId = uniqueName('group');
    await setOffsets(groupId, topic, [2]);
    await deleteRecords(client(), topic, 6);
    const collector = await collect({ topics: [topic], groupId });
    await received(collector, 4);
    expect(collector.texts).toEqual(ROWS.slice(6, 10));
    expect(collector.logger.messages('warn')).toEqual([
      expect.stringMatching(/^The committed offset is outside of the topic: .+ Going on from the earliest offset/),
    ]);
  });
});

describe('KafkaSource reads on', () => {
  it('at the first offset that is left when records were deleted before it got there, and commits nothing by itself', async () => {
    const topic = await createTopic('expired');
    await produce(
      topic,
      ROWS.slice(0, 10).map((value) => ({ value })),
    );
    const collector = await collect({ topics: [topic] });
    await received(collector, 10);
    const interrupted = { topic, partition: 0, offset: 2, metadata: 'an interrupted load' };
    await collector.source.commit([interrupted]);
    await deleteRecords(client(), topic, 6);
    collector.source.open(interrupted);
    await received(collector, 14);
    expect(collector.texts.slice(10)).toEqual(ROWS.slice(6, 10));
    expect(collector.logger.messages('warn')).toContainEqual(
      expect.stringMatching(/^The committed offset is outside of the topic: .+ Going on from the earliest offset/),
    );
    expect(await collector.source.committed([interrupted])).toEqual([interrupted]);
  });

  it('a topic that was made anew, from its first record', async () => {
    const topic = await createTopic('anew');
    await produce(topic, [{ value: 'old 0' }, { value: 'old 1' }]);
    const collector = await collect({ topics: [topic] });
    await received(collector, 2);
    await admin(async (connected) => {
      await connected.deleteTopics({ topics: [topic] });
      await eventually(async () => expect(await connected.listTopics()).not.toContain(topic));
      await connected.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    });
    await eventually(() => produce(topic, [{ value: 'new 0' }]));
    await eventually(() => expect(collector.texts.slice(2)).toEqual(['new 0']), 40_000);
    expect(collector.batches.at(-1)?.firstOffset).toBe(0);
    expect(collector.failures).toEqual([]);
  });
});

describe('KafkaSource and transactions', () => {
  /** Committed, aborted, committed: with the markers, offsets 0 to 8. */
  async function transactions(topic: string): Promise<void> {
    const producer = client().producer({
      transactionalId: uniqueName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    try {
      for (const [index, end] of (['commit', 'abort', 'commit', 'abort'] as const).entries()) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value: `${end} ${index}` }] });
        await (end === 'commit' ? transaction.commit() : transaction.abort());
      }
    } finally {
      await producer.disconnect();
    }
  }

  it('reads only what was committed with read_committed, and passes the rest to the end', async () => {
    const topic = await createTopic('tx');
    await transactions(topic);
    const collector = await collect({ topics: [topic], isolationLevel: 'read_committed' });
    await received(collector, 2);
    await eventually(() => expect(collector.positions.get(`${topic}/0`)).toBe(8));
    expect(collector.texts).toEqual(['commit 0', 'commit 2']);
    expect(collector.highWatermarks.get(`${topic}/0`)).toBe(8);
  });

  it('reads everything but the markers with read_uncommitted, and passes them', async () => {
    const topic = await createTopic('tx');
    await transactions(topic);
    const collector = await collect({ topics: [topic], isolationLevel: 'read_uncommitted' });
    await received(collector, 4);
    await eventually(() => expect(collector.positions.get(`${topic}/0`)).toBe(8));
    expect(collector.texts).toEqual(['commit 0', 'abort 1', 'commit 2', 'abort 3']);
  });

  it('does not pass an open transaction with read_committed, and reads it once it is committed', async () => {
    const topic = await createTopic('tx');
    await produce(topic, [{ value: 'before' }]);
    const producer = client().producer({
      transactionalId: uniqueName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'inside' }] });
    await produce(topic, [{ value: 'behind' }]);
    const collector = await collect({ topics: [topic], isolationLevel: 'read_committed' });
    await received(collector, 1);
    const reader = await collect({ topics: [topic], isolationLevel: 'read_uncommitted' });
    await received(reader, 3);
    expect(collector.positions.get(`${topic}/0`)).toBe(1);
    await transaction.commit();
    await received(collector, 3);
    expect(collector.texts).toEqual(['before', 'inside', 'behind']);
  });
});

describe('KafkaSource finds', () => {
  it('partitions that are added while it runs', async () => {
    const topic = await createTopic('grown');
    const collector = await collect({ topics: [topic], metadataMaxAgeMs: 300 });
    await eventually(() => expect(collector.opened.at(-1)?.size).toBe(1));
    await admin(async (connected) => {
      await connected.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
      // KafkaJS's producer drops what is for a partition that it does not know yet, and says nothing.
      await untilLed(connected, topic, 3);
    });
    await produce(topic, [
      { value: 'p0', partition: 0 },
      { value: 'p1', partition: 1 },
      { value: 'p2', partition: 2 },
    ]);
    // What was read before the group changed comes again.
    await eventually(() => expect(new Set(collector.texts)).toEqual(new Set(['p0', 'p1', 'p2'])));
    expect(collector.failures).toEqual([]);
  });

  it('topics that come to match topics.regex, also when there was none', async () => {
    const prefix = uniqueName('found');
    const collector = await collect({ topics: new RegExp(`^(?:${prefix}-.*)$`), metadataMaxAgeMs: 200 });
    expect(collector.logger.messages('warn')).toEqual(['No topic matches topics.regex yet; waiting for one']);
    const one = await createTopic(`${prefix}-one`);
    await produce(one, [{ value: 'one' }]);
    await received(collector, 1);
    const two = await createTopic(`${prefix}-two`);
    await createTopic('other');
    await produce(two, [{ value: 'two' }]);
    await eventually(() => expect(new Set(collector.texts)).toEqual(new Set(['one', 'two'])));
    expect([...(collector.opened.at(-1)?.keys() ?? [])].sort()).toEqual([`${one}/0`, `${two}/0`].sort());
    expect(collector.logger.messages('info').filter((text) => text.startsWith('New topics'))).not.toEqual([]);
  });
});

describe('KafkaSource commits', () => {
  it('what it is told, and says so when it no longer can', async () => {
    const topic = await createTopic('commit', { partitions: 2 });
    const groupId = uniqueName('group');
    const collector = await collect({ topics: [topic], groupId });
    await eventually(() => expect(collector.opened.at(-1)?.size).toBe(2));
    await collector.source.commit([
      { topic, partition: 0, offset: 7, metadata: 'about 7' },
      { topic, partition: 1, offset: 0 },
    ]);
    expect(await collector.source.committed([{ topic, partition: 0 }])).toEqual([
      { topic, partition: 0, offset: 7, metadata: 'about 7' },
    ]);
    expect(await committedOffsets(groupId, topic)).toEqual([7, 0]);
    await collector.source.stop();
    // The client itself would do nothing and say nothing.
    await expect(collector.source.commit([{ topic, partition: 0, offset: 9 }])).rejects.toThrow('not in its group');
    expect(await committedOffsets(groupId, topic)).toEqual([7, 0]);
  });
});
