import kafkajs from 'kafkajs';
import { inject, onTestFinished } from 'vitest';
import { createLedTopic } from '../../support/create-topic.ts';
import { offsetsOf } from '../../support/group-offsets.ts';
import { ONCE } from '../../support/producing.ts';
import { rowJson, testRow } from './rows.ts';

const { Kafka, logLevel } = kafkajs;
const ROWS_PER_REQUEST = 2_000;

/** A Kafka client for the run's broker that says nothing. */
export function kafkaClient(): InstanceType<typeof Kafka> {
  return new Kafka({ brokers: [inject('kafka').bootstrapServers], logLevel: logLevel.NOTHING });
}

export async function createTopic(
  topic: string,
  partitions = 1,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    await createLedTopic(admin, { topic, numPartitions: partitions, configEntries });
  } finally {
    await admin.disconnect();
  }
}

export async function deleteTopic(topic: string): Promise<void> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.disconnect();
  }
}

/** Produces values to one partition. */
export async function produceValues(
  topic: string,
  values: readonly (string | Buffer | null)[],
  partition = 0,
): Promise<void> {
  await withProducer((send) => send(topic, values, partition));
}

/** Produces the test rows [from, to) round-robin over the partitions; stops early when told to. */
export async function produceRows(
  topic: string,
  { from = 0, to, partitions = 1 }: { from?: number; to: number; partitions?: number },
): Promise<void> {
  await withProducer(async (send) => {
    for (let next = from; next < to; next += ROWS_PER_REQUEST) {
      const count = Math.min(ROWS_PER_REQUEST, to - next);
      const values = Array.from({ length: count }, (_, index) => rowJson(testRow(next + index)));
      await send(topic, values, Math.floor(next / ROWS_PER_REQUEST) % partitions);
    }
  });
}

type Send = (topic: string, values: readonly (string | Buffer | null)[], partition: number) => Promise<void>;

/** Sends with one producer, and disconnects it. */
export async function withProducer(use: (send: Send) => Promise<void>): Promise<void> {
  const producer = kafkaClient().producer({ ...ONCE, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await use(async (topic, values, partition) => {
      await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
    });
  } finally {
    await producer.disconnect();
  }
}

/** The offsets that a group has committed, by partition. */
export async function committedOffsets(groupId: string, topic: string): Promise<number[]> {
  const admin = kafkaClient().admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return (await offsetsOf(admin, groupId, topic)).map(({ offset }) => Number(offset));
}
