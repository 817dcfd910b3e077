import { type ConnectSchema, type ConnectValue, type StructSchema, setField } from '../../core/connect-data.ts';
import { DataError } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { asStruct, fieldOf, fieldValue, member, requireMap, requireStruct } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';

const PURPOSE = 'copying fields from value to key';

/** `org.apache.kafka.connect.transforms.ValueToKey`: a new key of fields of the value. */
export const createValueToKey: CreateTransform = (options, _side, context) => {
  const names = options.requiredList('fields');
  const nullIsDefault = replacesNulls(options, context);
  const schemaOf = perSchema((schema: ConnectSchema) => keySchema(schema, names));
  return {
    apply: (record) => {
      const { schema, value } = record;
      const key: Record<string, ConnectValue> = {};
      if (schema === null) {
        const map = requireMap(value, PURPOSE);
        for (const name of names) setField(key, name, member(map, name));
        return record.withKey(null, key);
      }
      requireStruct(schema, value, PURPOSE);
      const keyed = schemaOf(schema);
      for (const field of keyed.fields) setField(key, field.name, fieldValue(asStruct(value), field, nullIsDefault));
      return record.withKey(keyed, key);
    },
  };
};

function keySchema(schema: ConnectSchema, names: readonly string[]): StructSchema {
  const fields = names.map((name) => {
    const field = fieldOf(schema, name);
    if (field === undefined) throw new DataError(`Field does not exist: ${name}`);
    return field;
  });
  return { type: 'struct', optional: false, fields };
}
