import { type ConnectSchema, type ConnectValue, type SchemaAndValue } from '../../src/core/connect-data.ts';
import { type ConnectHeader, ConnectRecord } from '../../src/core/connect-record.ts';
import { recordOf } from './records.ts';

/** What a made-up record has besides its value; everything has a default. */
export interface ConnectRecordOrigin {
  readonly topic?: string;
  readonly schema?: ConnectSchema | null;
  readonly key?: SchemaAndValue;
  readonly headers?: readonly ConnectHeader[];
}

/** A record as transforms see it. */
export function connectRecord(value: ConnectValue, given: ConnectRecordOrigin = {}): ConnectRecord {
  const { topic = 'orders', schema = null, key = { schema: null, value: null }, headers = [] } = given;
  return new ConnectRecord({ origin: recordOf(null, 7, { topic, partition: 3 }), topic, key, schema, value, headers });
}
