import { describeError, UnavailableError } from '../../../core/errors.ts';
import { partitionKey, type TopicPartition } from '../../../core/record-batch.ts';
import { type KafkaConnectionOptions } from '../client-options.ts';
import { BrokerConnection } from './broker-connection.ts';
import { type BrokerAddress, metadataApi, type TopicMetadata } from './metadata-api.ts';

/** Who has the records of a partition. */
export interface Leader {
  readonly node: number;
  /** -1 where it is not known. */
  readonly epoch: number;
  /** Of the topic; undefined from brokers that have none. */
  readonly topicId: string | undefined;
}

/** Which broker leads which partition, and where the brokers are: as the last answer said. */
export class ClusterMap {
  readonly #options: KafkaConnectionOptions;
  readonly #signal: AbortSignal;
  #connection: BrokerConnection | undefined;
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();

  /** @param signal Ends what is under way, and closes the connection. */
  constructor(options: KafkaConnectionOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#connection?.close(), { once: true });
  }

  /** Where a broker is; undefined for one that is gone. */
  address(node: number): BrokerAddress | undefined {
    return this.#brokers.get(node);
  }

  /**
   * Asks for the leaders of all partitions of some topics.
   *
   * @returns them by partition; those without a leader are missing.
   * @throws UnavailableError when no broker answers.
   */
  async leaders(topics: readonly string[]): Promise<ReadonlyMap<string, Leader>> {
    const leaders = new Map<string, Leader>();
    for (const { topic, id, partitions } of await this.topics(topics)) {
      for (const { partition, leader, leaderEpoch } of partitions) {
        const of: TopicPartition = { topic, partition };
        if (leader >= 0) leaders.set(partitionKey(of), { node: leader, epoch: leaderEpoch, topicId: id });
      }
    }
    return leaders;
  }

  /**
   * Asks for topics: all that we may see, or those with these names. One that isn't there comes with an error.
   *
   * @throws UnavailableError when no broker answers.
   */
  async topics(names?: readonly string[]): Promise<readonly TopicMetadata[]> {
    const connection = await this.#connected();
    const { brokers, topics } = await connection.request(metadataApi, names);
    this.#brokers = brokers;
    return topics;
  }

  async #connected(): Promise<BrokerConnection> {
    if (this.#connection?.isOpen) return this.#connection;
    const failures: string[] = [];
    // The brokers that were named may all have been replaced since.
    const known = [...this.#options.brokers.map(parseAddress), ...this.#brokers.values()];
    for (const address of known) {
      try {
        this.#connection = await BrokerConnection.open(this.#options, address, this.#signal);
        return this.#connection;
      } catch (error) {
        this.#signal.throwIfAborted();
        failures.push(describeError(error));
      }
    }
    throw new UnavailableError([...new Set(failures)].join(' '));
  }
}

/** `host:port`, with an IPv6 address in brackets or without. */
function parseAddress(address: string): BrokerAddress {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}
