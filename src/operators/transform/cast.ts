import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  LOGICAL,
  type PrimitiveSchema,
  type Struct,
  setField,
} from '../../core/connect-data.ts';
import { DataError } from '../decode/converter.ts';
import { perSchema } from '../per-schema.ts';
import { CAST_TARGETS, type CastTarget, type CastValue, castingFor } from './cast-value.ts';
import { asStruct, basicsOf, copyOf, defaultOf, fieldValue, member, requireMap, structWith } from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';
import { type TransformOptions } from './transform-options.ts';

const PURPOSE = 'cast types';
const LOGICAL_NAMES: readonly (string | undefined)[] = Object.values(LOGICAL);
const NOT_TO = ['bytes', 'array', 'map', 'struct'];

/** `org.apache.kafka.connect.transforms.Cast`: fields, or the whole key or value, as another type. */
export const createCast: CreateTransform = (options, side, context) => {
  const cast = castingFor(context.compatibility ?? 'exact');
  const { whole, fields } = readSpec(options);
  const nullIsDefault = replacesNulls(options, context);
  const wholeSchema = perSchema((schema: ConnectSchema) => castSchema(schema, whole ?? 'string', cast));
  const planOf = perSchema((schema: ConnectSchema) => plan(schema, fields, cast));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (value === null) return record;
      if (whole !== undefined) {
        return side.with(record, schema && wholeSchema(schema), cast(schema, value, whole));
      }
      if (schema === null) return side.with(record, null, castMap(requireMap(value, PURPOSE), fields, cast));
      if (schema.type !== 'struct') throw new DataError('Cannot list fields on non-struct type');
      const { steps, updated } = planOf(schema);
      const struct = asStruct(value);
      const result: Record<string, ConnectValue> = {};
      for (const { field, target } of steps) {
        const given = fieldValue(struct, field, nullIsDefault);
        setField(result, field.name, target === undefined ? given : cast(field.schema, given, target));
      }
      return side.with(record, updated, result);
    },
  };
};

/** A field that is missing becomes one with null. */
function castMap(map: Struct, fields: ReadonlyMap<string, CastTarget>, cast: CastValue): Struct {
  const result = copyOf(map);
  for (const [name, target] of fields) {
    setField(result, name, cast(null, member(map, name), target));
  }
  return result;
}

interface Plan {
  readonly steps: readonly { readonly field: Field; readonly target: CastTarget | undefined }[];
  readonly updated: ConnectSchema;
}

function plan(schema: ConnectSchema, targets: ReadonlyMap<string, CastTarget>, cast: CastValue): Plan {
  const fields = schema.type === 'struct' ? schema.fields : [];
  const steps = fields.map((field) => ({ field, target: targets.get(field.name) }));
  const updated = structWith(
    schema,
    steps.map(({ field, target }) =>
      target === undefined ? field : { name: field.name, schema: castFieldSchema(field.schema, target, cast) },
    ),
  );
  return { steps, updated: schema.optional ? { ...updated, optional: true } : updated };
}

/** A field's new schema has nothing of the old one but whether it is optional, and its default. */
function castFieldSchema(schema: ConnectSchema, target: CastTarget, cast: CastValue): PrimitiveSchema {
  const fallback = defaultOf(schema);
  return {
    type: target,
    optional: schema.optional,
    ...(fallback !== null && { default: cast(schema, fallback, target) }),
  };
}

/**
 * A whole key or value keeps its schema's name too, as in Kafka Connect; but not that of a date, which it isn't any more and
 * would be written as.
 */
function castSchema(schema: ConnectSchema, target: CastTarget, cast: CastValue): PrimitiveSchema {
  if (LOGICAL_NAMES.includes(schema.name)) return castFieldSchema(schema, target, cast);
  return { ...basicsOf(schema), ...castFieldSchema(schema, target, cast) };
}

interface Spec {
  readonly whole: CastTarget | undefined;
  readonly fields: ReadonlyMap<string, CastTarget>;
}

function readSpec(options: TransformOptions): Spec {
  options.requiredText('spec');
  const list = options.list('spec');
  if (list.length === 0) throw options.invalidList('spec', 'Must specify at least one field to cast', SPEC_CURE);
  const fields = new Map<string, CastTarget>();
  let whole: CastTarget | undefined;
  for (const entry of list) {
    const [first = '', second, ...rest] = entry.split(':');
    if (rest.length > 0) throw options.invalidList('spec', `Invalid rename mapping: ${entry}`, SPEC_CURE);
    if (second === undefined) whole = target(options, first);
    else fields.set(first.trim(), target(options, second));
  }
  if (whole !== undefined && list.length > 1) {
    throw options.invalidList(
      'spec',
      'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec',
      SPEC_CURE,
    );
  }
  return { whole, fields };
}

const SPEC_CURE = `Write pairs such as \`amount:float64,id:string\`, or one of ${CAST_TARGETS.join(', ')} for the whole`;

function target(options: TransformOptions, text: string): CastTarget {
  const name = text.trim().toLowerCase();
  const found = CAST_TARGETS.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  if (NOT_TO.includes(name)) {
    throw options.invalidList(
      'spec',
      `Cast transformation does not support casting to ${name.toUpperCase()}; supported types are [${CAST_TARGETS.join(', ').toUpperCase()}]`,
    );
  }
  throw options.invalidList('spec', `Invalid type found in casting spec: ${text.trim()}`, SPEC_CURE);
}
