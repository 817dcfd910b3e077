import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.ts';
import { readSample, type SampleStart } from '../../../src/streams/kafka/read-sample.ts';
import {
  type AnsweredPartition,
  fakeBroker,
  fetchAnswer,
  KEYS,
  metadataAnswer,
  readFetch,
  versionsAnswer,
} from '../../support/fake-broker.ts';
import { batchBytes } from '../../support/kafka-batches.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const TOPIC = 'orders';

/** Partitions with these values, each from offset 0 on; one record a fetch. A fetch beyond the end stays unanswered. */
async function sample(
  partitions: readonly (readonly string[])[],
  wanted: number,
  { starts, limitMs = 20_000, error = 0 }: { starts?: readonly SampleStart[]; limitMs?: number; error?: number } = {},
): Promise<string[]> {
  const asked: number[] = [];
  const broker = await fakeBroker((request) => {
    if (request.apiKey === KEYS.apiVersions) return versionsAnswer();
    if (request.apiKey === KEYS.metadata) {
      return metadataAnswer([{ node: 1, host: broker.host, port: broker.port }], {
        topic: TOPIC,
        leaders: partitions.map(() => 1),
      });
    }
    asked.push(request.apiKey);
    const answers = readFetch(request).partitions.flatMap(({ partition, offset }): AnsweredPartition[] => {
      if (error !== 0) return [{ partition, error }];
      const value = partitions[partition]?.[offset];
      return value === undefined ? [] : [{ partition, records: batchBytes([{ value }], { baseOffset: offset }) }];
    });
    return answers.length === 0 ? undefined : fetchAnswer(TOPIC, answers);
  });
  const records = await readSample(
    {
      brokers: [`${broker.host}:${broker.port}`],
      clientId: 'test',
      connectionTimeoutMs: 2_000,
      requestTimeoutMs: 5_000,
      isolationLevel: 'read_uncommitted',
      fetchMinBytes: 1_000_000,
      fetchMaxBytes: 10_000,
      fetchMaxWaitMs: 500,
      maxPartitionFetchBytes: 1_000,
      metadataMaxAgeMs: 60_000,
    },
    {
      starts:
        starts ?? partitions.map(({ length }, partition) => ({ topic: TOPIC, partition, offset: 0, end: length })),
      records: wanted,
      limitMs,
    },
    new RecordingLogger(),
  );
  // A sample asks for records alone: it joins no group and commits nothing.
  expect(new Set(asked)).toEqual(new Set([KEYS.fetch]));
  return records.map(({ partition, offset, value }) => `${partition}@${offset} ${Buffer.from(value ?? []).toString()}`);
}

describe('a sample of records', () => {
  it('is as many as are wanted, of all partitions in turn', async () => {
    expect(await sample([['a', 'b', 'c', 'd'], ['e'], ['f', 'g', 'h']], 6)).toEqual([
      '0@0 a',
      '0@1 b',
      '0@2 c',
      '1@0 e',
      '2@0 f',
      '2@1 g',
    ]);
  });

  it('is what was there when fewer are, without waiting for more', async () => {
    expect(await sample([['a', 'b'], ['c']], 20)).toEqual(['0@0 a', '0@1 b', '1@0 c']);
  });

  it('begins where it is told to', async () => {
    const starts = [{ topic: TOPIC, partition: 0, offset: 2, end: 3 }];
    expect(await sample([['a', 'b', 'c']], 20, { starts })).toEqual(['0@2 c']);
  });

  it('waits for what comes where nothing was there', async () => {
    const starts = [{ topic: TOPIC, partition: 0, offset: 1, end: 1 }];
    expect(await sample([['a', 'b', 'c']], 2, { starts })).toEqual(['0@1 b', '0@2 c']);
  });

  it('is what came when the time is up', async () => {
    const starts = [{ topic: TOPIC, partition: 0, offset: 0, end: 9 }];
    expect(await sample([['a', 'b']], 20, { starts, limitMs: 500 })).toEqual(['0@0 a', '0@1 b']);
  });

  it('is refused with what Kafka says', async () => {
    await expect(sample([['a']], 1, { error: 29 })).rejects.toThrow(ConfigError);
    await expect(sample([['a']], 1, { error: 1 })).rejects.toThrow(
      'Topic orders, partition 0 does not hold offset 0 any more. Try again.',
    );
  });
});
