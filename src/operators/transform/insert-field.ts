import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  LOGICAL,
  type StructSchema,
  setField,
} from '../../core/connect-data.ts';
import { type ConnectRecord } from '../../core/connect-record.ts';
import { perSchema } from '../per-schema.ts';
import { asStruct, copyOf, fieldValue, requireMap, requireStruct, structWith } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';
import { type TransformOptions } from './transform-options.ts';

const PURPOSE = 'field insertion';

interface Insertion {
  readonly field: Field;
  /** Null where there is nothing to insert. */
  readonly read: (record: ConnectRecord) => ConnectValue;
}

/** `org.apache.kafka.connect.transforms.InsertField`: where the record comes from, when, or a constant, as fields. */
export const createInsertField: CreateTransform = (options, side, context) => {
  const insertions = readInsertions(options);
  const nullIsDefault = replacesNulls(options, context);
  const schemaOf = perSchema((schema: ConnectSchema) => withFields(schema, insertions));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (value === null) return record;
      if (schema === null) {
        const result = copyOf(requireMap(value, PURPOSE));
        for (const { field, read } of insertions) {
          const inserted = read(record);
          if (inserted !== null) setField(result, field.name, inserted);
        }
        return side.with(record, null, result);
      }
      requireStruct(schema, value, PURPOSE);
      const updated = schemaOf(schema);
      const struct = asStruct(value);
      const result: Record<string, ConnectValue> = {};
      for (const field of schema.fields) setField(result, field.name, fieldValue(struct, field, nullIsDefault));
      for (const { field, read } of insertions) setField(result, field.name, read(record));
      return side.with(record, updated, result);
    },
  };
};

function withFields(schema: ConnectSchema, insertions: readonly Insertion[]): StructSchema {
  const fields = schema.type === 'struct' ? schema.fields : [];
  return structWith(schema, [...fields, ...insertions.map(({ field }) => field)]);
}

function readInsertions(options: TransformOptions): readonly Insertion[] {
  const constant = options.text('static.value');
  const insertions = [
    insertion(options, 'topic.field', { type: 'string', optional: true }, ({ topic }) => topic),
    insertion(options, 'partition.field', { type: 'int32', optional: true }, ({ origin }) => origin.partition),
    insertion(options, 'offset.field', { type: 'int64', optional: true }, ({ origin }) => origin.offset),
    insertion(
      options,
      'timestamp.field',
      { type: 'int64', optional: true, name: LOGICAL.timestamp, version: 1 },
      ({ timestamp }) => timestamp,
    ),
    insertion(options, 'static.field', { type: 'string', optional: true }, () => constant ?? null),
  ].filter((found) => found !== undefined);
  if (insertions.length === 0) {
    throw options.wrong(
      'No field insertion configured. Set topic.field, partition.field, offset.field, timestamp.field, or static.field and static.value',
    );
  }
  if (options.text('static.field') !== undefined && constant === undefined) {
    throw options.invalid('static.value', 'No value specified for static field', 'Set it to what the field shall hold');
  }
  return insertions;
}

/** The field's name may end in `!`, which makes it required, or in `?`, which leaves it optional. */
function insertion(
  options: TransformOptions,
  key: string,
  schema: ConnectSchema,
  read: Insertion['read'],
): Insertion | undefined {
  const spec = options.text(key);
  if (spec === undefined) return undefined;
  const name = spec.replace(/[?!]$/, '');
  return { field: { name, schema: { ...schema, optional: !spec.endsWith('!') } }, read };
}
