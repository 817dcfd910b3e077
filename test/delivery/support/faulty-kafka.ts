import { Partitioners } from 'kafkajs';
import { expect, vi } from 'vitest';
import { type KafkaService, startKafka } from '../../../services/index.ts';
import { KafkaGate } from './kafka-gate.ts';
import { type CommitFilter, type KafkaHold } from './kafka-hold.ts';

type Client = ReturnType<KafkaService['client']>;

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
  readonly #producer: ReturnType<Client['producer']>;

  private constructor(service: KafkaService, gate: KafkaGate) {
    this.service = service;
    this.#gate = gate;
    const client = service.client({ brokers: [gate.address], retry: { retries: 20 } });
    this.admin = client.admin();
    this.#producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
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
    await this.admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] });
    await this.untilLed(topic, partitions);
  }

  /** Waits until a topic has a leader for each of so many partitions. The client's own wait gives up at times. */
  async untilLed(topic: string, partitions: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
        const led = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? [];
        expect(led.length, `partitions of ${topic} with a leader`).toBe(partitions);
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  async send(topic: string, partition: number, values: readonly string[]): Promise<void> {
    await this.#producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  }

  /** What a group has committed, by partition. Undefined metadata reads as empty; an offset of -1 is none. */
  async committed(groupId: string, topic: string): Promise<CommittedEntry[]> {
    const [entry] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
    const committed: CommittedEntry[] = [];
    for (const { partition, offset, metadata } of entry?.partitions ?? []) {
      committed[partition] = { offset: Number(offset), metadata: metadata ?? '' };
    }
    return committed;
  }

  async stop(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.#producer.disconnect()]);
    await this.#gate.close();
    await this.service.stop();
  }
}
