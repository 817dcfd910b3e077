import { type ConnectSchema, optionalSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { type Converter } from './converter.ts';

const SCHEMA: ConnectSchema = optionalSchema('bytes');

/** `org.apache.kafka.connect.converters.ByteArrayConverter`: the bytes themselves. */
export class ByteArrayConverter implements Converter {
  toConnect(bytes: RawValue): SchemaAndValue {
    return { schema: SCHEMA, value: bytes };
  }
}
