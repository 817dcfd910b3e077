import { type ConnectSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';

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
   * Fetches what `toConnect` will need for these bytes.
   *
   * @returns undefined when everything is at hand, which is the usual case.
   */
  prepare?(bytes: RawValue, record: ConverterRecord): Promise<void> | undefined;

  /** @throws DataError when the bytes are not what the converter reads. */
  toConnect(bytes: RawValue, record: ConverterRecord): SchemaAndValue;

  /**
   * Sees whether what it needs from elsewhere can be had.
   *
   * @throws ConfigError when a person must mend something; UnavailableError when it may be there later.
   */
  check?(): Promise<void>;

  /** Lets go of connections. */
  close?(): void;
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
