import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { UnavailableError } from '../../src/core/errors.ts';
import { KafkaGroupOffsets } from '../../src/streams/kafka/kafka-group-offsets.ts';
import { type CommittedOffset } from '../../src/streams/source.ts';
import { eventually } from '../support/eventually.ts';
import { connectionTo } from '../support/kafka-connection.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { client, collect, createTopic, produce, received, uniqueName } from './support.ts';

function groupOffsets(groupId: string): KafkaGroupOffsets {
  const offsets = new KafkaGroupOffsets(
    {
      ...connectionTo(inject('kafka').bootstrapServers),
      groupId,
    },
    new RecordingLogger(),
  );
  onTestFinished(() => offsets.close());
  return offsets;
}

/** Commits as a member of the group would, and leaves it. A broker that is still loading the group refuses at first. */
async function commitAs(groupId: string, topic: string, commits: readonly CommittedOffset[]): Promise<void> {
  await eventually(async () => {
    const consumer = client().consumer({ groupId, maxWaitTimeInMs: 100 });
    // KafkaJS commits anew where a committed offset is outside of the topic.
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]));
    await consumer.connect();
    try {
      await consumer.subscribe({ topic });
      await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
      await consumer.commitOffsets(
        commits.map(({ partition, offset = 0, metadata }) => ({ topic, partition, offset: String(offset), metadata })),
      );
    } finally {
      await consumer.disconnect();
    }
  });
}

async function groupWithOffsets({ rows = 20 } = {}): Promise<{ groupId: string; seen: CommittedOffset[] }> {
  const topic = await createTopic('offsets', { partitions: 3 });
  const groupId = uniqueName('group');
  const messages = Array.from({ length: rows * 3 }, (_, index) => ({ value: 'x', partition: index % 3 }));
  if (rows > 0) await produce(topic, messages);
  const seen = [0, 1, 2].map((partition) => ({
    topic,
    partition,
    offset: 10 + partition,
    metadata: `of ${partition}`,
  }));
  await commitAs(groupId, topic, seen);
  return { groupId, seen };
}

describe("a group's offsets", () => {
  it('are read with their metadata, in the order of their partitions', async () => {
    const { groupId, seen } = await groupWithOffsets();
    expect(await groupOffsets(groupId).committed()).toEqual(seen);
  });

  it('of a group that never committed are none, and it has no member', async () => {
    const offsets = groupOffsets(uniqueName('group'));
    expect(await offsets.committed()).toEqual([]);
    expect(await offsets.memberCount()).toBe(0);
  });

  it('have up to 4,096 characters of metadata, and not one more', async () => {
    const topic = await createTopic('offsets');
    const groupId = uniqueName('group');
    const collector = await collect({ topics: [topic], groupId });
    await produce(topic, [{ value: 'a' }]);
    await received(collector, 1);
    const full = { topic, partition: 0, offset: 1, metadata: 'x'.repeat(4_096) };
    await collector.source.commit([full]);
    await expect(collector.source.commit([{ ...full, metadata: `${full.metadata}x` }])).rejects.toThrow(/metadata/);
    expect(await groupOffsets(groupId).committed()).toEqual([full]);
  });

  it('are committed behind an interrupted load, although no record follows it', async () => {
    const topic = await createTopic('offsets');
    const groupId = uniqueName('group');
    await produce(topic, [{ value: 'a' }, { value: 'b' }]);
    await commitAs(groupId, topic, [{ topic, partition: 0, offset: 0, metadata: 'a load of both' }]);
    // The first fetch takes longer than it takes to ask where to start.
    const slowly = { fetchMinBytes: 100_000, fetchMaxWaitMs: 1_000, requestTimeoutMs: 2_500 };
    const collector = await collect({ topics: [topic], groupId, ...slowly }, (owner) => {
      owner.goOn = (committed) => ({ ...committed, offset: 2 });
    });
    await eventually(() => expect(collector.opened[0]?.get(`${topic}/0`)).toBe(2));
    await collector.source.commit([{ topic, partition: 0, offset: 2 }]);
    expect(await groupOffsets(groupId).committed()).toEqual([{ topic, partition: 0, offset: 2, metadata: '' }]);
    expect(collector.batches).toEqual([]);
  });

  it('are replaced without metadata; those of other partitions keep theirs, and nobody stays in the group', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const [first, second, third] = seen as [CommittedOffset, CommittedOffset, CommittedOffset];
    const offsets = groupOffsets(groupId);
    await offsets.replace([
      { from: first, offset: 99 },
      { from: third, offset: 12 },
    ]);
    expect(await offsets.committed()).toEqual([
      { ...first, offset: 99, metadata: '' },
      second,
      { ...third, metadata: '' },
    ]);
    expect(await offsets.memberCount()).toBe(0);
  });

  it('of other partitions stay also where the topic no longer holds them', async () => {
    const { groupId, seen } = await groupWithOffsets({ rows: 0 });
    const [first, ...others] = seen as [CommittedOffset];
    const offsets = groupOffsets(groupId);
    await offsets.replace([{ from: first, offset: 10 }]);
    expect(await offsets.committed()).toEqual([{ ...first, metadata: '' }, ...others]);
  });

  it('of single partitions are taken away, and set where there were none, in the same request', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const [first, second, third] = seen as [CommittedOffset, CommittedOffset, CommittedOffset];
    const offsets = groupOffsets(groupId);
    await offsets.replace([{ from: first, offset: undefined }]);
    expect(await offsets.committed()).toEqual([{ ...first, offset: undefined, metadata: '' }, second, third]);
    await offsets.replace([{ from: { ...first, offset: undefined, metadata: '' }, offset: 7 }]);
    expect(await offsets.committed()).toEqual([{ ...first, offset: 7, metadata: '' }, second, third]);
  });

  it('are forgotten with their group, also when there is none', async () => {
    const { groupId } = await groupWithOffsets();
    const offsets = groupOffsets(groupId);
    await offsets.forget();
    expect(await offsets.committed()).toEqual([]);
    await offsets.forget();
  });

  it('are not forgotten while a process of the pipeline is in the group', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const collector = await collect({ topics: [seen[0]?.topic ?? ''], groupId });
    await eventually(() => expect(collector.opened).toHaveLength(1));
    const offsets = groupOffsets(groupId);
    await expect(offsets.forget()).rejects.toThrow(
      new UnavailableError(`A process is in group ${groupId}, so its offsets were left alone.`),
    );
    expect(await offsets.committed()).toEqual(seen);
  });

  it('come with the number of partitions of topics that exist', async () => {
    const topic = await createTopic('counted', { partitions: 3 });
    const counts = await groupOffsets(uniqueName('group')).partitionCounts([topic, 'missing']);
    expect([...counts]).toEqual([[topic, 3]]);
  });

  it('stay as they are when they are not what they were', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const [first, second] = seen as [CommittedOffset, CommittedOffset];
    const offsets = groupOffsets(groupId);
    const changes = [
      { from: first, offset: 99 },
      { from: { ...second, metadata: 'of yesterday' }, offset: 99 },
    ];
    await expect(offsets.replace(changes)).rejects.toThrow(
      new UnavailableError(
        `The committed offset of topic ${second.topic}, partition 1 has changed meanwhile, so nothing was changed.`,
      ),
    );
    expect(await offsets.committed()).toEqual(seen);
  });

  it('stay as they are while a process of the pipeline is in the group', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const [first] = seen as [CommittedOffset];
    const collector = await collect({ topics: [first.topic], groupId });
    await eventually(() => expect(collector.opened).toHaveLength(1));
    const offsets = groupOffsets(groupId);
    expect(await offsets.memberCount()).toBe(1);
    await expect(offsets.replace([{ from: first, offset: 99 }])).rejects.toThrow(
      new UnavailableError(`A process is in group ${groupId}, so its offsets were left alone.`),
    );
    expect(await offsets.committed()).toEqual(seen);
    expect(collector.rebalances).toBeLessThanOrEqual(1);
  });

  it('are replaced by a member whose like lets no process of a pipeline into the group', async () => {
    const { groupId, seen } = await groupWithOffsets();
    const [first] = seen as [CommittedOffset];
    const like = client().consumer({ groupId, maxWaitTimeInMs: 100 });
    onTestFinished(() => like.disconnect());
    await like.connect();
    await like.subscribe({ topic: first.topic });
    await like.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    const late = await collect({ topics: [first.topic], groupId });
    await eventually(() => expect(late.failures).toHaveLength(1));
    expect(String(late.failures[0])).toMatch(/protocol/);
    expect(late.opened).toEqual([]);
  });
});
