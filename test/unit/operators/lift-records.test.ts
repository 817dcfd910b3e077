import { concatMap, delay, filter, map, mergeMap, of, scan } from 'rxjs';
import { describe, it } from 'vitest';
import { type KafkaRecord, type RecordBatch } from '../../../src/core/record-batch.ts';
import { liftRecords } from '../../../src/operators/lift-records.ts';
import { marbles } from '../../support/marbles.ts';
import { batchOf, valuesOf } from '../../support/records.ts';

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
    'passes on an error of the operator and lets go of the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('xy|', envelopes);
      const failure = new Error('not this one');
      const failing = map((record: Numbered) => {
        if (record.value === 4) throw failure;
        return record;
      });
      expectObservable(source.pipe(liftRecords(failing), map(shape))).toBe('x#', { x: shape(first) }, failure);
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
