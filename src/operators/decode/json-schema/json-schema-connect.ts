import {
  type ConnectSchema,
  type ConnectValue,
  integer,
  LOGICAL,
  type PrimitiveType,
  SCALE_PARAMETER,
  setField,
} from '../../../core/connect-data.ts';
import { Decimal } from '../../../core/decimal.ts';
import { NumberText } from '../../../core/number-text.ts';
import { type Compatibility, DataError } from '../converter.ts';
import { isObject } from '../json/connect-schema.ts';
import { type JsonSchemaNode, type JsonSchemaRefs, type LocatedSchema } from './json-schema-refs.ts';

const UNION = 'io.confluent.connect.json.OneOf';
const ENUM = 'io.confluent.connect.json.Enum';
const INTEGER_TYPES: Readonly<Record<string, PrimitiveType>> = { int8: 'int8', int16: 'int16', int32: 'int32' };
const NUMBER_TYPES: Readonly<Record<string, PrimitiveType>> = { float32: 'float32' };

export interface JsonSchemaConnectOptions {
  readonly compatibility: Compatibility;
  /** `use.optional.for.nonrequired`: properties that aren't required are optional. */
  readonly optionalForNonrequired: boolean;
}

/** A Connect schema, and how its values are made of parsed JSON. */
export interface CompiledJsonSchema {
  readonly schema: ConnectSchema;
  readonly read: (json: unknown) => ConnectValue;
  /** Whether a value can be of this schema; asked to find a union's branch. */
  readonly accepts: (json: unknown) => boolean;
}

interface PropertyStep {
  readonly name: string;
  readonly type: CompiledJsonSchema;
}

/** Turns JSON Schemas into Connect's, as Confluent's JsonSchemaData does. */
export class JsonSchemaCompiler {
  readonly #refs: JsonSchemaRefs;
  readonly #options: JsonSchemaConnectOptions;
  readonly #compiled = new Map<JsonSchemaNode, CompiledJsonSchema>();

  constructor(refs: JsonSchemaRefs, options: JsonSchemaConnectOptions) {
    this.#refs = refs;
    this.#options = options;
  }

  /** @throws when a reference leads nowhere. */
  compile(located: LocatedSchema): CompiledJsonSchema {
    const { node, document } = located;
    const known = this.#compiled.get(node);
    if (known) return known;
    const reference = node['$ref'];
    if (typeof reference === 'string') return this.compile(this.#refs.resolve(reference, document));
    return this.#named(located, this.#byKind(located));
  }

  #byKind(located: LocatedSchema): CompiledJsonSchema {
    const { node, document } = located;
    const branches = node['oneOf'] ?? node['anyOf'];
    if (Array.isArray(branches)) return this.#oneOf(branches.filter(isObject), document);
    const all = node['allOf'];
    if (Array.isArray(all)) return this.#allOf(located, all.filter(isObject));
    const { type } = node;
    if (Array.isArray(type)) {
      return this.#oneOf(
        type.map((each: unknown) => ({ ...node, type: each })),
        document,
      );
    }
    if (Array.isArray(node['enum']) && type !== 'integer' && type !== 'number' && type !== 'boolean') {
      return enumOf(node['enum'].map(String));
    }
    return this.#byType(located, typeof type === 'string' ? type : guessedType(node));
  }

  #byType(located: LocatedSchema, type: string): CompiledJsonSchema {
    const { node, document } = located;
    const connectType = textOf(node['connect.type']);
    switch (type) {
      case 'integer':
        return this.#integer(INTEGER_TYPES[connectType] ?? 'int64');
      case 'number':
        return connectType === 'bytes' ? decimalOf(node) : this.#number(NUMBER_TYPES[connectType] ?? 'float64');
      case 'boolean':
        return scalar('boolean', (json) => typeof json === 'boolean');
      case 'null':
        return { schema: { type: 'string', optional: true }, read: () => null, accepts: (json) => json === null };
      case 'array':
        return this.#array(node, document, connectType);
      case 'object':
        return connectType === 'map' || (!isObject(node['properties']) && isObject(node['additionalProperties']))
          ? this.#map(node, document)
          : this.#object(located);
      default:
        if (node['title'] === LOGICAL.decimal) return decimalOf(node);
        return connectType === 'bytes' ? BASE64 : scalar('string', (json) => typeof json === 'string');
    }
  }

  /** Integers of any size: a schema in JSON promises no 64 bits. */
  #integer(type: PrimitiveType): CompiledJsonSchema {
    const wrap = this.#options.compatibility === 'java';
    return {
      schema: { type, optional: false },
      accepts: (json) => /^-?\d+$/.test(digits(json) ?? ''),
      read: (json) => {
        const text = digits(json);
        if (text === undefined || !/^-?\d+$/.test(text)) {
          if (typeof json === 'number' && Number.isInteger(json)) return json;
          throw mismatch('an integer', json);
        }
        if (typeof json === 'number') return json;
        return integer(wrap ? BigInt.asIntN(64, BigInt(text)) : BigInt(text));
      },
    };
  }

  /** Numbers with all their digits: a schema in JSON promises no double. */
  #number(type: PrimitiveType): CompiledJsonSchema {
    const exact = this.#options.compatibility === 'exact' && type === 'float64';
    return {
      schema: { type, optional: false },
      accepts: (json) => digits(json) !== undefined,
      read: (json) => {
        if (digits(json) === undefined) throw mismatch('a number', json);
        if (exact) return json as number | NumberText;
        return type === 'float32' ? Math.fround(Number(json)) : Number(json);
      },
    };
  }

  #array(node: JsonSchemaNode, document: JsonSchemaNode, connectType: string): CompiledJsonSchema {
    const itemNode = isObject(node['items']) ? node['items'] : {};
    const items = this.compile({ node: itemNode, document });
    const accepts = (json: unknown): boolean => Array.isArray(json);
    const readItem = nullable(items.read);
    const list = (json: unknown): readonly unknown[] => {
      if (Array.isArray(json)) return json;
      throw mismatch('an array', json);
    };
    if (connectType !== 'map' || items.schema.type !== 'struct') {
      const schema: ConnectSchema = { type: 'array', optional: false, items: items.schema };
      return { schema, accepts, read: (json) => list(json).map(readItem) };
    }
    const { fields } = items.schema;
    const [keys = null, values = null] = ['key', 'value'].map(
      (part) => fields.find(({ name }) => name === part)?.schema,
    );
    const entry = (json: unknown): [ConnectValue, ConnectValue] => {
      const { key = null, value = null } = items.read(json) as Record<string, ConnectValue>;
      return [key, value];
    };
    return {
      schema: { type: 'map', optional: false, keys, values },
      accepts,
      read: (json) => new Map(list(json).map(entry)),
    };
  }

  #map(node: JsonSchemaNode, document: JsonSchemaNode): CompiledJsonSchema {
    const valueNode = isObject(node['additionalProperties']) ? node['additionalProperties'] : {};
    const values = this.compile({ node: valueNode, document });
    const readValue = nullable(values.read);
    return {
      schema: { type: 'map', optional: false, keys: { type: 'string', optional: false }, values: values.schema },
      accepts: isObject,
      read: (json) => {
        if (!isObject(json)) throw mismatch('an object', json);
        return new Map(Object.entries(json).map(([key, member]) => [key, readValue(member)]));
      },
    };
  }

  #object(located: LocatedSchema): CompiledJsonSchema {
    const { node, document } = located;
    const properties = isObject(node['properties']) ? node['properties'] : {};
    const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
    const fields: { name: string; schema: ConnectSchema }[] = [];
    const steps: PropertyStep[] = [];
    const compiled: CompiledJsonSchema = {
      schema: { type: 'struct', optional: false, ...traitsOf(node), fields },
      accepts: (json) => isObject(json) && [...required].every((name) => Object.hasOwn(json, String(name))),
      read: (json) => {
        if (!isObject(json)) throw mismatch('an object', json);
        const struct: Record<string, ConnectValue> = {};
        for (const { name, type } of steps) {
          const member = Object.hasOwn(json, name) ? json[name] : null;
          setField(struct, name, member === null ? null : type.read(member));
        }
        return struct;
      },
    };
    // Before its properties, which may refer to it.
    this.#compiled.set(node, compiled);
    const entries = Object.entries(properties).filter((entry): entry is [string, JsonSchemaNode] => isObject(entry[1]));
    entries.sort(([, a], [, b]) => indexOf(a) - indexOf(b));
    for (const [name, property] of entries) {
      const type = this.compile({ node: property, document });
      const optional = type.schema.optional || (this.#options.optionalForNonrequired && !required.has(name));
      fields.push({ name, schema: { ...type.schema, optional } });
      steps.push({ name, type });
    }
    return compiled;
  }

  /** Null and one other make that one optional; others are a struct with a field for each, of which one is not null. */
  #oneOf(nodes: readonly JsonSchemaNode[], document: JsonSchemaNode): CompiledJsonSchema {
    const branches = nodes.filter(({ type }) => type !== 'null').map((node) => this.compile({ node, document }));
    const optional = branches.length < nodes.length;
    const accepts = (json: unknown): boolean =>
      json === null ? optional : branches.some((branch) => branch.accepts(json));
    const [only, ...more] = branches;
    if (only && more.length === 0) {
      return {
        schema: { ...only.schema, optional: optional || only.schema.optional },
        accepts,
        read: nullable(only.read),
      };
    }
    const named = branches.map((branch, index) => ({ name: `${UNION}.field.${index}`, branch }));
    return {
      schema: {
        type: 'struct',
        optional,
        name: UNION,
        fields: named.map(({ name, branch }) => ({ name, schema: { ...branch.schema, optional: true } })),
      },
      accepts,
      read: nullable((json) => {
        const chosen = named.find(({ branch }) => branch.accepts(json));
        if (!chosen) throw mismatch('one of several types', json);
        return Object.fromEntries(
          named.map(({ name, branch }) => [name, branch === chosen.branch ? branch.read(json) : null]),
        );
      }),
    };
  }

  /** What all of them say, taken together; later ones go before. */
  #allOf({ node, document }: LocatedSchema, nodes: readonly JsonSchemaNode[]): CompiledJsonSchema {
    const resolved = nodes.map((each) => this.#followed(each, document));
    const properties = [node, ...resolved].map((each) => (isObject(each['properties']) ? each['properties'] : {}));
    const required = [node, ...resolved].flatMap((each) =>
      Array.isArray(each['required']) ? (each['required'] as unknown[]) : [],
    );
    const { allOf: _, ...rest } = node;
    const merged = Object.assign({}, ...resolved, rest) as JsonSchemaNode;
    const object = properties.some((each) => Object.keys(each).length > 0);
    return this.compile({
      node: {
        ...merged,
        ...(object && { type: 'object', properties: Object.assign({}, ...properties) as unknown, required }),
      },
      document,
    });
  }

  #followed(node: JsonSchemaNode, document: JsonSchemaNode): JsonSchemaNode {
    const reference = node['$ref'];
    return typeof reference === 'string' ? this.#refs.resolve(reference, document).node : node;
  }

  /** Adds what a node says of itself whatever its kind, and remembers it. */
  #named({ node }: LocatedSchema, compiled: CompiledJsonSchema): CompiledJsonSchema {
    const fallback = node['default'];
    const schema: ConnectSchema = {
      ...compiled.schema,
      ...traitsOf(node, compiled.schema.parameters),
      ...(fallback !== undefined && fallback !== null && { default: compiled.read(fallback) }),
    };
    // A struct that is still being filled by what refers to it must stay the one that is known.
    const result = compiled.schema.type === 'struct' && fallback === undefined ? compiled : { ...compiled, schema };
    this.#compiled.set(node, result);
    return result;
  }
}

const BASE64: CompiledJsonSchema = {
  schema: { type: 'bytes', optional: false },
  accepts: (json) => typeof json === 'string',
  read: (json) => {
    if (typeof json !== 'string') throw mismatch('bytes in base64', json);
    return Buffer.from(json, 'base64');
  },
};

function scalar(type: PrimitiveType, accepts: (json: unknown) => boolean): CompiledJsonSchema {
  return {
    schema: { type, optional: false },
    accepts,
    read: (json) => {
      if (!accepts(json)) throw mismatch(`a ${type}`, json);
      return json as ConnectValue;
    },
  };
}

function enumOf(symbols: readonly string[]): CompiledJsonSchema {
  const parameters = Object.fromEntries(symbols.map((symbol) => [`${ENUM}.${symbol}`, symbol]));
  const string = scalar('string', (json) => typeof json === 'string');
  return { ...string, schema: { type: 'string', optional: false, parameters: { [ENUM]: '', ...parameters } } };
}

/** A number, or the base64 of its unscaled value. */
function decimalOf(node: JsonSchemaNode): CompiledJsonSchema {
  const parameters = isObject(node['connect.parameters']) ? node['connect.parameters'] : {};
  const scale = textOf(parameters[SCALE_PARAMETER]) || '0';
  return {
    schema: {
      type: 'bytes',
      optional: false,
      name: LOGICAL.decimal,
      version: 1,
      parameters: { [SCALE_PARAMETER]: scale },
    },
    accepts: (json) => digits(json) !== undefined || typeof json === 'string',
    read: (json) => {
      if (typeof json === 'string') return Decimal.fromBytes(Buffer.from(json, 'base64'), Number(scale));
      const decimal = Decimal.parse(digits(json) ?? '');
      if (!decimal) throw mismatch('a decimal', json);
      return decimal;
    },
  };
}

function traitsOf(node: JsonSchemaNode, own: Readonly<Record<string, string>> = {}) {
  const { title } = node;
  const version = node['connect.version'];
  const given = isObject(node['connect.parameters']) ? node['connect.parameters'] : {};
  const parameters = {
    ...own,
    ...Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)])),
  };
  return {
    ...(typeof title === 'string' && { name: title }),
    ...(typeof version === 'number' && { version }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}

/** Of a schema that names no type. */
function guessedType(node: JsonSchemaNode): string {
  if (isObject(node['properties']) || isObject(node['additionalProperties'])) return 'object';
  return isObject(node['items']) ? 'array' : 'string';
}

function indexOf(node: JsonSchemaNode): number {
  const index = node['connect.index'];
  return typeof index === 'number' ? index : Number.MAX_SAFE_INTEGER;
}

function textOf(json: unknown): string {
  return typeof json === 'string' || typeof json === 'number' ? String(json) : '';
}

function digits(json: unknown): string | undefined {
  return typeof json === 'number' || json instanceof NumberText ? String(json) : undefined;
}

function nullable(read: (json: unknown) => ConnectValue): (json: unknown) => ConnectValue {
  return (json) => (json === null ? null : read(json));
}

function mismatch(wanted: string, json: unknown): DataError {
  const seen = digits(json) ?? JSON.stringify(json);
  return new DataError(`The JSON Schema asks for ${wanted} where the record has ${seen.slice(0, 60)}`);
}
