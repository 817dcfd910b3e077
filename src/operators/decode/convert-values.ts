import { concatMap, from, map, type Observable, type OperatorFunction, of } from 'rxjs';
import { type SchemaAndValue } from '../../core/connect-data.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import { type KafkaRecord, type RawValue, type RecordBatch, recordList } from '../../core/record-batch.ts';
import { type Converter, DataError } from './converter.ts';

/**
 * Converts the value of each record of an envelope. What the records need from elsewhere is fetched first, all at once;
 * nearly always nothing is, and then the envelope goes on at once.
 *
 * @throws RecordError in the stream, with the first record that the converter cannot read.
 */
export function convertValues(
  converter: Converter,
): OperatorFunction<RecordBatch<RawValue>, RecordBatch<SchemaAndValue>> {
  return (source) =>
    source.pipe(
      concatMap((batch): Observable<RecordBatch<SchemaAndValue>> => {
        const records = Array.from({ length: batch.records.length }, (_, index) => batch.records.record(index));
        const convert = (): RecordBatch<SchemaAndValue> => ({
          ...batch,
          records: recordList(records.map((record) => convertRecord(converter, record))),
        });
        const preparing = prepare(converter, records);
        return preparing.length === 0 ? of(convert()) : from(Promise.all(preparing)).pipe(map(convert));
      }),
    );
}

function prepare(converter: Converter, records: readonly KafkaRecord<RawValue>[]): readonly Promise<void>[] {
  if (!converter.prepare) return [];
  // Records of the same schema wait for the same promise.
  const preparing = new Set<Promise<void>>();
  for (const record of records) {
    const promise = converter.prepare(record.value, record);
    if (promise) preparing.add(promise);
  }
  return [...preparing];
}

/** @throws RecordError when the converter cannot read the value. */
function convertRecord(converter: Converter, record: KafkaRecord<RawValue>): KafkaRecord<SchemaAndValue> {
  try {
    return { ...record, value: converter.toConnect(record.value, record) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new RecordError(record, describeError(error), { cause: error });
  }
}
