import { Buffer } from 'node:buffer';
import { type Api } from './api.ts';

/** Where a broker is. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Who leads which partition. */
export interface Metadata {
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: readonly TopicMetadata[];
}

/** A topic as a broker knows it. */
export interface TopicMetadata {
  readonly topic: string;
  /** What tells it from another one that had its name; undefined from brokers before 2.8. */
  readonly id: string | undefined;
  readonly error: number;
  /** Whether it is Kafka's own, such as the one with the offsets of groups. */
  readonly isInternal: boolean;
  readonly partitions: readonly PartitionMetadata[];
}

/** A partition and its leader, -1 while it has none. */
export interface PartitionMetadata {
  readonly partition: number;
  readonly error: number;
  readonly leader: number;
  /** Counts its leaders; -1 from brokers before 2.1. */
  readonly leaderEpoch: number;
}

/** What brokers say of a topic that has no id. */
const NO_ID = '0'.repeat(32);
const NO_ID_BYTES = Buffer.alloc(16);

/**
 * Metadata of topics, of all for undefined. They are not created by asking. Version 4 came with brokers of 0.11, 7 has the epochs of leaders, 10
 * the ids of topics.
 */
export const metadataApi: Api<readonly string[] | undefined, Metadata> = {
  name: 'Metadata',
  key: 3,
  oldest: 4,
  newest: 12,
  compactFrom: 9,
  write(writer, topics, version) {
    writer.array(topics, (topic) => {
      if (version >= 10) writer.raw(NO_ID_BYTES);
      writer.string(topic).end();
    });
    writer.int8(0);
    // Nobody wants to know what we may do with the cluster and with each topic.
    if (version >= 8 && version <= 10) writer.int8(0);
    if (version >= 8) writer.int8(0);
    writer.end();
  },
  read(reader, version) {
    // The time to be left alone for: an answer without records costs a broker little, and we rarely ask.
    reader.int32();
    const brokers = reader.array(() => {
      const node = reader.int32();
      const address = { host: reader.string(), port: reader.int32() };
      reader.nullableString();
      reader.end();
      return [node, address] as const;
    });
    reader.nullableString();
    reader.int32();
    const topics = reader.array(() => {
      const error = reader.int16();
      const topic = reader.string();
      const id = version >= 10 ? reader.uuid() : NO_ID;
      const isInternal = reader.boolean();
      const partitions = reader.array(() => {
        const partitionError = reader.int16();
        const partition = reader.int32();
        const leader = reader.int32();
        const leaderEpoch = version >= 7 ? reader.int32() : -1;
        // Replicas, those in sync, and since version 5 those that are offline.
        for (let list = 0; list < (version >= 5 ? 3 : 2); list++) reader.array(() => reader.int32());
        reader.end();
        return { partition, error: partitionError, leader, leaderEpoch };
      });
      if (version >= 8) reader.int32();
      reader.end();
      return { topic, id: id === NO_ID ? undefined : id, error, isInternal, partitions };
    });
    return { brokers: new Map(brokers), topics };
  },
};
