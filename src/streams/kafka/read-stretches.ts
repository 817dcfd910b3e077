import { type Admin, type Consumer, type Kafka, type KafkaMessage } from 'kafkajs';
import { Deferred } from '../../core/deferred.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { within } from '../../core/within.ts';

/** What is read of a partition: the offsets from `from` on, up to and without `to`. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What to read, and with what. */
export interface ReadOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  /** One for each partition of the topic; an empty one where nothing is to be read. */
  readonly stretches: readonly Stretch[];
  /** A consumer group that nobody else uses. The client cannot read without one; it is deleted at the end. */
  readonly groupId: string;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
  readonly onMessage: (message: KafkaMessage) => void;
  readonly logger: Logger;
}

/** Milliseconds that a broker may wait for more: the client does not stop before it has the answer. */
const FETCH_WAIT_MS = 100;
/** Milliseconds that leaving the group and deleting it may take. */
const LEAVE_MS = 5_000;

/**
 * Reads stretches of a topic once, from their beginnings to their ends. A message can be handed over more than once.
 *
 * @throws UnavailableError when that takes too long.
 */
export async function readStretches(options: ReadOptions): Promise<void> {
  const { kafka, admin, topic, groupId, timeoutMs, signal, logger } = options;
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    // An open transaction of somebody else must not hide what comes after it.
    readUncommitted: true,
  });
  const over = new AbortController();
  try {
    const reading = read(consumer, options, AbortSignal.any([signal, over.signal]));
    if (!(await within(timeoutMs, reading))) {
      throw new UnavailableError(`Topic ${topic} could not be read to its end within ${timeoutMs} ms.`);
    }
  } finally {
    over.abort();
    const left = consumer.disconnect().then(() => admin.deleteGroups([groupId]));
    // An empty group without offsets is also forgotten by the brokers themselves, in their own time.
    await within(LEAVE_MS, left).catch((error: unknown) =>
      logger.debug({ groupId, error: describeError(error) }, 'The consumer group could not be deleted'),
    );
  }
}

/** Reads until all is read or the signal is aborted. */
async function read(
  consumer: Consumer,
  { topic, stretches, onMessage }: ReadOptions,
  signal: AbortSignal,
): Promise<void> {
  const done = new Deferred<void>();
  signal.addEventListener('abort', () => done.reject(new UnavailableError('Reading was given up.')), { once: true });
  const unread = new Map(stretches.filter(({ from, to }) => from < to).map((stretch) => [stretch.partition, stretch]));
  const reached = (partition: number, next: number): void => {
    const stretch = unread.get(partition);
    if (stretch === undefined || next < stretch.to) return;
    unread.delete(partition);
    if (unread.size === 0) done.resolve();
  };

  const { events } = consumer;
  consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) done.reject(error);
  });
  // A batch of control records or aborted messages alone never reaches eachBatch.
  consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) reached(payload.partition, Number(payload.lastOffset) + 1);
  });
  try {
    signal.throwIfAborted();
    await consumer.connect();
    signal.throwIfAborted();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    signal.throwIfAborted();
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const stretch = unread.get(batch.partition);
        for (const message of batch.messages) {
          const offset = Number(message.offset);
          if (stretch && offset >= stretch.from && offset < stretch.to) onMessage(message);
        }
        reached(batch.partition, Number(batch.lastOffset()) + 1);
        return Promise.resolve();
      },
    });
    for (const { partition, from, to } of stretches) {
      if (from < to) consumer.seek({ topic, partition, offset: String(from) });
      else consumer.pause([{ topic, partitions: [partition] }]);
    }
    await done.promise;
  } finally {
    // What a step opened that ended after the time was up.
    if (signal.aborted) await consumer.disconnect();
  }
}
