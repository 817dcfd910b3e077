import { RecordError } from '../core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  type RecordList,
  recordAt,
  withoutOffsets,
  withValues,
} from '../core/record-batch.ts';

/** How one step makes the values of an envelope. */
export interface ValueStep<A, B> {
  /** @throws RecordError when the record is bad. */
  readonly convert: (records: RecordList<A>, index: number) => B;
  /** What is set apart of a bad record, which is given as it was fetched. */
  readonly deadLetter: (record: KafkaRecord<RawValue>, error: RecordError) => DeadLetter;
}

/**
 * Puts another value in the place of each value of an envelope. A bad record goes into the `failed` of an envelope that
 * has one.
 *
 * @throws RecordError for the first bad record of an envelope that has none.
 */
export function mapValues<A, B>(batch: RecordBatch<A>, { convert, deadLetter }: ValueStep<A, B>): RecordBatch<B> {
  const { records, failed } = batch;
  const values: B[] = [];
  const letters = new Map<number, DeadLetter>();
  for (let index = 0; index < records.length; index++) {
    try {
      values.push(convert(records, index));
    } catch (error) {
      if (failed === undefined || !(error instanceof RecordError)) throw error;
      const record = recordAt(batch, error.offset);
      // An operator gave the record another offset: without the original, setting it apart would lose it.
      if (record === undefined) throw error;
      letters.set(error.offset, deadLetter(record, error));
    }
  }
  if (failed === undefined || letters.size === 0) return { ...batch, records: withValues(records, values) };
  return {
    ...batch,
    records: withValues(withoutOffsets(records, letters), values),
    failed: [...failed, ...letters.values()],
  };
}
