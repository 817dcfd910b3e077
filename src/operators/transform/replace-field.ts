import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  type StructSchema,
  setField,
} from '../../core/connect-data.ts';
import { perSchema } from '../per-schema.ts';
import { asStruct, fieldValue, requireMap, requireStruct, structWith } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';
import { type TransformOptions } from './transform-options.ts';

const PURPOSE = 'field replacement';

/** `org.apache.kafka.connect.transforms.ReplaceField`: leaves fields out and gives others another name. */
export const createReplaceField: CreateTransform = (options, side, context) => {
  const exclude = new Set(listWithFormerName(options, 'exclude', 'blacklist'));
  const include = new Set(listWithFormerName(options, 'include', 'whitelist'));
  const renames = readRenames(options);
  const nullIsDefault = replacesNulls(options, context);
  const newName: NewName = (name) => {
    if (exclude.has(name) || (include.size > 0 && !include.has(name))) return null;
    return renames.get(name) ?? name;
  };
  const namesOf = remember(newName);
  const planOf = perSchema((schema: ConnectSchema) => plan(schema, newName));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (value === null) return record;
      const result: Record<string, ConnectValue> = {};
      if (schema === null) {
        const map = requireMap(value, PURPOSE);
        for (const name in map) {
          const renamed = namesOf(name);
          if (renamed !== null) setField(result, renamed, map[name] ?? null);
        }
        return side.with(record, null, result);
      }
      requireStruct(schema, value, PURPOSE);
      const { kept, updated } = planOf(schema);
      const struct = asStruct(value);
      for (const { field, name } of kept) setField(result, name, fieldValue(struct, field, nullIsDefault));
      return side.with(record, updated, result);
    },
  };
};

/** What a field is called afterwards; null when it is left out. */
type NewName = (name: string) => string | null;

interface Plan {
  readonly kept: readonly { readonly field: Field; readonly name: string }[];
  readonly updated: StructSchema;
}

function plan(schema: ConnectSchema, newName: NewName): Plan {
  const fields = schema.type === 'struct' ? schema.fields : [];
  const kept = fields.flatMap((field) => {
    const name = newName(field.name);
    return name === null ? [] : [{ field, name }];
  });
  return {
    kept,
    updated: structWith(
      schema,
      kept.map(({ field, name }) => ({ name, schema: field.schema })),
    ),
  };
}

/** The names of rows are few and come again in each. */
function remember(newName: NewName): NewName {
  const names = new Map<string, string | null>();
  return (name) => {
    let found = names.get(name);
    if (found === undefined) {
      found = newName(name);
      if (names.size < MAX_NAMES) names.set(name, found);
    }
    return found;
  };
}

const MAX_NAMES = 10_000;

/** Kafka 4 passes over the names that these options had before 2.6, and with them over what they say. */
function listWithFormerName(options: TransformOptions, key: string, former: string): readonly string[] {
  if (options.text(former) === undefined) return options.list(key);
  if (options.text(key) !== undefined) {
    options.warn(
      `\`${options.fullKey(former)}\` is a former name of \`${options.fullKey(key)}\`, which is set too: it has no effect.`,
    );
    return options.list(key);
  }
  options.warn(
    `\`${options.fullKey(former)}\` is a former name that Kafka 4 ignores: write \`${options.fullKey(key)}\`.`,
  );
  return options.list(former);
}

function readRenames(options: TransformOptions): ReadonlyMap<string, string> {
  return new Map(
    options.list('renames').map((mapping): [string, string] => {
      const [from, to, ...rest] = mapping.replace(/:+$/, '').split(':');
      if (from !== undefined && to !== undefined && rest.length === 0) return [from, to];
      throw options.invalidList(
        'renames',
        `Invalid rename mapping: ${mapping}`,
        'Write pairs such as `old:new,before:after`',
      );
    }),
  );
}
