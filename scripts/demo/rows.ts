import { Kafka, logLevel } from 'kafkajs';

export const TOPIC = 'test';
const PARTITIONS = 4;
const ROWS_PER_REQUEST = 5_000;

// The first three are the StarRocks documentation's.
const CITIES = ['New York', 'Los Angeles', 'Chicago', 'Hangzhou', 'São Paulo', 'Nairobi', 'Reykjavík', '東京'];

export function exampleRow(id: number): string {
  return JSON.stringify({ id, city: CITIES[(id - 1) % CITIES.length] });
}

export function kafkaClient(bootstrapServers: string): Kafka {
  return new Kafka({ brokers: bootstrapServers.split(','), clientId: 'tributary-demo', logLevel: logLevel.NOTHING });
}

/** Makes the topic unless it is there. */
export async function createTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  } finally {
    await admin.disconnect();
  }
}

/** How many rows the topic has: nothing expires while a demo runs, and ids are counted from 1. */
export async function countProduced(kafka: Kafka): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const partitions = await admin.fetchTopicOffsets(TOPIC);
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Produces the rows with the ids `first` to `last`, spread over all partitions. */
export async function produceRows(kafka: Kafka, first: number, last: number): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let from = first, request = 0; from <= last; from += ROWS_PER_REQUEST, request++) {
      const length = Math.min(ROWS_PER_REQUEST, last - from + 1);
      // The partition is named, because choosing one for each row takes longer than sending it.
      const partition = request % PARTITIONS;
      const messages = Array.from({ length }, (_, index) => ({ value: exampleRow(from + index), partition }));
      await producer.send({ topic: TOPIC, messages });
    }
  } finally {
    await producer.disconnect();
  }
}
