import { type ConnectValue, type SchemaAndValue, type Struct } from '../../../core/connect-data.ts';
import { type ConnectRecord } from '../../../core/connect-record.ts';
import { DataError } from '../../decode/converter.ts';
import { asStruct, defaultOf, fieldOf, member } from '../struct.ts';
import { type TransformContext } from '../transform.ts';

const OPERATIONS: readonly ConnectValue[] = ['c', 'r', 'u', 'd', 't', 'm'];

/** A change event of Debezium's: a row as it was and as it is. */
export interface Envelope {
  /** c, r (read by a snapshot), u, d, t (truncate) or m (message). */
  readonly operation: ConnectValue;
  readonly before: SchemaAndValue;
  readonly after: SchemaAndValue;
}

/**
 * Reads a change event.
 *
 * Debezium's own transforms know one by its schema's name, so that an event without schema goes through them as it is and
 * is loaded as a row of nulls. Unless that is asked for, its fields tell it.
 *
 * @returns undefined for any other record, such as a heartbeat.
 */
export function readEnvelope(record: ConnectRecord, { compatibility }: TransformContext): Envelope | undefined {
  const { schema, value } = record;
  if (value === null) return undefined;
  if (schema !== null) {
    if (schema.type !== 'struct' || schema.name?.endsWith('.Envelope') !== true) return undefined;
    const struct = asStruct(value);
    const side = (name: string): SchemaAndValue => {
      const field = fieldOf(schema, name);
      if (field === undefined) return NOTHING;
      return { schema: field.schema, value: member(struct, name) ?? defaultOf(field.schema) };
    };
    return { operation: member(struct, 'op'), before: side('before'), after: side('after') };
  }
  if (compatibility === 'java' || !isSchemalessEnvelope(value)) return undefined;
  return {
    operation: member(value, 'op'),
    before: { schema: null, value: member(value, 'before') },
    after: { schema: null, value: member(value, 'after') },
  };
}

const NOTHING: SchemaAndValue = { schema: null, value: null };

function isSchemalessEnvelope(value: ConnectValue): value is Struct {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const map = asStruct(value);
  const source = member(map, 'source');
  return (
    OPERATIONS.includes(member(map, 'op')) &&
    source !== null &&
    typeof source === 'object' &&
    (Object.hasOwn(map, 'before') || Object.hasOwn(map, 'after'))
  );
}

/** What is said of a delete that cannot be made: Kafka Connect's transforms let it go by without a word. */
export function deleteWithoutRow(): DataError {
  return new DataError(
    'The delete event has no `before`, so that the row to delete is not known. Let the source write it (in PostgreSQL: ALTER TABLE … REPLICA IDENTITY FULL)',
  );
}
