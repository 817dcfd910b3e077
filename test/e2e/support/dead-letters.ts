import { randomUUID } from 'node:crypto';
import { type Kafka, type KafkaMessage, type Message } from 'kafkajs';
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { ONCE } from '../../support/producing.ts';
import { kafkaClient } from './topic.ts';

/** A message of the dead letter topic. */
export interface DeadLetterMessage {
  readonly key: string | null;
  readonly value: string | null;
  /** As text, by their names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: string;
}

const PREFIX = '__connect.errors.';

/** Where the record of a dead letter was read: `<partition>/<offset>`, as its own headers say. */
export function sourceOf({ headers }: DeadLetterMessage): string {
  return `${headers[`${PREFIX}partition`]}/${headers[`${PREFIX}offset`]}`;
}

/** One of Kafka Connect's headers, by what follows `__connect.errors.`. */
export function connectHeader({ headers }: DeadLetterMessage, name: string): string | undefined {
  return headers[PREFIX + name];
}

/** Messages in a topic, all partitions together; 0 while there is none. */
export async function messageCount(topic: string, kafka: Kafka = kafkaClient()): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(topic)) return 0;
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Waits until so many messages stand in a topic. */
export async function untilMessages(topic: string, count: number, timeout: number): Promise<void> {
  await eventually(async () => expect(await messageCount(topic)).toBeGreaterThanOrEqual(count), timeout);
}

/** Every message of a topic, in the order of its one partition, read by a plain client. */
export async function readDeadLetters(topic: string, kafka: Kafka = kafkaClient()): Promise<DeadLetterMessage[]> {
  const count = await messageCount(topic, kafka);
  const letters: DeadLetterMessage[] = [];
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        letters.push(toLetter(message));
        return Promise.resolve();
      },
    });
    await eventually(() => expect(letters.length).toBeGreaterThanOrEqual(count));
  } finally {
    await consumer.disconnect();
  }
  return letters;
}

/** Produces messages as they are given. */
export async function produceMessages(
  topic: string,
  messages: readonly Message[],
  kafka: Kafka = kafkaClient(),
): Promise<void> {
  const producer = kafka.producer({ ...ONCE, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let next = 0; next < messages.length; next += 2_000) {
      await producer.send({ topic, messages: messages.slice(next, next + 2_000) });
    }
  } finally {
    await producer.disconnect();
  }
}

function toLetter({ key, value, headers = {}, timestamp }: KafkaMessage): DeadLetterMessage {
  return {
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(headers).map(([name, content]) => [name, String(content)])),
    timestamp,
  };
}
