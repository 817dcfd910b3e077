import { type ConnectSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue, type RecordList } from '../../core/record-batch.ts';
import { type Transcoder } from './transcoder.ts';

/** What a converter may need of the record besides the bytes. */
export interface ConverterRecord {
  readonly topic: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * Turns the bytes of a record's key or value into Connect data, as a class of Kafka Connect's with the same name does.
 * Decoding never waits: what a record needs from elsewhere, such as its schema, is fetched before.
 */
export interface Converter {
  /**
   * Fetches what `toConnect` will need for a record's value. Makes nothing of the record where it lies in fetched memory.
   *
   * @returns undefined when everything is at hand, which is the usual case.
   */
  prepareValue?(records: RecordList<RawValue>, index: number): Promise<void> | undefined;

  /** The same for its key. */
  prepareKey?(key: RawValue, record: ConverterRecord): Promise<void> | undefined;

  /** @throws DataError when the bytes are not what the converter reads. */
  toConnect(bytes: RawValue, record: ConverterRecord): SchemaAndValue;

  /**
   * The reader of a record's value, for values that lie in fetched memory and have the id of their schema in front, which
   * their data follow. Missing where no converter of its kind writes rows of such data; undefined for a value that has to
   * be converted, or whose schema is not at hand.
   */
  readerOf?(records: RecordList<RawValue>, index: number): SchemaReader | undefined;

  /**
   * Sees whether what it needs from elsewhere can be had.
   *
   * @throws ConfigError when a person must mend something; UnavailableError when it may be there later.
   */
  check?(): Promise<void>;

  /** Lets go of connections. */
  close?(): void;
}

/** Reads the data of one schema. */
export interface SchemaReader {
  /** @throws when the data are not of the schema. */
  readonly read: (payload: Uint8Array, prefix: Uint8Array | undefined) => SchemaAndValue;
  /** What writes the rows of data that begin there. Missing or undefined where values have to be made of them. */
  readonly transcoder?: (memory: Buffer, start: number, end: number) => Transcoder | undefined;
}

/**
 * `exact` keeps every digit and refuses what cannot be kept. `java` gives what Kafka Connect 4.1 gives, to the letter:
 * 64-bit integers wrap, other numbers round to doubles, values that don't fit their schema are bent, and what follows the
 * first JSON value is dropped.
 */
export type Compatibility = 'exact' | 'java';

/** Bytes that a converter cannot read, or a value that its schema does not allow. The record is bad, not the world. */
export class DataError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataError';
  }
}

/** What a null value is without a schema: a tombstone. */
export const NOTHING: SchemaAndValue = { schema: null, value: null };

/** As Kafka Connect names a type in its messages: `INT32`. */
export function typeName(schema: ConnectSchema): string {
  return schema.type.toUpperCase();
}
