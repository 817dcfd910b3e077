import { type ConnectSchema, type ConnectValue, type StructSchema, setField } from '../../core/connect-data.ts';
import { DataError, typeName } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { type CreateTransform } from './transform.ts';

/** `org.apache.kafka.connect.transforms.HoistField`: the whole as the one field of a new struct or map. */
export const createHoistField: CreateTransform = (options, side) => {
  const name = options.requiredText('field');
  const schemaOf = perSchema(
    (schema: ConnectSchema): StructSchema => ({ type: 'struct', optional: false, fields: [{ name, schema }] }),
  );
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema !== null && value === null && !schema.optional) {
        throw new DataError(`Invalid value: null used for required field: "${name}", schema type: ${typeName(schema)}`);
      }
      const result: Record<string, ConnectValue> = {};
      setField(result, name, value);
      return side.with(record, schema && schemaOf(schema), result);
    },
  };
};
