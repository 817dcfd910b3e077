import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  type PrimitiveSchema,
  type Struct,
  setField,
} from '../../core/connect-data.ts';
import { CAST_TARGETS, type CastTarget, castValue } from './cast-value.ts';
import {
  asStruct,
  basicsOf,
  defaultOf,
  fieldValue,
  perSchema,
  requireMap,
  requireStruct,
  structWith,
} from './struct.ts';
import { type CreateTransform, replacesNulls } from './transform.ts';
import { type TransformOptions } from './transform-options.ts';

const PURPOSE = 'cast types';
const NOT_TO = ['bytes', 'array', 'map', 'struct'];

/** `org.apache.kafka.connect.transforms.Cast`: fields, or the whole key or value, as another type. */
export const createCast: CreateTransform = (options, side, context) => {
  const { whole, fields } = readSpec(options);
  const nullIsDefault = replacesNulls(options, context);
  const wholeSchema = perSchema((schema: ConnectSchema) => castSchema(schema, whole ?? 'string'));
  const planOf = perSchema((schema: ConnectSchema) => plan(schema, fields));
  return {
    apply: (record) => {
      const { schema, value } = side.of(record);
      if (value === null) return record;
      if (whole !== undefined) {
        const cast = castValue(schema, value, whole);
        return side.with(record, schema && wholeSchema(schema), cast);
      }
      if (schema === null) return side.with(record, null, castMap(requireMap(value, PURPOSE), fields));
      requireStruct(schema, value, PURPOSE);
      const { steps, updated } = planOf(schema);
      const struct = asStruct(value);
      const result: Record<string, ConnectValue> = {};
      for (const { field, target } of steps) {
        const given = fieldValue(struct, field, nullIsDefault);
        setField(result, field.name, target === undefined ? given : castValue(field.schema, given, target));
      }
      return side.with(record, updated, result);
    },
  };
};

/** A field that is missing becomes one with null. */
function castMap(map: Struct, fields: ReadonlyMap<string, CastTarget>): Struct {
  const result: Record<string, ConnectValue> = { ...map };
  for (const [name, target] of fields) {
    const given = Object.hasOwn(map, name) ? (map[name] ?? null) : null;
    setField(result, name, castValue(null, given, target));
  }
  return result;
}

interface Plan {
  readonly steps: readonly { readonly field: Field; readonly target: CastTarget | undefined }[];
  readonly updated: ConnectSchema;
}

function plan(schema: ConnectSchema, targets: ReadonlyMap<string, CastTarget>): Plan {
  const fields = schema.type === 'struct' ? schema.fields : [];
  const steps = fields.map((field) => ({ field, target: targets.get(field.name) }));
  const updated = structWith(
    schema,
    steps.map(({ field, target }) =>
      target === undefined ? field : { name: field.name, schema: castFieldSchema(field.schema, target) },
    ),
  );
  return { steps, updated: schema.optional ? { ...updated, optional: true } : updated };
}

/** A field's new schema has nothing of the old one but whether it is optional, and its default. */
function castFieldSchema(schema: ConnectSchema, target: CastTarget): PrimitiveSchema {
  const fallback = defaultOf(schema);
  return {
    type: target,
    optional: schema.optional,
    ...(fallback !== null && { default: castValue(schema, fallback, target) }),
  };
}

/** A whole key or value keeps its schema's name too. */
function castSchema(schema: ConnectSchema, target: CastTarget): PrimitiveSchema {
  return { ...basicsOf(schema), ...castFieldSchema(schema, target) };
}

interface Spec {
  readonly whole: CastTarget | undefined;
  readonly fields: ReadonlyMap<string, CastTarget>;
}

function readSpec(options: TransformOptions): Spec {
  options.requiredText('spec');
  const list = options.list('spec');
  if (list.length === 0) throw options.invalid('spec', 'Must specify at least one field to cast', SPEC_CURE);
  const fields = new Map<string, CastTarget>();
  let whole: CastTarget | undefined;
  for (const entry of list) {
    const [first = '', second, ...rest] = entry.split(':');
    if (rest.length > 0) throw options.invalid('spec', `Invalid rename mapping: ${entry}`, SPEC_CURE);
    if (second === undefined) whole = target(options, first);
    else fields.set(first.trim(), target(options, second));
  }
  if (whole !== undefined && list.length > 1) {
    throw options.invalid(
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
    throw options.invalid(
      'spec',
      `Cast transformation does not support casting to ${name.toUpperCase()}; supported types are [${CAST_TARGETS.join(', ').toUpperCase()}]`,
    );
  }
  throw options.invalid('spec', `Invalid type found in casting spec: ${text.trim()}`, SPEC_CURE);
}
