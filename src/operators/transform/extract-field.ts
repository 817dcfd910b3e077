import { type ConnectSchema } from '../../core/connect-data.ts';
import { DataError } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { FieldPath, type FieldReader } from './field-path.ts';
import { asStruct, requireMap, requireStruct } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';

const PURPOSE = 'field extraction';

/** `org.apache.kafka.connect.transforms.ExtractField`: one field in place of the whole. */
export const createExtractField: CreateTransform = (options, side, context) => {
  const path = FieldPath.read(options, 'field');
  const nullIsDefault = replacesNulls(options, context);
  const readerOf = perSchema((schema: ConnectSchema): FieldReader => {
    const reader = path.inSchema(schema, nullIsDefault);
    if (reader === undefined) throw new DataError(`Unknown field: ${path.text}`);
    return reader;
  });
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema === null) {
        return side.with(record, null, value === null ? null : path.inMap(requireMap(value, PURPOSE)));
      }
      if (value !== null) requireStruct(schema, value, PURPOSE);
      const reader = readerOf(schema);
      return side.with(record, reader.schema, value === null ? null : reader.read(asStruct(value)));
    },
  };
};
