import { type Admin } from 'kafkajs';
import { UnavailableError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';
import { type KafkaConnectionOptions } from './client-options.ts';
import { describeTopics, isLed } from './describe-topics.ts';

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

/** Creates a topic, and waits until its partitions have leaders. Returns false where somebody else was quicker. */
export async function createTopic(
  admin: Admin,
  options: KafkaConnectionOptions,
  wanted: NewTopic,
  signal: AbortSignal,
): Promise<boolean> {
  const { topic, partitions, replicationFactor, configs = {} } = wanted;
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const created = await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    waitForLeaders: false,
  });
  await untilLed(options, wanted, signal);
  return created;
}

/** The controller has a new topic before the brokers know of it. */
async function untilLed(
  options: KafkaConnectionOptions,
  { topic, what }: NewTopic,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  for (;;) {
    const found = (await describeTopics(options, [topic])).get(topic);
    if (found && isLed(found)) return;
    if (performance.now() - start > CREATED_MS) {
      throw new UnavailableError(
        `The ${what} topic ${topic} was created, but after ${CREATED_MS / 1_000} s its partitions have no leaders, or its user may not see it. Grant DESCRIBE on it.`,
      );
    }
    await pause(ASK_MS, signal);
  }
}
