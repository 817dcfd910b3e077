import { type Admin, type ITopicConfig } from 'kafkajs';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';

/** Creates a topic, and returns once each of its partitions has a leader. */
export async function createLedTopic(admin: Admin, topic: ITopicConfig & { numPartitions: number }): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [topic] });
  await untilLed(admin, topic.topic, topic.numPartitions);
}

/** Waits until a topic has a leader for each of so many partitions. KafkaJS's own wait takes a broker's no for its answer. */
export async function untilLed(admin: Admin, topic: string, partitions: number): Promise<void> {
  await eventually(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const led = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? [];
    expect(led.length, `partitions of ${topic} with a leader`).toBe(partitions);
  });
}
