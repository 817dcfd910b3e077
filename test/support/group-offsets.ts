import { type Admin, type FetchOffsetsPartition } from 'kafkajs';
import { expect } from 'vitest';
import { KafkaGroupOffsets } from '../../src/streams/kafka/kafka-group-offsets.ts';
import { eventually } from './eventually.ts';
import { connectionTo } from './kafka-connection.ts';
import { RecordingLogger } from './recording-logger.ts';

/**
 * What a group has committed of a topic, by partition; an offset of -1 is none. KafkaJS gives nothing at all for a topic that
 * it has forgotten for a moment, as it does while it learns of others.
 */
export async function offsetsOf(admin: Admin, groupId: string, topic: string): Promise<FetchOffsetsPartition[]> {
  return eventually(async () => {
    const [entry] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const partitions = entry?.partitions ?? [];
    expect(partitions.length, `partitions of ${topic}`).toBeGreaterThan(0);
    return partitions.sort((a, b) => a.partition - b.partition);
  });
}

/**
 * Commits plain offsets for a group that has committed nothing and has no members, one for each partition from 0 on.
 * KafkaJS's own `admin.setOffsets` waits without a limit.
 */
export async function setOffsets(
  brokers: string,
  groupId: string,
  topic: string,
  offsets: readonly number[],
): Promise<void> {
  const group = new KafkaGroupOffsets({ ...connectionTo(brokers), groupId }, new RecordingLogger());
  try {
    await group.replace(
      offsets.map((offset, partition) => ({ from: { topic, partition, offset: undefined, metadata: '' }, offset })),
    );
  } finally {
    await group.close();
  }
}
