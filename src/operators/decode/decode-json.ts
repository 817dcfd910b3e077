import { isUtf8 } from 'node:buffer';
import { map, type OperatorFunction } from 'rxjs';
import { describeError, RecordError } from '../../core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  recordList,
} from '../../core/record-batch.ts';

/**
 * Parses each value as JSON. Null values (tombstones) stay null.
 *
 * A record that is not JSON in UTF-8 goes into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function decodeJson(): OperatorFunction<RecordBatch<RawValue>, RecordBatch> {
  return map((batch) => {
    const { records, failed } = batch;
    const decoded: KafkaRecord[] = [];
    const letters: DeadLetter[] = [];
    for (let index = 0; index < records.length; index++) {
      const record = records.record(index);
      try {
        decoded.push({ ...record, value: parseJson(record) });
      } catch (error) {
        if (failed === undefined || !(error instanceof RecordError)) throw error;
        letters.push(jsonFailure(record, error));
      }
    }
    return { ...batch, records: recordList(decoded), ...(failed && { failed: [...failed, ...letters] }) };
  });
}

/** A record that Kafka Connect's JSON converter would not take either. */
export function jsonFailure(record: KafkaRecord<RawValue>, error: RecordError): DeadLetter {
  return { record, stage: 'VALUE_CONVERTER', className: 'org.apache.kafka.connect.json.JsonConverter', error };
}

/** The parsed value of one record; throws a RecordError that names it. */
export function parseJson(record: { topic: string; partition: number; offset: number; value: RawValue }): unknown {
  const { value } = record;
  if (value === null) return null;
  if (!isUtf8(value)) throw new RecordError(record, 'its value is not valid UTF-8');
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RecordError(record, `its value is not JSON (${describeError(error)}): ${excerpt(text)}`);
  }
}

function excerpt(text: string): string {
  return text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text.slice(0, 60))}`;
}
