import { type ConnectSchema, type ConnectValue, type SchemaAndValue } from '../../core/connect-data.ts';
import { type ConnectRecord } from '../../core/connect-record.ts';
import { type Compatibility } from '../decode/converter.ts';
import { type TransformOptions } from './transform-options.ts';

/** A single message transform, made of its options. */
export interface Transform {
  /**
   * @returns the record that goes on, or null when the record is filtered out.
   * @throws DataError for a record that the transform cannot do anything with.
   */
  apply(record: ConnectRecord): ConnectRecord | null;

  /**
   * Where the records of a topic are sent, for transforms that send them elsewhere by the topic's name alone.
   *
   * @returns undefined for a topic whose records stay.
   */
  topicOf?(topic: string): string | undefined;

  /** Sends every record to a topic that only the record tells. */
  readonly routesByRecord?: boolean;
}

/** What the options of transforms and predicates don't say. */
export interface TransformContext {
  /**
   * `exact` keeps what Kafka Connect would lose: nulls of fields that have a default, deletes without the row as it was,
   * Debezium's events without schema. `java` is Kafka Connect to the letter.
   *
   * @default 'exact'
   */
  readonly compatibility?: Compatibility;
}

/** What a chain has to know of what comes after it. */
export interface ChainContext extends TransformContext {
  /**
   * Whether a record without a value deletes a row.
   *
   * @default false
   */
  readonly tombstonesDelete?: boolean;
}

/** Makes a transform; `side` is what its class works on, the key or the value. */
export type CreateTransform = (options: TransformOptions, side: Side, context: TransformContext) => Transform;

/** What a transform's `$Key` and `$Value` class work on. */
export interface Side {
  of(record: ConnectRecord): SchemaAndValue;
  with(record: ConnectRecord, schema: ConnectSchema | null, value: ConnectValue): ConnectRecord;
}

export const KEY: Side = {
  of: (record) => record.key,
  with: (record, schema, value) => record.withKey(schema, value),
};

export const VALUE: Side = {
  of: (record) => record,
  with: (record, schema, value) => record.withValue(schema, value),
};

/** The option of most transforms: whether a null is replaced by what its field has as a default. */
export function replacesNulls(options: TransformOptions, { compatibility }: TransformContext): boolean {
  return options.flag('replace.null.with.default', compatibility === 'java');
}
