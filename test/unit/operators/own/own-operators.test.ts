import {
  bufferCount,
  concatMap,
  delay,
  EMPTY,
  filter,
  map,
  mergeMap,
  NEVER,
  Observable,
  type OperatorFunction,
  of,
  retry,
  Subject,
  take,
  tap,
  throwError,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecordError, UnavailableError } from '../../../../src/core/errors.ts';
import { type OperatorContext, OperatorError, type OwnOperator } from '../../../../src/core/own-operator.ts';
import { type KafkaRecord, type RawValue, type RecordBatch, recordList } from '../../../../src/core/record-batch.ts';
import { ownOperators } from '../../../../src/operators/own/own-operators.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { batchOf, recordOf, utf8, valuesOf } from '../../../support/records.ts';
import { through } from '../../../support/through.ts';

const place = { pipeline: 'p', topic: 'orders', partition: 0, logger: new RecordingLogger() };

function own(level: OwnOperator['level'], create: OwnOperator['create']): OwnOperator {
  return { name: './own.js', level, timeoutMs: 1000, create };
}

const records = (operator: unknown): OwnOperator => own('record', () => operator);
const envelopes = (operator: unknown): OwnOperator => own('envelope', () => operator);

/** A partition with operators: what it is given, and what it has emitted so far. */
class Partition {
  readonly #mailbox = new Subject<RecordBatch>();
  readonly emitted: RecordBatch[] = [];
  failure: unknown;
  isCompleted = false;
  readonly #subscription;

  constructor(...operators: OwnOperator[]) {
    this.#subscription = this.#mailbox.pipe(ownOperators(operators, place)).subscribe({
      next: (batch) => this.emitted.push(batch),
      error: (error: unknown) => (this.failure = error),
      complete: () => (this.isCompleted = true),
    });
  }

  /** Gives it an envelope of these values. */
  offer(values: readonly unknown[], firstOffset: number): void {
    this.#mailbox.next(batchOf(values, { firstOffset }));
  }

  /** The same, where bad records are set apart. */
  offerTolerant(values: readonly unknown[], firstOffset: number): void {
    const source = recordList<RawValue>(
      values.map((value, index) => recordOf(utf8(String(value)), firstOffset + index)),
    );
    this.#mailbox.next({ ...batchOf(values, { firstOffset }), failed: [], source });
  }

  /** There is nothing more to come. */
  end(): void {
    this.#mailbox.complete();
  }

  get values(): unknown[] {
    return this.emitted.flatMap(valuesOf);
  }

  get message(): string {
    return this.failure instanceof Error ? this.failure.message : `no error: ${String(this.failure)}`;
  }

  dispose(): void {
    this.#subscription.unsubscribe();
  }
}

const THREE = '3 records of topic orders, partition 0, offsets 10 to 12';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('an operator on records', () => {
  it('may filter, multiply, reorder and take its time; the envelope keeps its offsets', async () => {
    const backwards: OperatorFunction<KafkaRecord, KafkaRecord> = mergeMap((record) =>
      record.value === 2 ? EMPTY : of(record, record).pipe(delay(100 - Number(record.value))),
    );
    const partition = new Partition(records(backwards));
    partition.offer([1, 2, 3], 10);
    await vi.advanceTimersByTimeAsync(100);
    expect(partition.values).toEqual([3, 3, 1, 1]);
    expect(partition.emitted).toMatchObject([{ firstOffset: 10, nextOffset: 13, bytes: 3 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not given records without a value', () => {
    const partition = new Partition(
      records(map((record: KafkaRecord) => ({ ...record, value: String(record.value) }))),
    );
    partition.offer([1, null, 3], 10);
    expect(partition.values).toEqual(['1', '3']);
  });

  it('is made once for all envelopes, with a context that says whose it is, and ends with its partition', () => {
    const contexts: OperatorContext[] = [];
    const counting = own('record', (context: OperatorContext) => {
      contexts.push(context);
      let count = 0;
      return map((record: KafkaRecord) => ({ ...record, value: ++count }));
    });
    const partition = new Partition(counting);
    partition.offer([0, 0], 10);
    partition.offer([0], 12);
    expect(partition.values).toEqual([1, 2, 3]);
    expect(contexts).toMatchObject([{ pipeline: 'p', topic: 'orders', partition: 0, signal: { aborted: false } }]);
    partition.dispose();
    expect(contexts[0]?.signal.aborted).toBe(true);
  });

  it('ends when its partition is drained', () => {
    let signal: AbortSignal | undefined;
    const partition = new Partition(
      own('record', (context: OperatorContext) => {
        signal = context.signal;
        return map((record: KafkaRecord) => record);
      }),
    );
    partition.offer([1], 10);
    partition.end();
    expect(partition.isCompleted).toBe(true);
    expect(signal?.aborted).toBe(true);
  });

  it('that never completes is an error after its time, and not before', async () => {
    const partition = new Partition(records(() => NEVER));
    partition.offer([1, 2, 3], 10);
    await vi.advanceTimersByTimeAsync(999);
    expect(partition.failure).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(partition.failure).toBeInstanceOf(OperatorError);
    expect(partition.message).toBe(
      `The operator ./own.js was given ${THREE} and has neither completed nor emitted anything for 1000 ms. Let it complete when its source has, or raise its timeoutMs.`,
    );
    expect(partition.emitted).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has its time again with each sign of life', async () => {
    const partition = new Partition(records(concatMap((record: KafkaRecord) => of(record).pipe(delay(999)))));
    partition.offer([1, 2, 3], 10);
    await vi.advanceTimersByTimeAsync(3 * 999);
    expect(partition.values).toEqual([1, 2, 3]);
  });

  it('that completes early is an error: what it did not take would be lost', () => {
    const partition = new Partition(records(take(2)));
    partition.offer([1, 2], 8);
    expect(partition.values).toEqual([1, 2]);
    partition.offer([1, 2, 3], 10);
    expect(partition.message).toBe(
      `The operator ./own.js completed after 2 of ${THREE}: the others would be lost. Let it complete when its source has; to leave records out, use filter.`,
    );
    expect(partition.emitted).toHaveLength(1);
  });

  it('that emits after completion is an error', async () => {
    const hasty: OperatorFunction<KafkaRecord, KafkaRecord> = (source) =>
      new Observable((subscriber) =>
        source.subscribe({
          next: (record) => void setTimeout(() => subscriber.next(record), 100),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    const partition = new Partition(records(hasty));
    partition.offer([1, 2, 3], 10);
    await vi.advanceTimersByTimeAsync(100);
    expect(partition.message).toBe(
      `The operator ./own.js emitted something after it had completed for ${THREE}: that would be lost. Let it complete when all its work is done.`,
    );
  });

  it('may emit what it wants when nobody listens any more', async () => {
    const sloppy: OperatorFunction<KafkaRecord, KafkaRecord> = () =>
      new Observable((subscriber) => void setTimeout(() => subscriber.next(recordOf(1)), 100));
    const partition = new Partition(records(sloppy));
    partition.offer([1], 10);
    partition.dispose();
    await vi.advanceTimersByTimeAsync(100);
    expect(partition.failure).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, (record: KafkaRecord) => unknown, string]>([
    [
      'nothing',
      () => undefined,
      'it emits something that is no record. Make records of those that it is given: { ...record, value }',
    ],
    [
      'a row alone',
      ({ value }) => value,
      'it emits something that is no record. Make records of those that it is given: { ...record, value }',
    ],
    [
      'a record of another topic',
      (record) => ({ ...record, topic: 'refunds' }),
      'it emits a record of topic refunds, partition 0, but the records of topic orders, partition 0 are read from that one alone. To send a record to another table, say so: { ...record, table }',
    ],
    [
      'a record that it made up',
      (record) => ({ ...record, offset: 99 }),
      'it emits a record with the offset 99, which it was not given. Make records of those that it is given: { ...record, value }',
    ],
  ])('that emits %s fails for the record of which it does', (_, emit, fault) => {
    const partition = new Partition(
      records(map((record: KafkaRecord) => (record.value === 2 ? emit(record) : record))),
    );
    partition.offer([1, 2, 3], 10);
    expect(partition.failure).toBeInstanceOf(RecordError);
    expect(partition.message).toBe(
      `The record at topic orders, partition 0, offset 11 cannot be loaded: the operator ./own.js fails: ${fault}`,
    );
  });

  it('that throws has the record set apart in its name, and goes on without what it remembered', () => {
    let made = 0;
    const ended: boolean[] = [];
    const distinct = own('record', ({ signal }: OperatorContext) => {
      made++;
      signal.addEventListener('abort', () => ended.push(true));
      const seen = new Set<unknown>();
      return filter(({ value }: KafkaRecord) => {
        if (value === 'bad') throw new TypeError('no such thing');
        return !seen.has(value) && seen.add(value).size > 0;
      });
    });
    const partition = new Partition(distinct);
    partition.offerTolerant(['a', 'b'], 10);
    // It had seen a and c when it failed: with that memory both would be lost.
    partition.offerTolerant(['a', 'c', 'bad', 'c', 'd'], 12);
    expect(partition.values).toEqual(['a', 'b', 'a', 'c', 'd']);
    expect(partition.emitted[1]?.failed).toMatchObject([
      {
        record: { offset: 14, value: utf8('bad') },
        stage: 'TRANSFORMATION',
        className: './own.js',
        exceptionClass: 'TypeError',
        error: { message: expect.stringContaining('the operator ./own.js fails: no such thing') as string },
      },
    ]);
    expect(made).toBe(3);
    expect(ended).toHaveLength(2);
  });

  it('that says that a service is not available blames no record', () => {
    const partition = new Partition(records(concatMap(() => throwError(() => new UnavailableError('gone')))));
    partition.offerTolerant([1, 2], 10);
    expect(partition.failure).toBeInstanceOf(UnavailableError);
    expect(partition.message).toBe('The operator ./own.js cannot go on: gone');
    expect(partition.emitted).toEqual([]);
  });
});

describe('an operator on envelopes', () => {
  it('may keep envelopes back and change their records', () => {
    const pairs: OperatorFunction<RecordBatch, RecordBatch> = (source) =>
      source.pipe(
        bufferCount(2),
        concatMap((both) => both.map((batch) => ({ ...batch, records: recordList([batch.records.record(0)]) }))),
      );
    const partition = new Partition(envelopes(pairs));
    partition.offer([1, 2], 10);
    expect(partition.emitted).toEqual([]);
    partition.offer([3], 12);
    expect(partition.values).toEqual([1, 3]);
    partition.end();
    expect(partition.isCompleted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that keeps an envelope for too long is an error', async () => {
    const partition = new Partition(envelopes(filter(({ firstOffset }: RecordBatch) => firstOffset < 12)));
    partition.offer([1, 2], 10);
    await vi.advanceTimersByTimeAsync(5000);
    partition.offer([3], 12);
    await vi.advanceTimersByTimeAsync(1000);
    expect(partition.values).toEqual([1, 2]);
    expect(partition.message).toBe(
      'The operator ./own.js was given the envelope of topic orders, partition 0, offsets 12 to 12 and has not emitted it for 1000 ms. Let every envelope come out, also when no record of it is left, or raise its timeoutMs.',
    );
  });

  it('that leaves out an envelope is an error at the next one', () => {
    const partition = new Partition(envelopes(filter(({ firstOffset }: RecordBatch) => firstOffset !== 10)));
    partition.offer([1, 2], 10);
    partition.offer([3], 12);
    expect(partition.message).toBe(
      'The operator ./own.js left out the envelope of topic orders, partition 0, offsets 10 to 11, or emits a later one before it. Let every envelope come out in order, also when no record of it is left.',
    );
    expect(partition.emitted).toEqual([]);
  });

  it('that completes without an envelope is an error', () => {
    const partition = new Partition(envelopes(filter(() => false)));
    partition.offer([1, 2], 10);
    partition.end();
    expect(partition.message).toBe(
      'The operator ./own.js completed without the envelope of topic orders, partition 0, offsets 10 to 11. Let every envelope come out, also when no record of it is left.',
    );
    expect(partition.isCompleted).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['completes early', take(1), 'completed before its source has: the partition would never go on.'],
    [
      'emits an envelope twice',
      concatMap((batch: RecordBatch) => [batch, batch]),
      'emits an envelope more than it was given.',
    ],
    [
      'makes an envelope of its own',
      map(() => batchOf([1])),
      'emits an envelope that differs from the one of topic orders, partition 0, offsets 10 to 11 in more than its records. Make it from that one: { ...batch, records }.',
    ],
    [
      'makes up a record',
      map((batch: RecordBatch) => ({ ...batch, records: recordList([recordOf(1, 99)]) })),
      'emits a record with the offset 99, which is not in the envelope of topic orders, partition 0, offsets 10 to 11. Make records of those in it: { ...record, value }.',
    ],
    [
      'throws',
      tap(() => {
        throw new Error('boom');
      }),
      'fails at the envelope of topic orders, partition 0, offsets 10 to 11: boom. It works on envelopes, so that no record can be set apart; liftRecords makes an operator of one on records, whose failures can be',
    ],
    ['is none', () => 5, 'returns no Observable. It has to be an RxJS operator.'],
  ])('that %s is an error', (_, operator, fault) => {
    const partition = new Partition(envelopes(operator));
    partition.offer([1, 2], 10);
    expect(partition.message).toBe(`The operator ./own.js ${fault}`);
  });

  it('that drops what was set apart before it is an error', () => {
    const forgetful = map(({ failed: _, ...batch }: RecordBatch) => batch);
    const partition = new Partition(envelopes(forgetful));
    partition.offerTolerant([1], 10);
    expect(partition.message).toContain('differs from the one of topic orders, partition 0, offsets 10 to 10');
  });

  it('cannot swallow what failed before it', () => {
    const partition = new Partition(
      records(
        map(() => {
          throw new Error('bad');
        }),
      ),
      envelopes(retry()),
    );
    partition.offer([1], 10);
    expect(partition.failure).toBeInstanceOf(RecordError);
  });
});

it.each(['record', 'envelope'] as const)(
  'an operator whose factory fails is an error before the first record: %s',
  (level) => {
    const failing = own(level, () => {
      throw new Error('no key');
    });
    expect(new Partition(failing).message).toBe('The operator ./own.js cannot be made: no key');
    expect(new Partition(own(level, () => 5)).message).toBe(
      'The operator ./own.js cannot be made: its factory has to return an RxJS operator, which is a function.',
    );
  },
);

it('operators run one after the other, of both levels', async () => {
  const add = (text: string): OwnOperator =>
    records(map((record: KafkaRecord) => ({ ...record, value: `${String(record.value)}${text}` })));
  const chain = ownOperators([add('a'), envelopes((source: unknown) => source), add('b')], place);
  const batch = await through(batchOf<unknown>(['x']), chain);
  expect(valuesOf(batch)).toEqual(['xab']);
});
