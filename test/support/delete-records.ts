import { type Kafka } from 'kafkajs';

/** Takes the records before an offset out of partition 0 of a topic. */
export async function deleteRecords(client: Kafka, topic: string, before: number): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  try {
    // KafkaJS deletes only in topics that this very client has asked something about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  } finally {
    await admin.disconnect();
  }
}
