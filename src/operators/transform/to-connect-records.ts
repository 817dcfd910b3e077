import { concatMap, from, map, type Observable, type OperatorFunction, of } from 'rxjs';
import { type SchemaAndValue } from '../../core/connect-data.ts';
import { type ConnectHeader, ConnectRecord, connectRecordList } from '../../core/connect-record.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import {
  type DeadLetter,
  type DeadLetterStage,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  recordAt,
} from '../../core/record-batch.ts';
import { type Converter, DataError } from '../decode/converter.ts';

/** A converter and the Java class that it stands for, which dead letters name. */
export interface KeyConverter {
  readonly converter: Converter;
  readonly className: string;
}

export interface HeaderConverter {
  toConnectHeader(bytes: RawValue): SchemaAndValue;
}

/** How the rest of a record is read. Without a converter, a key is the bytes that it is, and headers are. */
export interface ConnectRecordOptions {
  readonly key?: KeyConverter;
  readonly headers?: { readonly converter: HeaderConverter; readonly className: string };
}

const BYTES = { type: 'bytes', optional: true } as const;

/**
 * Makes records with key and headers of those whose value is converted, for transforms to work on.
 *
 * A record whose key or headers cannot be read goes into `failed`, where the envelope has it.
 *
 * @throws RecordError in the stream, with the first such record, where it hasn't.
 */
export function toConnectRecords(
  options: ConnectRecordOptions = {},
): OperatorFunction<RecordBatch<SchemaAndValue>, RecordBatch<ConnectRecord>> {
  const reader = new RecordReader(options);
  return (source) =>
    source.pipe(
      concatMap((batch): Observable<RecordBatch<ConnectRecord>> => {
        const records = Array.from({ length: batch.records.length }, (_, index) => batch.records.record(index));
        const preparing = reader.prepare(records);
        const make = (): RecordBatch<ConnectRecord> => reader.read(batch, records);
        return preparing.length === 0 ? of(make()) : from(Promise.all(preparing)).pipe(map(make));
      }),
    );
}

class RecordReader {
  readonly #options: ConnectRecordOptions;

  constructor(options: ConnectRecordOptions) {
    this.#options = options;
  }

  /** Records with keys of the same schema wait for the same promise. */
  prepare(records: readonly KafkaRecord[]): readonly Promise<void>[] {
    const converter = this.#options.key?.converter;
    if (!converter?.prepare) return [];
    const preparing = new Set<Promise<void>>();
    for (const record of records) {
      const promise = converter.prepare(record.key, record);
      if (promise) preparing.add(promise);
    }
    return [...preparing];
  }

  read(
    batch: RecordBatch<SchemaAndValue>,
    records: readonly KafkaRecord<SchemaAndValue>[],
  ): RecordBatch<ConnectRecord> {
    const read: ConnectRecord[] = [];
    const failed: DeadLetter[] = [];
    for (const record of records) {
      const found = this.#read(record);
      if (found instanceof ConnectRecord) read.push(found);
      else failed.push(deadLetter(batch, record, found));
    }
    return {
      ...batch,
      records: connectRecordList(read),
      ...(batch.failed && { failed: [...batch.failed, ...failed] }),
    };
  }

  #read(record: KafkaRecord<SchemaAndValue>): ConnectRecord | Failure {
    const { key: keys, headers } = this.#options;
    let key: SchemaAndValue;
    try {
      key = keys === undefined ? { schema: BYTES, value: record.key } : keys.converter.toConnect(record.key, record);
    } catch (error) {
      return failure(error, 'KEY_CONVERTER', keys?.className ?? '');
    }
    try {
      return new ConnectRecord({
        origin: record,
        topic: record.topic,
        key,
        schema: record.value.schema,
        value: record.value.value,
        headers: readHeaders(record, headers?.converter),
      });
    } catch (error) {
      return failure(error, 'HEADER_CONVERTER', headers?.className ?? '');
    }
  }
}

/** Why a record cannot be read. */
interface Failure {
  readonly stage: DeadLetterStage;
  readonly className: string;
  readonly error: DataError;
}

/** @throws what is not about the record. */
function failure(error: unknown, stage: DeadLetterStage, className: string): Failure {
  if (error instanceof DataError) return { stage, className, error };
  throw error;
}

/** @throws RecordError when the envelope does not set records apart. */
function deadLetter(batch: RecordBatch, record: KafkaRecord, { stage, className, error }: Failure): DeadLetter {
  const source = batch.failed && recordAt(batch, record.offset);
  if (source !== undefined) return { record: source, stage, className, error };
  const what = stage === 'KEY_CONVERTER' ? 'its key' : 'a header';
  throw new RecordError(record, `${what} cannot be read: ${describeError(error)}`, { cause: error });
}

const NONE: readonly ConnectHeader[] = [];

/** A name that stands in a record more than once has a list of values. */
function readHeaders({ headers }: KafkaRecord, converter: HeaderConverter | undefined): readonly ConnectHeader[] {
  const found: ConnectHeader[] = [];
  for (const name in headers) {
    const given = headers[name];
    for (const value of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
      const bytes = bytesOf(value);
      found.push({ name, ...(converter?.toConnectHeader(bytes) ?? { schema: BYTES, value: bytes }) });
    }
  }
  return found.length === 0 ? NONE : found;
}

function bytesOf(value: unknown): RawValue {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : null;
}
