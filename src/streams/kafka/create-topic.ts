import { type Admin } from 'kafkajs';
import { UnavailableError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';
import { protocolError } from './protocol-error.ts';

/** A topic that has to be there. */
export interface NewTopic {
  readonly topic: string;
  /** What it is in a message: "The … topic". */
  readonly what: string;
  readonly partitions: number;
  /** -1 for the brokers' default. */
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Milliseconds until the brokers have to know a topic that was just created. */
const CREATED_MS = 30_000;
/** Milliseconds between two questions for it. */
const ASK_MS = 100;

/** Creates a topic, and waits until the brokers know it. Returns false where somebody else was quicker. */
export async function createTopic(admin: Admin, wanted: NewTopic, signal: AbortSignal): Promise<boolean> {
  const { topic, partitions, replicationFactor, configs = {} } = wanted;
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const created = await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    waitForLeaders: false,
  });
  await untilKnown(admin, wanted, signal);
  return created;
}

/** The controller has a new topic before the brokers know of it, and KafkaJS takes a broker's no for its answer. */
async function untilKnown(admin: Admin, { topic, what }: NewTopic, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  for (;;) {
    const known = await admin.fetchTopicMetadata({ topics: [topic] }).then(
      ({ topics: [found] }) => found?.partitions.every(({ leader }) => leader >= 0) ?? false,
      (error: unknown) => {
        if (protocolError(error)?.retriable !== true) throw error;
        return false;
      },
    );
    if (known) return;
    if (performance.now() - start > CREATED_MS) {
      throw new UnavailableError(
        `The ${what} topic ${topic} was created, but the brokers do not know of it after ${CREATED_MS / 1_000} s.`,
      );
    }
    await pause(ASK_MS, signal);
  }
}
