import { identity, map, type Observable, type OperatorFunction, pipe } from 'rxjs';
import { type SchemaAndValue } from '../../core/connect-data.ts';
import { type ConnectHeader, ConnectRecord } from '../../core/connect-record.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import {
  type DeadLetter,
  type DeadLetterStage,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  type RecordList,
} from '../../core/record-batch.ts';
import { type Converter, DataError } from '../decode/converter.ts';
import { mapValues } from '../map-values.ts';
import { neededBy, waitFor } from '../wait-for.ts';

/** Turns the bytes of a header into Connect data. */
export interface HeaderConverter {
  /** @throws DataError when the bytes are not what the converter reads. */
  toConnectHeader(bytes: RawValue): SchemaAndValue;
}

/** How the rest of a record is read. Without a converter, a key is the bytes that it is, and headers are. */
export interface ConnectRecordOptions {
  /** The converter, and the Java class that it stands for, which dead letters name. */
  readonly key?: { readonly converter: Converter; readonly className: string };
  readonly headers?: { readonly converter: HeaderConverter; readonly className: string };
}

const BYTES = { type: 'bytes', optional: true } as const;

/**
 * Makes records with key and headers of those whose value is converted, for transforms to work on. What keys need from
 * elsewhere is fetched first, as convertValues does it.
 *
 * A record whose key or headers cannot be read goes into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function toConnectRecords(
  options: ConnectRecordOptions = {},
): OperatorFunction<RecordBatch<SchemaAndValue>, RecordBatch<ConnectRecord>> {
  const step = {
    convert: (records: RecordList<SchemaAndValue>, index: number) => read(records.record(index), options),
    deadLetter: (record: KafkaRecord<RawValue>, error: RecordError): DeadLetter => {
      if (!(error instanceof UnreadableError)) throw error;
      return { record, stage: error.stage, className: error.className, error };
    },
  };
  const converter = options.key?.converter;
  return pipe(
    converter?.prepareKey
      ? waitFor(({ records }) => neededBy(records.length, (index) => prepareKey(converter, records.record(index))))
      : identity<Observable<RecordBatch<SchemaAndValue>>>,
    map((batch) => mapValues(batch, step)),
  );
}

function prepareKey(converter: Converter, record: KafkaRecord): Promise<void> | undefined {
  return converter.prepareKey?.(record.key, record);
}

/** @throws UnreadableError when the key or a header cannot be read. */
function read(record: KafkaRecord<SchemaAndValue>, { key, headers }: ConnectRecordOptions): ConnectRecord {
  const { schema, value } = record.value;
  return new ConnectRecord({
    origin: record,
    topic: record.topic,
    key: key
      ? attempt(record, 'KEY_CONVERTER', key.className, () => key.converter.toConnect(record.key, record))
      : { schema: BYTES, value: record.key },
    schema,
    value,
    headers: headers
      ? attempt(record, 'HEADER_CONVERTER', headers.className, () => readHeaders(record, headers.converter))
      : readHeaders(record, AS_BYTES),
  });
}

/** A record whose key or headers a converter cannot read. */
class UnreadableError extends RecordError {
  readonly stage: DeadLetterStage;
  readonly className: string;

  constructor(record: KafkaRecord, stage: DeadLetterStage, className: string, cause: DataError) {
    const what = stage === 'KEY_CONVERTER' ? 'its key' : 'a header';
    super(record, `${what} cannot be read: ${describeError(cause)}`, { cause });
    this.stage = stage;
    this.className = className;
  }
}

function attempt<T>(record: KafkaRecord, stage: DeadLetterStage, className: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof DataError ? new UnreadableError(record, stage, className, error) : error;
  }
}

const AS_BYTES: HeaderConverter = { toConnectHeader: (bytes) => ({ schema: BYTES, value: bytes }) };

const NONE: readonly ConnectHeader[] = [];

/** A name that stands in a record more than once has a list of values. */
function readHeaders({ headers }: KafkaRecord, converter: HeaderConverter): readonly ConnectHeader[] {
  const found: ConnectHeader[] = [];
  for (const name in headers) {
    const given = headers[name];
    for (const value of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
      const { schema, value: data } = converter.toConnectHeader(bytesOf(value));
      found.push({ name, schema, value: data });
    }
  }
  return found.length === 0 ? NONE : found;
}

function bytesOf(value: unknown): RawValue {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : null;
}
