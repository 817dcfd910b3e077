import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type Consumer, type Kafka } from 'kafkajs';
import { UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { within } from '../../core/within.ts';
import { type GroupOffsets, type OffsetReplacement } from '../group-offsets.ts';
import { type CommittedOffset } from '../source.ts';
import { type KafkaConnectionOptions, kafkaConfig } from './client-options.ts';
import { describeTopics } from './describe-topics.ts';
import { explain } from './explain.ts';
import { protocolError } from './protocol-error.ts';

/** Which group, and how to reach it. */
export interface KafkaGroupOffsetsOptions extends KafkaConnectionOptions {
  readonly groupId: string;
}

const { Kafka: KafkaClient, KafkaJSDeleteGroupsError } = kafkajs;

/**
 * Kafka's own sign for no offset is -1, and a group may commit that. The client refuses negative numbers, but takes the
 * same 64 bits without their sign.
 */
const NO_OFFSET = '18446744073709551615';
const GROUP_ID_NOT_FOUND = 69;

/** Milliseconds that joining, committing and leaving may take; a broker holds the first join of a group up for 3 s. */
const REPLACE_MS = 60_000;
/**
 * What a broker answers while the group's coordinator comes up: it has not done what it was asked. KafkaJS gives up at
 * the first such answer to a join.
 */
const UNREADY: ReadonlySet<string> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);
const TRIES = 20;
const RETRY_MS = 500;
/** A consumer that is stopped while it has nothing to fetch ends after this many milliseconds. */
const IDLE_MS = 100;

/**
 * A group's offsets through KafkaJS. What it does to us decides the shape:
 *
 * - Its `admin.setOffsets` commits partition by partition, and stops at the answer of the first broker, so that
 *   partitions of others can be left out. Here a consumer joins the group and commits once.
 * - A consumer that fetches from an offset which the topic no longer holds commits another one, whatever was asked of it,
 *   and so wipes out what stood there. So everything is paused before the first fetch.
 * - It offers a way to share partitions out that neither `KafkaSource` nor Kafka Connect knows: the broker lets none of
 *   them in while it is there, and doesn't let it in while one of them is.
 */
export class KafkaGroupOffsets implements GroupOffsets {
  readonly #options: KafkaGroupOffsetsOptions;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  #connected: Promise<void> | undefined;

  constructor(options: KafkaGroupOffsetsOptions, logger: Logger) {
    this.#options = options;
    this.#kafka = new KafkaClient(kafkaConfig(options, logger));
    this.#admin = this.#kafka.admin();
  }

  committed(): Promise<CommittedOffset[]> {
    return this.#explained(async () => {
      await this.#connect();
      const topics = await this.#admin.fetchOffsets({ groupId: this.#options.groupId });
      return topics
        .flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset, metadata }) => ({
            topic,
            partition,
            offset: Number(offset) < 0 ? undefined : Number(offset),
            metadata: metadata ?? '',
          })),
        )
        .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
    });
  }

  memberCount(): Promise<number> {
    return this.#explained(async () => {
      await this.#connect();
      const { groups } = await this.#admin.describeGroups([this.#options.groupId]);
      return groups[0]?.members.length ?? 0;
    });
  }

  async replace(changes: readonly OffsetReplacement[]): Promise<void> {
    await this.#explained(async () => {
      for (let triesLeft = TRIES; ; triesLeft--) {
        try {
          await this.#replaceAsMember(changes);
          return;
        } catch (error) {
          if (triesLeft === 1 || !UNREADY.has(protocolError(error)?.type ?? '')) throw error;
          await delay(RETRY_MS);
        }
      }
    });
  }

  async forget(): Promise<void> {
    const { groupId } = this.#options;
    await this.#explained(async () => {
      await this.#connect();
      if ((await this.memberCount()) > 0) {
        throw new UnavailableError(`A process is in group ${groupId}, so its offsets were left alone.`);
      }
      try {
        await this.#admin.deleteGroups([groupId]);
      } catch (error) {
        if (!(error instanceof KafkaJSDeleteGroupsError)) throw error;
        if (!error.groups.every(({ errorCode }) => errorCode === GROUP_ID_NOT_FOUND)) throw error;
      }
    });
  }

  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#explained(async () => {
      await this.#connect();
      const found = await describeTopics(this.#options, topics);
      return new Map(Array.from(found.values(), ({ topic, partitions }) => [topic, partitions.length]));
    });
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async #replaceAsMember(changes: readonly OffsetReplacement[]): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId: this.#options.groupId,
      maxWaitTimeInMs: IDLE_MS,
      retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
    });
    try {
      const inTime = await within(REPLACE_MS, this.#replace(consumer, changes));
      if (!inTime) throw new UnavailableError(`Kafka did not take the offsets within ${REPLACE_MS} ms.`);
    } finally {
      await within(REPLACE_MS, consumer.disconnect());
    }
  }

  async #replace(consumer: Consumer, changes: readonly OffsetReplacement[]): Promise<void> {
    const topics = [...new Set(changes.map(({ from }) => from.topic))];
    const crashes: Error[] = [];
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => crashes.push(error));
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause(topics.map((topic) => ({ topic }))));
    await consumer.connect();
    await consumer.subscribe({ topics });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    const [crash] = crashes;
    if (crash) {
      if ((await this.memberCount()) > 0) {
        throw new UnavailableError(`A process is in group ${this.#options.groupId}, so its offsets were left alone.`);
      }
      throw crash;
    }
    const current = await this.committed();
    const stale = changes.find(({ from }) => {
      const found = current.find(({ topic, partition }) => topic === from.topic && partition === from.partition);
      return found ? !isSame(found, from) : from.offset !== undefined;
    });
    if (stale) {
      throw new UnavailableError(
        `The committed offset of topic ${stale.from.topic}, partition ${stale.from.partition} has changed meanwhile, so nothing was changed.`,
      );
    }
    await consumer.commitOffsets(
      changes.map(({ from: { topic, partition }, offset }) => ({
        topic,
        partition,
        offset: offset === undefined ? NO_OFFSET : String(offset),
      })),
    );
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#admin.connect();
    return this.#connected;
  }

  async #explained<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw explain(error, this.#options);
    }
  }
}

function isSame(one: CommittedOffset, other: CommittedOffset): boolean {
  return one.offset === other.offset && one.metadata === other.metadata;
}
