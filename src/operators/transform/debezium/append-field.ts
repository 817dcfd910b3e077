import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  type SchemaAndValue,
  type StructSchema,
  setField,
} from '../../../core/connect-data.ts';
import { perSchema } from '../../per-schema.ts';
import { asStruct, copyOf, fieldValue, structWith } from '../struct.ts';

/** Adds one field to rows. */
export type AppendField = (row: SchemaAndValue, value: ConnectValue) => SchemaAndValue;

/** @param nullIsDefault - whether a null of the row is replaced by what its field has as a default. */
export function appendField(added: Field, nullIsDefault: boolean): AppendField {
  const schemaOf = perSchema((schema: ConnectSchema): StructSchema => {
    const fields = schema.type === 'struct' ? schema.fields : [];
    return structWith(schema, [...fields, added]);
  });
  return ({ schema, value: row }, value) => {
    if (schema === null) {
      const result = copyOf(asStruct(row));
      setField(result, added.name, value);
      return { schema: null, value: result };
    }
    const updated = schemaOf(schema);
    const result: Record<string, ConnectValue> = {};
    for (const field of updated.fields) setField(result, field.name, fieldValue(asStruct(row), field, nullIsDefault));
    setField(result, added.name, value);
    return { schema: updated, value: result };
  };
}
