import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { putFailure, SOURCE_HEADER } from '../../../src/core/dead-letter.ts';
import { Deferred } from '../../../src/core/deferred.ts';
import { ConfigError, RecordError, UnavailableError } from '../../../src/core/errors.ts';
import { type DeadLetter } from '../../../src/core/record-batch.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { BadRecords, type BadRecordsOptions } from '../../../src/sinks/dead-letter/bad-records.ts';
import { FakeDeadLetterTopic } from '../../support/fake-dead-letter-topic.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { recordOf, utf8 } from '../../support/records.ts';

const live = new AbortController().signal;
const unavailable = new UnavailableError('no broker answers');

function letter(offset: number): DeadLetter {
  const record = recordOf(utf8(`value ${offset}`), offset);
  return putFailure(record, new RecordError(record, 'it is bad'));
}

interface Scene {
  readonly badRecords: BadRecords;
  readonly topic: FakeDeadLetterTopic;
  readonly stats: TaskStats;
  readonly logger: RecordingLogger;
}

function createScene(options: Partial<BadRecordsOptions> = {}): Scene {
  const topic = new FakeDeadLetterTopic();
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const badRecords = new BadRecords({
    tolerance: 'all',
    topic,
    contextHeaders: false,
    log: { enable: false, includeMessages: false },
    pipeline: 'p',
    task: 0,
    stats,
    logger,
    ...options,
  });
  return { badRecords, topic, stats, logger };
}

describe('the bad records of a load', () => {
  it('are written once, in their order, and counted', async () => {
    const { badRecords, topic, stats } = createScene();
    const batch = badRecords.createBatch();
    batch.add([letter(1), letter(2)]);
    await batch.write();
    await batch.write();
    batch.add([letter(7)]);
    await batch.write();
    expect(topic.sources).toEqual([1, 2, 7]);
    expect(topic.records[0]).toMatchObject({
      value: utf8('value 1'),
      timestamp: 1_700_000_000_000,
      headers: [[SOURCE_HEADER, 'orders/0/1']],
    });
    expect(stats.badRecords).toBe(3);
    expect(batch.size).toBe(3);
    expect(batch.first?.record.offset).toBe(1);
  });

  it('are counted, and nothing is written, where no topic is wanted', async () => {
    const { badRecords, topic, stats } = createScene({ topic: undefined });
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    expect(await batch.ends()).toBeUndefined();
    await batch.write();
    expect(topic.calls).toEqual([]);
    expect(stats.badRecords).toBe(1);
  });

  it('know where the topic ended before the first of them was written, through all attempts of the load', async () => {
    const { badRecords, topic } = createScene();
    const earlier = badRecords.createBatch();
    earlier.add([letter(1)]);
    await earlier.write();
    const batch = badRecords.createBatch();
    expect(await batch.ends()).toBeUndefined();
    batch.add([letter(5)]);
    expect(await batch.ends()).toEqual([1]);
    await batch.write();
    expect(await batch.ends()).toEqual([1]);
    batch.add([letter(6)]);
    expect(await batch.ends()).toEqual([1]);
    expect(topic.calls.filter((call) => call === 'ends')).toHaveLength(2);
  });

  it('are not written again by the load that takes the place of theirs, which knows where the first one was written', async () => {
    const { badRecords, topic, stats } = createScene();
    const first = badRecords.createBatch();
    first.add([letter(1), letter(2)]);
    await first.write();
    const other = badRecords.createBatch();
    other.add([letter(50)]);
    await other.write();
    // The first load was given up; its rows come again, in other company.
    const second = badRecords.createBatch();
    second.add([letter(2), letter(3)]);
    expect(await second.ends()).toEqual([0]);
    await second.write();
    expect(topic.sources).toEqual([1, 2, 50, 3]);
    expect(stats.badRecords).toBe(4);
  });

  it('are forgotten when their load has ended: the same offset of a topic that was made anew is another record', async () => {
    const { badRecords, topic } = createScene();
    for (let time = 0; time < 2; time++) {
      const batch = badRecords.createBatch();
      batch.add([letter(1)]);
      await batch.write();
      batch.settle();
    }
    expect(topic.sources).toEqual([1, 1]);
  });

  it('are looked up before they are written again when nobody knows how much of them was written', async () => {
    const { badRecords, topic, stats } = createScene();
    const batch = badRecords.createBatch();
    batch.add([letter(1), letter(2), letter(3)]);
    topic.sendEnds.push({ error: unavailable, writes: 2 });
    await expect(batch.write()).rejects.toThrow(unavailable);
    expect(stats.badRecords).toBe(0);
    await batch.write();
    expect(topic.calls).toEqual(['ends', 'send 1,2,3', 'written since 0', 'send 3']);
    expect(topic.sources).toEqual([1, 2, 3]);
  });

  it('stay in doubt until somebody could look', async () => {
    const { badRecords, topic } = createScene();
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    topic.sendEnds.push({ error: unavailable, writes: 1 });
    await expect(batch.write()).rejects.toThrow(unavailable);
    topic.lookErrors.push(unavailable);
    await expect(batch.write()).rejects.toThrow(unavailable);
    await batch.write();
    expect(topic.sources).toEqual([1]);
  });

  it('are in doubt for the load that takes the place of theirs as well', async () => {
    const { badRecords, topic, stats } = createScene();
    const first = badRecords.createBatch();
    first.add([letter(1), letter(2)]);
    topic.sendEnds.push({ error: unavailable, writes: 1 });
    await expect(first.write()).rejects.toThrow(unavailable);
    const second = badRecords.createBatch();
    second.add([letter(1), letter(2)]);
    expect(await second.ends()).toEqual([0]);
    await second.write();
    expect(topic.sources).toEqual([1, 2]);
    expect(stats.badRecords).toBe(2);
  });

  it('are counted and logged each once, also those that were in doubt', async () => {
    const { badRecords, topic, stats, logger } = createScene({ log: { enable: true, includeMessages: true } });
    const batch = badRecords.createBatch();
    batch.add([letter(1), letter(2)]);
    topic.sendEnds.push({ error: unavailable, writes: 1 }, { error: unavailable });
    await expect(batch.write()).rejects.toThrow(unavailable);
    await expect(batch.write()).rejects.toThrow(unavailable);
    expect(stats.badRecords).toBe(0);
    await batch.write();
    expect(topic.sources).toEqual([1, 2]);
    expect(stats.badRecords).toBe(2);
    expect(logger.messages('error').map((line) => /offset=\d+/.exec(line)?.[0])).toEqual(['offset=1', 'offset=2']);
  });

  it('pass on what can never be written, and ask nothing of the topic without need', async () => {
    const { badRecords, topic } = createScene();
    const batch = badRecords.createBatch();
    await batch.write();
    expect(topic.calls).toEqual([]);
    batch.add([letter(1)]);
    const tooLarge = new RecordError({ topic: 'orders', partition: 0, offset: 1 }, 'its dead letter is too large');
    topic.sendEnds.push({ error: tooLarge });
    await expect(batch.write()).rejects.toBe(tooLarge);
  });

  it('fail before anything is written when nobody tells where the topic ends', async () => {
    const { badRecords, topic } = createScene();
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    topic.lookErrors.push(unavailable);
    await expect(batch.write()).rejects.toThrow(unavailable);
    expect(topic.calls).toEqual(['ends']);
    await batch.write();
    expect(topic.sources).toEqual([1]);
  });
});

describe('the line of a bad record', () => {
  it.each([
    ['is not written unless it is wanted', false, []],
    [
      'says what failed, and where the record stood if that is wanted',
      true,
      [
        "Error encountered in task p-0. Executing stage 'TASK_PUT' with class 'org.apache.kafka.connect.sink.SinkTask', where consumed record is {topic='orders', partition=0, offset=1, timestamp=1700000000000}. RecordError: The record at topic orders, partition 0, offset 1 cannot be loaded: it is bad",
      ],
    ],
  ])('%s', async (_what, enable, lines) => {
    const { badRecords, logger } = createScene({ log: { enable, includeMessages: true } });
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    await batch.write();
    expect(logger.messages('error')).toEqual(lines);
  });
});

describe('what an interrupted load has written', () => {
  it('is not written again', async () => {
    const { badRecords, topic, stats } = createScene();
    const before = createScene({ topic }).badRecords.createBatch();
    before.add([letter(1), letter(2)]);
    await before.write();
    await badRecords.recall([0], live);
    const batch = badRecords.createBatch();
    batch.add([letter(1), letter(2), letter(3)]);
    await batch.write();
    expect(topic.sources).toEqual([1, 2, 3]);
    expect(stats.badRecords).toBe(1);
  });

  it('is known to the load after it, should that be interrupted too', async () => {
    const { badRecords, topic } = createScene();
    const before = createScene({ topic }).badRecords.createBatch();
    before.add([letter(8), letter(1)]);
    await before.write();
    await badRecords.recall([1], live);
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    expect(await batch.ends()).toEqual([1]);
  });

  it('is written again by whoever never heard of it', async () => {
    const { badRecords, topic } = createScene();
    const before = badRecords.createBatch();
    before.add([letter(1)]);
    await before.write();
    badRecords.forget();
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    await batch.write();
    expect(topic.sources).toEqual([1, 1]);
  });

  it('is looked up after what this process is still writing', async () => {
    const { badRecords, topic } = createScene();
    const sent = new Deferred<void>();
    topic.sent = sent.promise;
    const given = badRecords.createBatch();
    given.add([letter(1)]);
    const writing = given.write();
    await setImmediate();
    badRecords.forget();
    const recalling = badRecords.recall([0], live);
    await setImmediate();
    expect(topic.calls).toEqual(['ends', 'send 1']);
    sent.resolve();
    await Promise.all([writing, recalling]);
    const batch = badRecords.createBatch();
    batch.add([letter(1)]);
    await batch.write();
    expect(topic.sources).toEqual([1]);
  });

  it('is asked for until the brokers answer, and says so', async () => {
    vi.useFakeTimers();
    try {
      const { badRecords, topic, logger } = createScene();
      topic.lookErrors.push(unavailable, unavailable);
      const recalling = badRecords.recall([0], live);
      await vi.advanceTimersByTimeAsync(1_000);
      await recalling;
      expect(topic.calls).toEqual(Array(3).fill('written since 0'));
      expect(logger.messages('warn')).toEqual(
        Array(2).fill('Looking up which dead letters an interrupted load has written failed; trying again'),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not asked for any more when the partition is taken away, nor when asking is not allowed', async () => {
    const { badRecords, topic } = createScene();
    const abort = new AbortController();
    topic.lookErrors.push(unavailable);
    const recalling = badRecords.recall([0], abort.signal);
    abort.abort(new Error('taken away'));
    await expect(recalling).rejects.toThrow('taken away');
    const forbidden = new ConfigError(['no right to read']);
    topic.lookErrors.push(forbidden);
    await expect(badRecords.recall([0], live)).rejects.toBe(forbidden);
    expect(topic.calls).toHaveLength(2);
  });

  it('is nothing where no topic is wanted', async () => {
    const { badRecords } = createScene({ topic: undefined });
    await badRecords.recall([0], live);
    expect(badRecords.areTolerated).toBe(true);
    expect(createScene({ tolerance: 'none' }).badRecords.areTolerated).toBe(false);
  });
});
