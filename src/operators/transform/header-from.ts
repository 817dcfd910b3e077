import { type ConnectSchema, type ConnectValue, type Struct, setField } from '../../core/connect-data.ts';
import { type ConnectHeader } from '../../core/connect-record.ts';
import { DataError } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { asStruct, fieldOf, fieldValue, member, requireMap, requireStruct, structWith } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';

/** `org.apache.kafka.connect.transforms.HeaderFrom`: fields as headers, moved or copied. */
export const createHeaderFrom: CreateTransform = (options, side, context) => {
  const fields = options.requiredList('fields');
  const names = options.requiredList('headers');
  const operation = options.oneOf('operation', ['move', 'copy']);
  const nullIsDefault = replacesNulls(options, context);
  if (names.length !== fields.length) {
    throw options.wrong("'fields' config must have the same number of elements as 'headers' config");
  }
  const purpose = `header ${operation}`;
  const pairs = fields.map((field, index) => ({ field, name: names[index] ?? field }));
  const moved = new Set(operation === 'move' ? fields : []);
  const keptOf = perSchema((schema: ConnectSchema) =>
    structWith(schema, schema.type === 'struct' ? schema.fields.filter(({ name }) => !moved.has(name)) : []),
  );
  const headerOf = (schema: ConnectSchema, struct: Struct, { field: name, name: header }: (typeof pairs)[number]) => {
    const field = fieldOf(schema, name);
    if (field === undefined) throw new DataError(`Field does not exist: ${name}`);
    return { name: header, schema: field.schema, value: fieldValue(struct, field, nullIsDefault) };
  };
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (schema === null) {
        const map = requireMap(value, purpose);
        const added = pairs.map(
          ({ field, name }): ConnectHeader => ({ name, schema: null, value: member(map, field) }),
        );
        return side.with(record, null, without(map, moved)).withHeaders([...record.headers, ...added]);
      }
      requireStruct(schema, value, purpose);
      const struct = asStruct(value);
      const added = pairs.map((pair) => headerOf(schema, struct, pair));
      const headers = [...record.headers, ...added];
      if (operation === 'copy') return record.withHeaders(headers);
      const kept = keptOf(schema);
      const result: Record<string, ConnectValue> = {};
      for (const field of kept.fields) setField(result, field.name, fieldValue(struct, field, nullIsDefault));
      return side.with(record, kept, result).withHeaders(headers);
    },
  };
};

function without(map: Struct, moved: ReadonlySet<string>): Struct {
  const result: Record<string, ConnectValue> = {};
  for (const key of Object.keys(map)) if (!moved.has(key)) setField(result, key, map[key] ?? null);
  return result;
}
