import { randomUUID } from 'node:crypto';
import { Partitioners, type Producer, type ProducerConfig } from 'kafkajs';
import { expect } from 'vitest';
import { type KafkaService, startKafka } from '../../../services/index.ts';
import { createLedTopic } from '../../support/create-topic.ts';
import { deleteRecords } from '../../support/delete-records.ts';
import { eventually } from '../../support/eventually.ts';
import { offsetsOf, setOffsets } from '../../support/group-offsets.ts';
import { KafkaGate } from './kafka-gate.ts';
import { type CommitFilter, type KafkaHold } from './kafka-hold.ts';
import { type TestHooks } from './test-hooks.ts';

type Client = ReturnType<KafkaService['client']>;

/** Puts values into one partition of a topic. */
export type Send = (topic: string, partition: number, values: readonly string[]) => Promise<void>;

/** A group's entry for a partition. */
export interface CommittedEntry {
  readonly offset: number;
  readonly metadata: string;
}

/**
 * A broker of a test file's own, behind a gate through which every client goes. A member that was killed is missed
 * after a second if it wants it so.
 */
export class FaultyKafka {
  readonly service: KafkaService;
  readonly admin: ReturnType<Client['admin']>;
  readonly #gate: KafkaGate;
  readonly #client: Client;
  readonly #producer: Producer;

  private constructor(service: KafkaService, gate: KafkaGate) {
    this.service = service;
    this.#gate = gate;
    this.#client = service.client({ brokers: [gate.address], retry: { retries: 20 } });
    this.admin = this.#client.admin();
    this.#producer = this.#newProducer();
  }

  static async start(): Promise<FaultyKafka> {
    const gate = await KafkaGate.open();
    const service = await startKafka({
      properties: {
        'advertised.listeners': `PLAINTEXT://${gate.address}`,
        'group.min.session.timeout.ms': 1_000,
      },
    });
    gate.brokerPort = Number(service.bootstrapServers.split(':')[1]);
    const kafka = new FaultyKafka(service, gate);
    await Promise.all([kafka.admin.connect(), kafka.#producer.connect()]);
    return kafka;
  }

  get brokers(): string {
    return this.#gate.address;
  }

  holdCommit(filter: CommitFilter): KafkaHold {
    return this.#gate.hold(filter);
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await createLedTopic(this.admin, { topic, numPartitions: partitions });
  }

  /** Deletes a topic, and makes an empty one of the same name. */
  async recreateTopic(topic: string, partitions: number): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
    // The controller has deleted it before the broker has: until then records would go into the old one.
    await eventually(async () => expect(await this.admin.listTopics()).not.toContain(topic));
    await this.createTopic(topic, partitions);
  }

  readonly send: Send = (topic, partition, values) => sendWith(this.#producer, topic, partition, values);

  /** Sends with a producer of its own, because one that knows a topic does not see new partitions for minutes. */
  readonly sendAnew: Send = async (topic, partition, values) => {
    const producer = this.#newProducer();
    await producer.connect();
    try {
      await sendWith(producer, topic, partition, values);
    } finally {
      await producer.disconnect();
    }
  };

  /** What a group has committed, by partition. Undefined metadata reads as empty; an offset of -1 is none. */
  async committed(groupId: string, topic: string): Promise<CommittedEntry[]> {
    const offsets = await offsetsOf(this.admin, groupId, topic);
    return offsets.map(({ offset, metadata }) => ({ offset: Number(offset), metadata: metadata ?? '' }));
  }

  /** Sends in a transaction of Kafka's. */
  async inTransaction(end: 'commit' | 'abort', use: (send: Send) => Promise<void>): Promise<void> {
    const producer = this.#newProducer({ transactionalId: randomUUID(), maxInFlightRequests: 1 });
    await producer.connect();
    try {
      const transaction = await producer.transaction();
      await use((topic, partition, values) => sendWith(transaction, topic, partition, values));
      await transaction[end]();
    } finally {
      await producer.disconnect();
    }
  }

  /** Takes the records before an offset out of partition 0. */
  deleteRecords(topic: string, before: number): Promise<void> {
    return deleteRecords(this.#client, topic, before);
  }

  /** Commits plain offsets for a group that has no members, one for each partition from 0 on. */
  setOffsets(groupId: string, topic: string, offsets: readonly number[]): Promise<void> {
    return setOffsets(this.brokers, groupId, topic, offsets);
  }

  /** Reads so many rows as any consumer of the group does, and returns their ids in order. */
  async readAs(hooks: TestHooks, groupId: string, topic: string, count: number): Promise<number[]> {
    const consumer = this.#client.consumer({ groupId });
    hooks.onTestFinished(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const ids: number[] = [];
    await consumer.run({
      eachMessage: ({ message }) => {
        ids.push((JSON.parse(message.value?.toString() ?? '') as { id: number }).id);
        return Promise.resolve();
      },
    });
    await eventually(() => expect(ids.length).toBeGreaterThanOrEqual(count));
    return ids.sort((a, b) => a - b);
  }

  async stop(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.#producer.disconnect()]);
    await this.#gate.close();
    await this.service.stop();
  }

  #newProducer(config: ProducerConfig = {}): Producer {
    return this.#client.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config });
  }
}

async function sendWith(
  producer: Pick<Producer, 'send'>,
  topic: string,
  partition: number,
  values: readonly string[],
): Promise<void> {
  const sent = await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  // The client drops what is for a partition that it does not know.
  if (sent.length === 0) throw new Error(`nothing was sent to ${topic}/${partition}`);
}
