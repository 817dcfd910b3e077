import { type Admin, type FetchOffsetsPartition } from 'kafkajs';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';

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
