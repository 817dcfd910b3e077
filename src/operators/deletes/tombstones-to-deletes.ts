import { map, type OperatorFunction } from 'rxjs';
import { type ConnectRecord } from '../../core/connect-record.ts';
import { putFailure } from '../../core/dead-letter.ts';
import { DELETE, OP_FIELD } from '../../core/delete-rows.ts';
import { RecordError } from '../../core/errors.ts';
import { type RecordBatch, type RecordList } from '../../core/record-batch.ts';
import { mapValues } from '../map-values.ts';
import { appendField } from '../transform/debezium/append-field.ts';

const OP = { name: OP_FIELD, schema: { type: 'int32', optional: false } } as const;

/**
 * Makes a row that deletes of each record without a value: the fields of its key are the columns of the primary key.
 *
 * A record whose key has no fields goes into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function tombstonesToDeletes(): OperatorFunction<RecordBatch<ConnectRecord>, RecordBatch<ConnectRecord>> {
  const mark = appendField(OP, false);
  const convert = (records: RecordList<ConnectRecord>, index: number): ConnectRecord => {
    const record = records.value(index);
    if (record.value !== null) return record;
    const fault = keyFault(record);
    if (fault !== undefined) {
      throw new RecordError(
        record.origin,
        `its value is null, so that its key should say which row is deleted, but ${fault}`,
      );
    }
    const { schema, value } = mark(record.key, DELETE);
    return record.withValue(schema, value);
  };
  return map((batch) => mapValues(batch, { convert, deadLetter: putFailure }));
}

function keyFault({ key: { schema, value } }: ConnectRecord): string | undefined {
  if (value === null) return 'it has none';
  const hasFields = schema === null ? isPlainObject(value) : schema.type === 'struct';
  if (hasFields) return undefined;
  return 'that has no fields. The transform HoistField$Key gives a key the name of a column';
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
