import {
  catchError,
  concatMap,
  from,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  type OperatorFunction,
  of,
  toArray,
} from 'rxjs';
import { toError } from '../core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  type RecordBatch,
  type RecordList,
  recordAt,
  recordList,
  withoutOffsets,
} from '../core/record-batch.ts';

/** Records that are tried alone at once, so that a look-up service isn't asked for a whole envelope record by record. */
const ALONE_AT_ONCE = 16;

/**
 * Turns an operator on records into one on envelopes.
 *
 * The operator is subscribed to once for each envelope, so state that it keeps lasts for one envelope. It may filter,
 * emit several records for one, or work asynchronously; the envelope goes on when the operator has completed, with the
 * records that came out, and its offsets and credits untouched.
 *
 * An error of the operator does not say which record it is about. In an envelope that sets bad records apart, each
 * record is then given to the operator alone; those for which it fails go into `failed`, and the envelope goes through
 * the operator again without them. What comes out is so always what the operator makes of the records that stay, also
 * when it keeps state; but it sees the records of such an envelope up to three times. What fails even then, because no
 * record alone is at fault, is an error of the stream, as any is in an envelope that sets nothing apart.
 */
export function liftRecords<A, B>(
  operator: OperatorFunction<KafkaRecord<A>, KafkaRecord<B>>,
): OperatorFunction<RecordBatch<A>, RecordBatch<B>> {
  return concatMap((batch) => {
    const lifted = lift(batch, operator);
    return batch.failed === undefined
      ? lifted
      : lifted.pipe(
          catchError(() =>
            deadLetters(batch, operator).pipe(concatMap((letters) => lift(setApart(batch, letters), operator))),
          ),
        );
  });
}

function lift<A, B>(
  batch: RecordBatch<A>,
  operator: OperatorFunction<KafkaRecord<A>, KafkaRecord<B>>,
): Observable<RecordBatch<B>> {
  return from(recordsOf(batch.records)).pipe(
    operator,
    toArray(),
    map((records) => ({ ...batch, records: recordList(records) })),
  );
}

/** The records for which the operator fails when it is given them alone, by their offsets. */
function deadLetters<A, B>(
  batch: RecordBatch<A>,
  operator: OperatorFunction<KafkaRecord<A>, KafkaRecord<B>>,
): Observable<ReadonlyMap<number, DeadLetter>> {
  return from(recordsOf(batch.records)).pipe(
    mergeMap(
      (record) =>
        of(record).pipe(
          operator,
          ignoreElements(),
          catchError((error: unknown) => of(deadLetter(batch, record, operator.name, error))),
        ),
      ALONE_AT_ONCE,
    ),
    toArray(),
    map((letters) => new Map(letters.map((letter) => [letter.record.offset, letter]))),
  );
}

function deadLetter(batch: RecordBatch, { offset }: KafkaRecord, operator: string, error: unknown): DeadLetter {
  const record = recordAt(batch, offset);
  // An earlier operator gave the record another offset: without the original, setting it apart would lose it.
  if (record === undefined) throw error;
  return {
    record,
    stage: 'TRANSFORMATION',
    className: operator === '' ? 'liftRecords' : operator,
    error: toError(error),
  };
}

function setApart<A>(batch: RecordBatch<A>, letters: ReadonlyMap<number, DeadLetter>): RecordBatch<A> {
  const inOrder = [...letters.values()].sort((one, other) => one.record.offset - other.record.offset);
  return {
    ...batch,
    records: withoutOffsets(batch.records, letters),
    failed: [...(batch.failed ?? []), ...inOrder],
  };
}

function* recordsOf<V>(list: RecordList<V>): Generator<KafkaRecord<V>> {
  for (let index = 0; index < list.length; index++) yield list.record(index);
}
