import {
  type ConnectSchema,
  type ConnectValue,
  type Field,
  PRIMITIVE_TYPES,
  type PrimitiveType,
} from '../../../core/connect-data.ts';
import { DataError } from '../converter.ts';

/** Turns a default as the JSON says it into a value of the schema. */
export type ReadDefault = (schema: ConnectSchema, json: unknown) => ConnectValue;

type Json = Readonly<Record<string, unknown>>;

/** Two types have other names in JSON than in Kafka Connect. */
const JSON_NAMES: Readonly<Record<string, PrimitiveType>> = { float: 'float32', double: 'float64' };

/**
 * Reads a schema as Kafka Connect's JsonConverter writes it: `{"type":"struct","fields":[…],"optional":false,"name":…}`.
 *
 * @throws DataError when it is no such schema.
 */
export function connectSchemaOf(json: unknown, readDefault: ReadDefault): ConnectSchema {
  if (!isObject(json)) throw new DataError("Schema must contain 'type' field");
  const schema = withoutDefault(json, readDefault);
  const fallback = json['default'];
  if (fallback === undefined || fallback === null) return schema;
  return { ...schema, default: readDefault(schema, fallback) };
}

function withoutDefault(json: Json, readDefault: ReadDefault): ConnectSchema {
  const { type, name, version, doc, optional } = json;
  if (typeof type !== 'string') throw new DataError("Schema must contain 'type' field");
  const traits = {
    optional: optional === true,
    ...(typeof name === 'string' && { name }),
    ...versionTrait(version),
    ...(typeof doc === 'string' && { doc }),
    ...parametersTrait(json['parameters']),
  };
  const inner = (key: string, missing: string): ConnectSchema => {
    const node = json[key];
    if (node === undefined || node === null) throw new DataError(missing);
    return connectSchemaOf(node, readDefault);
  };
  switch (type) {
    case 'array':
      return { type, ...traits, items: inner('items', 'Array schema did not specify the element type') };
    case 'map':
      return {
        type,
        ...traits,
        keys: inner('keys', 'Map schema did not specify the key type'),
        values: inner('values', 'Map schema did not specify the value type'),
      };
    case 'struct':
      return { type, ...traits, fields: fieldsOf(json['fields'], readDefault) };
    default:
      return { type: primitiveType(type), ...traits };
  }
}

function fieldsOf(json: unknown, readDefault: ReadDefault): Field[] {
  if (!Array.isArray(json)) throw new DataError('Struct schema\'s "fields" argument is not an array.');
  return json.map((node: unknown) => {
    const name = isObject(node) ? node['field'] : undefined;
    if (typeof name !== 'string') throw new DataError("Struct schema's field name not specified properly");
    return { name, schema: connectSchemaOf(node, readDefault) };
  });
}

function primitiveType(name: string): PrimitiveType {
  const type = Object.hasOwn(JSON_NAMES, name) ? JSON_NAMES[name] : PRIMITIVE_TYPES.find((each) => each === name);
  // JSON calls them float and double only.
  if (type === undefined || name === 'float32' || name === 'float64')
    throw new DataError(`Unknown schema type: ${name}`);
  return type;
}

function versionTrait(version: unknown): { version?: number } {
  if (version === undefined || version === null) return {};
  if (typeof version !== 'number' || !Number.isInteger(version)) {
    throw new DataError('Invalid Connect schema: "version" must be an integer');
  }
  return { version };
}

function parametersTrait(json: unknown): { parameters?: Record<string, string> } {
  if (json === undefined || json === null) return {};
  if (!isObject(json)) throw new DataError('Invalid Connect schema: "parameters" must be an object of texts');
  const parameters: [string, string][] = Object.entries(json).map(([key, value]) => {
    if (typeof value !== 'string') throw new DataError('Schema parameters must have string values.');
    return [key, value];
  });
  return { parameters: Object.fromEntries(parameters) };
}

export function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
