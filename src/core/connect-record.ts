import { type ConnectSchema, type ConnectValue, type SchemaAndValue } from './connect-data.ts';
import { type KafkaRecord, type RecordList } from './record-batch.ts';

/** A header with the type of its value. A record may have several of one name. */
export interface ConnectHeader extends SchemaAndValue {
  readonly name: string;
}

/** What a new record is made of. */
export interface ConnectRecordParts {
  readonly origin: KafkaRecord;
  readonly topic: string;
  readonly key: SchemaAndValue;
  readonly schema: ConnectSchema | null;
  readonly value: ConnectValue;
  readonly headers: readonly ConnectHeader[];
}

/**
 * What Kafka Connect's transforms see, its SinkRecord. It is itself the SchemaAndValue of its value, so that who wants no
 * more needn't know of it. Transforms make a new one of it and never change it.
 */
export class ConnectRecord implements SchemaAndValue {
  /** The record as it was fetched: its offset, partition and timestamp stay, whatever transforms make of the rest. */
  readonly origin: KafkaRecord;
  /** Where the record goes; transforms route by it. At first the topic that it comes from. */
  readonly topic: string;
  readonly key: SchemaAndValue;
  /** The value's. */
  readonly schema: ConnectSchema | null;
  readonly value: ConnectValue;
  readonly headers: readonly ConnectHeader[];

  constructor({ origin, topic, key, schema, value, headers }: ConnectRecordParts) {
    this.origin = origin;
    this.topic = topic;
    this.key = key;
    this.schema = schema;
    this.value = value;
    this.headers = headers;
  }

  /** Milliseconds since the epoch; null when the producer gave none. */
  get timestamp(): number | null {
    const { timestamp } = this.origin;
    return timestamp < 0 ? null : timestamp;
  }

  withTopic(topic: string): ConnectRecord {
    const { origin, key, schema, value, headers } = this;
    return new ConnectRecord({ origin, topic, key, schema, value, headers });
  }

  withKey(keySchema: ConnectSchema | null, keyValue: ConnectValue): ConnectRecord {
    const { origin, topic, schema, value, headers } = this;
    return new ConnectRecord({ origin, topic, key: { schema: keySchema, value: keyValue }, schema, value, headers });
  }

  withValue(schema: ConnectSchema | null, value: ConnectValue): ConnectRecord {
    const { origin, topic, key, headers } = this;
    return new ConnectRecord({ origin, topic, key, schema, value, headers });
  }

  withHeaders(headers: readonly ConnectHeader[]): ConnectRecord {
    const { origin, topic, key, schema, value } = this;
    return new ConnectRecord({ origin, topic, key, schema, value, headers });
  }
}

/** A record list whose values are these. */
export function connectRecordList(records: readonly ConnectRecord[]): RecordList<ConnectRecord> {
  const at = (index: number): ConnectRecord => {
    const record = records[index];
    if (record === undefined) throw new RangeError(`No record at index ${index} of ${records.length}`);
    return record;
  };
  return {
    length: records.length,
    offset: (index) => at(index).origin.offset,
    value: at,
    record: (index) => {
      const record = at(index);
      return { ...record.origin, value: record };
    },
  };
}
