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
      concatMap((batch): Observable<RecordBatch<RawValue>> => {
        const preparing = prepare(converter, batch);
        return preparing.length === 0 ? of(batch) : from(Promise.all(preparing)).pipe(map(() => batch));
      }),
      map((batch) => convert(converter, batch)),
    );
}

function prepare(converter: Converter, { records }: RecordBatch<RawValue>): Promise<void>[] {
  if (!converter.prepare) return [];
  const preparing = new Set<Promise<void>>();
  for (let index = 0; index < records.length; index++) {
    const promise = converter.prepare(records.value(index), records.record(index));
    if (promise) preparing.add(promise);
  }
  return [...preparing];
}

function convert(converter: Converter, batch: RecordBatch<RawValue>): RecordBatch<SchemaAndValue> {
  const { records } = batch;
  const converted: KafkaRecord<SchemaAndValue>[] = [];
  for (let index = 0; index < records.length; index++) {
    const record = records.record(index);
    try {
      converted.push({ ...record, value: converter.toConnect(record.value, record) });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new RecordError(record, describeError(error), { cause: error });
    }
  }
  return { ...batch, records: recordList(converted) };
}
