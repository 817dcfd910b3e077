import { randomUUID } from 'node:crypto';
import { Partitioners } from 'kafkajs';
import type { KafkaService } from '../../../services/index.ts';

export async function produce(kafka: KafkaService, topic: string, values: readonly string[]): Promise<void> {
  const producer = kafka.client().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

/** The first `count` values of a topic, by a group of its own. */
export async function readAll(kafka: KafkaService, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.client().consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const values: string[] = [];
  await new Promise<void>((resolve, reject) => {
    // Just after a start the coordinator is still loading, which KafkaJS reports as a crash that it recovers from.
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const run = consumer.run({
      eachMessage: ({ message }) => {
        values.push(message.value?.toString() ?? '');
        if (values.length === count) resolve();
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return values;
}
