import { randomUUID } from 'node:crypto';
import { type Kafka, type KafkaMessage } from 'kafkajs';

/** A record of a topic. */
export interface FoundRecord {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/**
 * Hands over each record of a topic once, by partition in the order of offsets.
 *
 * @throws Error when the end is not reached within the limit.
 */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  limitMs: number,
  onRecord: (record: FoundRecord) => void,
): Promise<void> {
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  let timer: NodeJS.Timeout | undefined;
  try {
    await admin.connect();
    const bounds = await admin.fetchTopicOffsets(topic);
    const ends = new Map(bounds.map(({ partition, high }) => [partition, Number(high)]));
    const next = new Map(bounds.map(({ partition, low }) => [partition, Number(low)]));
    const isRead = (): boolean => [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= end);
    if (isRead()) return;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Topic ${topic} was not read to its end in ${limitMs} ms.`)), limitMs);
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        if (!restart) reject(error);
      });
      const running = consumer.run({
        autoCommit: false,
        eachBatch: ({ batch: { partition, messages } }) => {
          for (const message of messages) {
            const offset = Number(message.offset);
            // After a rebalance the client may deliver records again.
            if (offset < (next.get(partition) ?? 0)) continue;
            next.set(partition, offset + 1);
            onRecord({ partition, message });
          }
          if (isRead()) resolve();
          return Promise.resolve();
        },
      });
      running.catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await Promise.all([consumer.disconnect(), admin.disconnect()]);
  }
}
