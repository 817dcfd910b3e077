import { bufferCount, concatMap, delay, filter, map, mergeMap, type Observable, of, pipe, scan, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { describeError, RecordError } from '../../../src/core/errors.ts';
import { OperatorError } from '../../../src/core/own-operator.ts';
import { type KafkaRecord, type RawValue, type RecordBatch, recordList } from '../../../src/core/record-batch.ts';
import { liftRecords } from '../../../src/operators/lift-records.ts';
import { marbles } from '../../support/marbles.ts';
import { batchOf, recordOf, utf8, valuesOf } from '../../support/records.ts';
import { through } from '../../support/through.ts';

type Numbered = KafkaRecord<number>;

/** An envelope without the list that backs it: what must stay as it is, and the values. */
function shape(batch: RecordBatch<number>): object {
  const { records: _records, ...envelope } = batch;
  return { ...envelope, values: valuesOf(batch) };
}

const first = batchOf([1, 2, 3], { firstOffset: 10 });
const second = batchOf([4, 5], { firstOffset: 13, nextOffset: 20 });
const envelopes = { x: first, y: second };

describe('liftRecords', () => {
  it(
    'applies the operator to each record and leaves the envelope as it is',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-x-y|', envelopes);
      const lifted = liftRecords<number, number>(map((record) => ({ ...record, value: record.value * 10 })));
      expectObservable(source.pipe(lifted, map(shape))).toBe('-x-y|', {
        x: { ...shape(first), values: [10, 20, 30] },
        y: { ...shape(second), values: [40, 50] },
      });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'passes on an envelope that a filter emptied, with its offsets and credits',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-x-y|', envelopes);
      expectObservable(source.pipe(liftRecords<number, number>(filter(() => false)), map(shape))).toBe('-x-y|', {
        x: { ...shape(first), values: [] },
        y: { ...shape(second), values: [] },
      });
    }),
  );

  it(
    'lets one record become several',
    marbles(({ cold, expectObservable }) => {
      const source = cold('x|', envelopes);
      const twice = mergeMap((record: Numbered) => of(record, { ...record, value: -record.value }));
      expectObservable(source.pipe(liftRecords(twice), map(shape))).toBe('x|', {
        x: { ...shape(first), values: [1, -1, 2, -2, 3, -3] },
      });
    }),
  );

  it(
    'waits for an operator that takes its time, and keeps the envelopes in order',
    marbles(({ cold, expectObservable }) => {
      const source = cold('xy|', envelopes);
      // The first envelope takes 3 x 2 ms, the second 2 x 1 ms.
      const slow = concatMap((record: Numbered) => of(record).pipe(delay(record.value <= 3 ? 2 : 1)));
      expectObservable(source.pipe(liftRecords(slow), map(shape))).toBe('------x-(y|)', {
        x: shape(first),
        y: shape(second),
      });
    }),
  );

  it(
    'gives the operator a new start with each envelope',
    marbles(({ cold, expectObservable }) => {
      const source = cold('xy|', envelopes);
      const sums = scan((sum: Numbered, record: Numbered) => ({ ...record, value: sum.value + record.value }));
      expectObservable(source.pipe(liftRecords<number, number>(sums), map(shape))).toBe('xy|', {
        x: { ...shape(first), values: [1, 3, 6] },
        y: { ...shape(second), values: [4, 9] },
      });
    }),
  );

  it(
    'ends with the record for which the operator fails, and lets go of the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('xy|', envelopes);
      const failure = new Error('not this one');
      const failing = map((record: Numbered) => {
        if (record.value >= 4) throw failure;
        return record;
      });
      expectObservable(source.pipe(liftRecords(failing), map(shape))).toBe(
        'x#',
        { x: shape(first) },
        new RecordError(second.records.record(0), 'the operator liftRecords fails: not this one', { cause: failure }),
      );
      expectSubscriptions(source.subscriptions).toBe('^!');
    }),
  );

  it(
    'emits nothing for a source that is empty or silent, and passes on its error',
    marbles(({ cold, expectObservable }) => {
      const lifted = liftRecords<number, number>(map((record) => record));
      expectObservable(cold<RecordBatch<number>>('|').pipe(lifted)).toBe('|');
      expectObservable(cold<RecordBatch<number>>('-').pipe(lifted)).toBe('-');
      expectObservable(cold<RecordBatch<number>>('#').pipe(lifted)).toBe('#');
    }),
  );

  it(
    'lets go of the source and of the record under way when it is unsubscribed from',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('x----|', envelopes);
      const lookup = cold(' ----v|', { v: 1 });
      const asking = concatMap((record: Numbered) => lookup.pipe(map((value) => ({ ...record, value }))));
      expectObservable(source.pipe(liftRecords(asking)), '^-!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(lookup.subscriptions).toBe('^-!');
    }),
  );
});

describe('liftRecords in an envelope that sets bad records apart', () => {
  const failure = new Error('not this one');
  const source = recordList<RawValue>([1, 2, 3, 4].map((id, index) => recordOf(utf8(`${id}`), 10 + index)));
  const tolerant = { x: { ...batchOf([1, 2, 3, 4], { firstOffset: 10 }), failed: [], source } };
  const outcome = ({ records, failed = [], firstOffset, nextOffset, bytes }: RecordBatch<number>): object => ({
    values: Array.from({ length: records.length }, (_, index) => records.value(index)),
    failed: failed.map(({ record, error }) => `${record.offset} ${describeError(error.cause)}`),
    covers: [firstOffset, nextOffset, bytes],
  });
  const covers = [10, 14, 4];

  it(
    'leaves out the records for which the operator fails, and goes on with the next envelope',
    marbles(({ cold, expectObservable }) => {
      const picky = map((record: Numbered) => {
        if (record.value % 2 === 0) throw failure;
        return record;
      });
      expectObservable(cold('x-x|', tolerant).pipe(liftRecords(picky), map(outcome))).toBe('y-y|', {
        y: { values: [1, 3], failed: ['11 not this one', '13 not this one'], covers },
      });
    }),
  );

  it(
    'finds the record when the operator takes its time, and keeps the letters in order',
    marbles(({ cold, expectObservable }) => {
      const lookup = mergeMap((record: Numbered) =>
        of(record).pipe(
          // The later the record, the sooner its answer.
          delay(5 - record.value),
          map((found) => {
            if (found.value >= 3) throw failure;
            return found;
          }),
        ),
      );
      // 1 ms until the first fails, 4 ms for each alone at once, 4 ms for the two that stay.
      expectObservable(cold('x|', tolerant).pipe(liftRecords(lookup), map(outcome))).toBe('---------(y|)', {
        y: { values: [2, 1], failed: ['12 not this one', '13 not this one'], covers },
      });
    }),
  );

  it(
    'makes of the records that stay what the operator makes of them together',
    marbles(({ cold, expectObservable }) => {
      const sums = scan((sum: Numbered, record: Numbered) => {
        if (record.value === 2) throw failure;
        return { ...record, value: sum.value + record.value };
      }, recordOf(0));
      expectObservable(cold('x|', tolerant).pipe(liftRecords<number, number>(sums), map(outcome))).toBe('y|', {
        y: { values: [1, 4, 8], failed: ['11 not this one'], covers },
      });
    }),
  );

  it(
    'takes an error that does not come again for a passing one',
    marbles(({ cold, expectObservable }) => {
      let calls = 0;
      const shaky = map((record: Numbered) => {
        if (++calls === 3) throw failure;
        return record;
      });
      expectObservable(cold('x|', tolerant).pipe(liftRecords(shaky), map(outcome))).toBe('y|', {
        y: { values: [1, 2, 3, 4], failed: [], covers },
      });
    }),
  );

  it(
    'passes on an error for which no record alone is to blame',
    marbles(({ cold, expectObservable }) => {
      const together = (records: Observable<Numbered>) =>
        records.pipe(
          bufferCount(4),
          concatMap((all) => {
            if (all.length === 4) throw failure;
            return all;
          }),
        );
      expectObservable(cold('x|', tolerant).pipe(liftRecords(together), map(outcome))).toBe(
        '#',
        {},
        new OperatorError(
          'together',
          'fails with records of topic orders, partition 0, though with none of them alone: not this one',
          { cause: failure },
        ),
      );
    }),
  );

  it('leaves out a whole record that an earlier operator made several of', async () => {
    const twice = liftRecords<number, number>(concatMap((record) => [record, { ...record, value: -record.value }]));
    const picky = liftRecords<number, number>(
      tap((record) => {
        if (record.value === -2) throw failure;
      }),
    );
    const batch = await through(tolerant.x, pipe(twice, picky));
    expect(outcome(batch)).toEqual({ values: [1, -1, 3, -3, 4, -4], failed: ['11 not this one'], covers });
  });

  it('gives good records to the operator once', async () => {
    const seen: number[] = [];
    const watching = liftRecords<number, number>(tap(({ value }) => seen.push(value)));
    expect((await through(tolerant.x, watching)).failed).toEqual([]);
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});
