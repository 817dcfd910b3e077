import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  type Struct,
  type StructSchema,
  setField,
} from '../../core/connect-data.ts';
import { DataError, typeName } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { typeWithoutSchema } from './java-class.ts';
import { asStruct, defaultOf, fieldValue, requireMap, requireStruct, structWith } from './struct.ts';
import { type CreateTransform } from './transform.ts';

const PURPOSE = 'flattening';

/** `org.apache.kafka.connect.transforms.Flatten`: the fields of structs and maps within the record as its own. */
export const createFlatten: CreateTransform = (options, side, { compatibility }) => {
  const delimiter = options.text('delimiter') ?? '.';
  const nullIsDefault = compatibility === 'java';
  const planOf = perSchema((schema: ConnectSchema) => plan(schema, delimiter));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (value === null) return record;
      const result: Record<string, ConnectValue> = {};
      if (schema === null) {
        flattenMap(requireMap(value, PURPOSE), '', delimiter, result);
        return side.with(record, null, result);
      }
      requireStruct(schema, value, PURPOSE);
      const { leaves, updated } = planOf(schema);
      for (const { name, path, field } of leaves) {
        const parent = structAt(asStruct(value), path, nullIsDefault);
        setField(result, name, parent === null ? null : fieldValue(parent, field, nullIsDefault));
      }
      return side.with(record, updated, result);
    },
  };
};

function flattenMap(map: Struct, prefix: string, delimiter: string, result: Record<string, ConnectValue>): void {
  for (const key of Object.keys(map)) {
    const value = map[key] ?? null;
    const name = prefix === '' ? key : prefix + delimiter + key;
    if (value !== null && typeWithoutSchema(value) === 'map') {
      flattenMap(requireMap(value, PURPOSE), name, delimiter, result);
    } else {
      setField(result, name, value);
    }
  }
}

/** A field of the flat struct, and where its value is. */
interface Leaf {
  readonly name: string;
  /** The structs that it is in, from the outside. */
  readonly path: readonly Field[];
  readonly field: Field;
  readonly schema: ConnectSchema;
}

interface Plan {
  readonly leaves: readonly Leaf[];
  readonly updated: StructSchema;
}

function plan(schema: ConnectSchema, delimiter: string): Plan {
  const fields = schema.type === 'struct' ? schema.fields : [];
  const leaves = leavesOf(
    fields,
    { prefix: '', path: [], optional: schema.optional, fallback: defaultOf(schema) },
    delimiter,
  );
  return { leaves, updated: structWith(schema, leaves) };
}

interface Parent {
  readonly prefix: string;
  readonly path: readonly Field[];
  readonly optional: boolean;
  /** The default of the struct itself. */
  readonly fallback: ConnectValue;
}

function leavesOf(fields: readonly Field[], parent: Parent, delimiter: string): readonly Leaf[] {
  return fields.flatMap((field): readonly Leaf[] => {
    const { schema } = field;
    const name = parent.prefix === '' ? field.name : parent.prefix + delimiter + field.name;
    const optional = parent.optional || schema.optional;
    const own = defaultOf(schema);
    const fallback =
      own === null && parent.fallback !== null ? fieldValue(asStruct(parent.fallback), field, true) : own;
    if (schema.type === 'struct') {
      return leavesOf(schema.fields, { prefix: name, path: [...parent.path, field], optional, fallback }, delimiter);
    }
    if (schema.type === 'map') {
      throw new DataError(
        `Flatten transformation does not support ${typeName(schema)} for record with schemas (for field ${name}).`,
      );
    }
    // Like Kafka's, the new schema is required unless said otherwise, and has no default but this.
    const { default: _, ...withoutDefault } = schema;
    const flat: ConnectSchema = { ...withoutDefault, optional, ...(fallback !== null && { default: fallback }) };
    return [{ name, path: parent.path, field, schema: flat }];
  });
}

function structAt(struct: Struct, path: readonly Field[], nullIsDefault: boolean): Struct | null {
  let current = struct;
  for (const field of path) {
    const inner = fieldValue(current, field, nullIsDefault);
    if (inner === null) return null;
    current = asStruct(inner);
  }
  return current;
}
