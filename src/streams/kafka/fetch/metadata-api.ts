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
  readonly error: number;
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

/** Metadata of topics, which are not created by asking. Version 4 came with brokers of 0.11, 7 has the epochs of leaders. */
export const metadataApi: Api<readonly string[], Metadata> = {
  name: 'Metadata',
  key: 3,
  oldest: 4,
  newest: 7,
  write(writer, topics) {
    writer.array(topics, (topic) => writer.string(topic)).int8(0);
  },
  read(reader, version) {
    // The time to be left alone for: an answer without records costs a broker little, and we rarely ask.
    reader.int32();
    const brokers = reader.array(() => {
      const node = reader.int32();
      const address = { host: reader.string(), port: reader.int32() };
      reader.nullableString();
      return [node, address] as const;
    });
    reader.nullableString();
    reader.int32();
    const topics = reader.array(() => {
      const error = reader.int16();
      const topic = reader.string();
      reader.boolean();
      const partitions = reader.array(() => {
        const partitionError = reader.int16();
        const partition = reader.int32();
        const leader = reader.int32();
        const leaderEpoch = version >= 7 ? reader.int32() : -1;
        // Replicas, those in sync, and since version 5 those that are offline.
        for (let list = 0; list < (version >= 5 ? 3 : 2); list++) reader.array(() => reader.int32());
        return { partition, error: partitionError, leader, leaderEpoch };
      });
      return { topic, error, partitions };
    });
    return { brokers: new Map(brokers), topics };
  },
};
