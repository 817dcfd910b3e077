import { concatMap, from, map, type OperatorFunction, toArray } from 'rxjs';
import { type KafkaRecord, type RecordBatch, type RecordList, recordList } from '../core/record-batch.ts';

/**
 * Turns an operator on records into one on envelopes.
 *
 * The operator is subscribed to once for each envelope, so state that it keeps lasts for one envelope. It may filter,
 * emit several records for one, or work asynchronously; the envelope goes on when the operator has completed, with the
 * records that came out, and its offsets and credits untouched.
 */
export function liftRecords<A, B>(
  operator: OperatorFunction<KafkaRecord<A>, KafkaRecord<B>>,
): OperatorFunction<RecordBatch<A>, RecordBatch<B>> {
  return concatMap((batch) =>
    from(recordsOf(batch.records)).pipe(
      operator,
      toArray(),
      map((records) => ({ ...batch, records: recordList(records) })),
    ),
  );
}

function* recordsOf<V>(list: RecordList<V>): Generator<KafkaRecord<V>> {
  for (let index = 0; index < list.length; index++) yield list.record(index);
}
