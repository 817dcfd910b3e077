import { identity, type MonoTypeOperatorFunction, map, type OperatorFunction, pipe } from 'rxjs';
import { type SchemaAndValue } from '../../core/connect-data.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  NO_HEADERS,
  type RawValue,
  type RecordBatch,
  type RecordList,
} from '../../core/record-batch.ts';
import { mapValues } from '../map-values.ts';
import { neededBy, waitFor } from '../wait-for.ts';
import { type Converter, type ConverterRecord, DataError } from './converter.ts';

/**
 * Converts the value of each record of an envelope. What the records need from elsewhere is fetched first.
 *
 * A record that the converter cannot read goes into the `failed` of an envelope that has one.
 *
 * @param className - of the converter, as dead letters name it.
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function convertValues(
  converter: Converter,
  className: string,
): OperatorFunction<RecordBatch<RawValue>, RecordBatch<SchemaAndValue>> {
  const step = {
    convert: (records: RecordList<RawValue>, index: number) => convertRecord(converter, records, index),
    deadLetter: (record: KafkaRecord<RawValue>, error: RecordError): DeadLetter => ({
      record,
      stage: 'VALUE_CONVERTER',
      className,
      error,
    }),
  };
  return pipe(
    prepared(converter),
    map((batch) => mapValues(batch, step)),
  );
}

/** Fetches what the converter needs for the records of an envelope, all at once; nearly always nothing is to be fetched. */
export function prepared(converter: Converter): MonoTypeOperatorFunction<RecordBatch<RawValue>> {
  // Most converters need nothing, and then no envelope is looked at.
  if (!converter.prepareValue) return identity;
  return waitFor(({ records }) => neededBy(records.length, (index) => converter.prepareValue?.(records, index)));
}

/** What the converter says of one record that was passed by it: undefined when it can read it. */
export function conversionFailure(
  converter: Converter,
  className: string,
  record: KafkaRecord<RawValue>,
): DeadLetter | undefined {
  try {
    converter.toConnect(record.value, record);
    return undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { record, stage: 'VALUE_CONVERTER', className, error: recordError(record, error) };
  }
}

/** @throws DataError when the converter cannot read the value. */
export function convertValue(converter: Converter, records: RecordList<RawValue>, index: number): SchemaAndValue {
  return converter.toConnect(records.value(index), new RecordAt(records, index));
}

/** @throws RecordError when the converter cannot read the value. */
function convertRecord(converter: Converter, records: RecordList<RawValue>, index: number): SchemaAndValue {
  try {
    return convertValue(converter, records, index);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw recordError(records.record(index), error);
  }
}

function recordError(record: KafkaRecord<RawValue>, error: DataError): RecordError {
  return new RecordError(record, describeError(error), { cause: error });
}

/** What a converter may need of a record; most need nothing, and then nothing is made. */
class RecordAt implements ConverterRecord {
  readonly #records: RecordList<RawValue>;
  readonly #index: number;

  constructor(records: RecordList<RawValue>, index: number) {
    this.#records = records;
    this.#index = index;
  }

  get topic(): string {
    return this.#records.record(this.#index).topic;
  }

  get headers(): ConverterRecord['headers'] {
    return this.#records.headerless ? NO_HEADERS : this.#records.record(this.#index).headers;
  }
}
