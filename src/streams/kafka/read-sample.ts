import { Deferred } from '../../core/deferred.ts';
import { UnavailableError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type KafkaRecord, partitionKey, type RawValue } from '../../core/record-batch.ts';
import { within } from '../../core/within.ts';
import { type Position } from '../source.ts';
import { Fetcher, type FetcherOptions } from './fetch/fetcher.ts';

/** From where to read a partition, and where it ended when that was asked. */
export interface SampleStart extends Position {
  readonly end: number;
}

/** What to read. */
export interface SampleRequest {
  readonly starts: readonly SampleStart[];
  /** How many records are wanted. */
  readonly records: number;
  /** Milliseconds after which fewer have to do. */
  readonly limitMs: number;
}

/**
 * Reads the next records of some partitions, without a group and without a trace in Kafka. What was there when it was asked
 * is enough; only where nothing was, it waits for what comes.
 *
 * @returns as many as are wanted or fewer, of all partitions in turn, in the order of topics, partitions and offsets.
 * @throws UnavailableError or ConfigError when Kafka cannot be read.
 */
export async function readSample(
  kafka: FetcherOptions,
  { starts, records: wanted, limitMs }: SampleRequest,
  logger: Logger,
): Promise<KafkaRecord<RawValue>[]> {
  const done = new Deferred<void>();
  const found = new Map(starts.map((start) => [partitionKey(start), [] as KafkaRecord<RawValue>[]]));
  const unread = new Set(starts.filter(({ offset, end }) => offset < end).map(partitionKey));
  const waits = unread.size === 0;
  const isEnough = (): boolean => (waits ? total(found) >= wanted : unread.size === 0);
  const ends = new Map(starts.map((start) => [partitionKey(start), start.end]));
  const fetcher = new Fetcher(
    // A broker that waits for more bytes would hold up the few that are there.
    { ...kafka, fetchMinBytes: 1 },
    {
      records: (from, { records, nextOffset }) => {
        const key = partitionKey(from);
        const taken = found.get(key) ?? [];
        for (let index = 0; index < records.length && taken.length < wanted; index++) taken.push(records.record(index));
        if (taken.length >= wanted) fetcher.pause(from);
        if (taken.length >= wanted || nextOffset >= (ends.get(key) ?? 0)) unread.delete(key);
        if (isEnough()) done.resolve();
      },
      outOfRange: ({ topic, partition, offset }) =>
        done.reject(
          new UnavailableError(
            `Topic ${topic}, partition ${partition} does not hold offset ${offset} any more. Try again.`,
          ),
        ),
      failed: (error) => done.reject(error),
    },
    logger,
  );
  try {
    for (const start of starts) fetcher.open(start);
    await within(limitMs, done.promise);
  } finally {
    fetcher.stop();
  }
  return inTurn([...found.values()], wanted);
}

function total(found: ReadonlyMap<string, readonly unknown[]>): number {
  return [...found.values()].reduce((sum, { length }) => sum + length, 0);
}

/** The first of each partition, then the second of each, until there are enough; sorted by partition again. */
function inTurn<T>(partitions: readonly (readonly T[])[], wanted: number): T[] {
  const counts = partitions.map(() => 0);
  let chosen = 0;
  for (let round = 0; chosen < wanted && partitions.some(({ length }) => length > round); round++) {
    for (const [index, { length }] of partitions.entries()) {
      if (length <= round || chosen >= wanted) continue;
      counts[index] = round + 1;
      chosen++;
    }
  }
  return partitions.flatMap((records, index) => records.slice(0, counts[index]));
}
