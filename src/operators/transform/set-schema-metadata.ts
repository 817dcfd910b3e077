import { type ConnectSchema, type ConnectValue, setField } from '../../core/connect-data.ts';
import { DataError } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { asStruct, fieldValue } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';

/** `org.apache.kafka.connect.transforms.SetSchemaMetadata`: another name or version of the schema. */
export const createSetSchemaMetadata: CreateTransform = (options, side, context) => {
  const name = options.text('schema.name');
  const version = options.integer('schema.version');
  const nullIsDefault = replacesNulls(options, context);
  if (name === undefined && version === undefined) {
    throw options.wrong('Neither schema name nor version configured. Set schema.name, schema.version or both');
  }
  const schemaOf = perSchema(
    (schema: ConnectSchema): ConnectSchema => ({
      ...schema,
      ...(name !== undefined && { name }),
      ...(version !== undefined && { version }),
    }),
  );
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema === null) {
        if (value === null) return record;
        throw new DataError('Schema required for [updating schema metadata]');
      }
      if (schema.type !== 'struct') throw new DataError('Cannot list fields on non-struct type');
      if (!nullIsDefault || value === null) {
        return side.with(record, schemaOf(schema), value);
      }
      const result: Record<string, ConnectValue> = {};
      for (const field of schema.fields) setField(result, field.name, fieldValue(asStruct(value), field, true));
      return side.with(record, schemaOf(schema), result);
    },
  };
};
