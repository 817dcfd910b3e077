import {
  type ConnectSchema,
  type ConnectValue,
  INSTANT,
  LOGICAL,
  type PrimitiveType,
  SCALE_PARAMETER,
  type Struct,
  setField,
} from '../../../core/connect-data.ts';
import { Decimal } from '../../../core/decimal.ts';
import { type Compatibility } from '../converter.ts';
import {
  type AvroNode,
  type AvroObject,
  fullName,
  isNull,
  isUnion,
  namespaceOf,
  numberProperty,
  optionalBranch,
  textProperty,
} from './avro-schema.ts';
import {
  PRIMITIVE_SKIPS,
  type Skip,
  skipBytes,
  skipFixed,
  skipItems,
  skipLong,
  skipNothing,
  skipUnion,
} from './avro-skip.ts';
import { type AvroValue } from './avro-type.ts';

const PREFIX = 'io.confluent.connect.avro';
/** Confluent's default precision, which is not worth a parameter. */
const DEFAULT_PRECISION = 64;
const PRIMITIVES: Readonly<Record<string, PrimitiveType>> = {
  boolean: 'boolean',
  int: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  bytes: 'bytes',
  string: 'string',
};
const CONNECT_TYPES: Readonly<Record<string, PrimitiveType>> = { int8: 'int8', int16: 'int16' };
/** Logical types that have a Connect type, by Avro type and name. */
const CONNECT_LOGICAL: Readonly<Record<string, string>> = {
  'int date': LOGICAL.date,
  'int time-millis': LOGICAL.time,
  'long timestamp-millis': LOGICAL.timestamp,
};
/** Logical types that Kafka Connect forgets. */
const FORGOTTEN_LOGICAL: Readonly<Record<string, string>> = {
  'long time-micros': 'io.debezium.time.MicroTime',
  'long timestamp-micros': INSTANT.micros,
  'long timestamp-nanos': INSTANT.nanos,
  'long local-timestamp-millis': 'io.debezium.time.Timestamp',
  'long local-timestamp-micros': 'io.debezium.time.MicroTimestamp',
  'long local-timestamp-nanos': 'io.debezium.time.NanoTimestamp',
};

export interface AvroConnectOptions {
  readonly compatibility: Compatibility;
  /** `enhanced.avro.schema.support`: branches of unions have full names. */
  readonly enhanced: boolean;
}

/** A Connect schema, and how its values are made of what avsc decodes and of the JSON of a default. */
export interface CompiledAvro {
  readonly schema: ConnectSchema;
  readonly read: (value: AvroValue) => ConnectValue;
  readonly fromDefault: (json: unknown) => ConnectValue;
  readonly skip: Skip;
  /** Those of a record type, in its schema's order. */
  readonly fields?: readonly AvroField[];
}

/** A field of a record type, and how Connect data are made of what avsc decodes of it. */
export interface AvroField extends Pick<CompiledAvro, 'read' | 'fromDefault' | 'skip'> {
  readonly name: string;
  readonly node: AvroNode;
}

/** Turns Avro types into Connect's, as Confluent's AvroData does. Knows the named types that it has met. */
export class AvroCompiler {
  readonly #options: AvroConnectOptions;
  readonly #named = new Map<string, CompiledAvro>();
  #hasItems = false;

  constructor(options: AvroConnectOptions) {
    this.#options = options;
  }

  /** Whether any of the types has items, which have to be skipped before avsc may read them. */
  get hasItems(): boolean {
    return this.#hasItems;
  }

  /** @throws when a type is not known, or is what no converter takes. */
  compile(node: AvroNode, namespace?: string): CompiledAvro {
    if (isUnion(node)) return this.#union(node, namespace);
    if (typeof node === 'string') return this.#byName(node, namespace);
    if (isUnion(node.type) || typeof node.type === 'object') {
      // A type in an object of its own, as in {"type": {"type": "int"}}: the outer one adds nothing but perhaps a name.
      return this.compile(node.type, namespace);
    }
    return this.#object(node, node.type, namespace);
  }

  #byName(name: string, namespace: string | undefined): CompiledAvro {
    if (name in PRIMITIVES) return this.#object({ type: name }, name, namespace);
    const known =
      this.#named.get(name.includes('.') || namespace === undefined ? name : `${namespace}.${name}`) ??
      this.#named.get(name);
    if (known) return known;
    if (name === 'null')
      return {
        schema: { type: 'string', optional: true },
        read: () => null,
        fromDefault: () => null,
        skip: skipNothing,
      };
    throw new Error(`The Avro schema uses the type ${name}, which it does not define`);
  }

  #object(node: AvroObject, type: string, namespace: string | undefined): CompiledAvro {
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(node, namespace);
      case 'enum':
        return this.#remember(fullName(node, namespace), this.#enum(node, fullName(node, namespace)));
      case 'fixed': {
        const name = fullName(node, namespace);
        const size = numberProperty(node, 'size') ?? 0;
        const parameters = { 'connect.fixed.size': String(size) };
        return this.#remember(name, { ...this.#bytes(node, { name, parameters }), skip: skipFixed(size) });
      }
      case 'bytes':
        return this.#bytes(node, {});
      case 'array':
        return this.#array(node, namespace);
      case 'map': {
        const values = this.compile(node['values'] as AvroNode, namespace);
        const make = (value: unknown, read: (member: unknown) => ConnectValue): ConnectValue =>
          new Map(Object.entries(value as object).map(([key, member]) => [key, read(member)]));
        return {
          schema: {
            type: 'map',
            ...traits(node, {}),
            keys: { type: 'string', optional: false },
            values: values.schema,
          },
          read: (value) => make(value, values.read),
          fromDefault: (json) => make(json, values.fromDefault),
          skip: this.#items((cursor) => {
            skipBytes(cursor);
            values.skip(cursor);
          }),
        };
      }
      default:
        return PRIMITIVES[type] === undefined
          ? this.#byName(type, namespace)
          : this.#primitive(node, type, PRIMITIVES[type]);
    }
  }

  #primitive(node: AvroObject, avroType: string, type: PrimitiveType): CompiledAvro {
    const connectType = CONNECT_TYPES[textProperty(node, 'connect.type') ?? ''] ?? type;
    const logicalType = `${avroType} ${textProperty(node, 'logicalType') ?? ''}`;
    const forgotten = this.#options.compatibility === 'exact' ? FORGOTTEN_LOGICAL[logicalType] : undefined;
    const name = CONNECT_LOGICAL[logicalType] ?? forgotten;
    const version = name !== undefined && name !== forgotten ? 1 : undefined;
    return {
      schema: { type: connectType, ...traits(node, { name, version }) },
      read: same,
      fromDefault: same,
      skip: PRIMITIVE_SKIPS[type],
    };
  }

  #bytes(node: AvroObject, { name, parameters }: Traits): CompiledAvro {
    if (textProperty(node, 'logicalType') !== 'decimal') {
      return {
        schema: { type: 'bytes', ...traits(node, { name, parameters }) },
        read: same,
        fromDefault: latin1Bytes,
        skip: skipBytes,
      };
    }
    const scale = numberProperty(node, 'scale') ?? 0;
    const precision = numberProperty(node, 'precision') ?? DEFAULT_PRECISION;
    const decimalParameters = {
      [SCALE_PARAMETER]: String(scale),
      ...(precision !== DEFAULT_PRECISION && { 'connect.decimal.precision': String(precision) }),
      ...parameters,
    };
    return {
      schema: { type: 'bytes', ...traits(node, { name: LOGICAL.decimal, version: 1, parameters: decimalParameters }) },
      read: (value) => Decimal.fromBytes(value as Uint8Array, scale),
      fromDefault: (json) => Decimal.fromBytes(latin1Bytes(json), scale),
      skip: skipBytes,
    };
  }

  #enum(node: AvroObject, name: string): CompiledAvro {
    const symbols = (node['symbols'] as readonly string[]).map((symbol) => [`${PREFIX}.Enum.${symbol}`, symbol]);
    const parameters = { [`${PREFIX}.Enum`]: name, ...(Object.fromEntries(symbols) as Record<string, string>) };
    return {
      schema: { type: 'string', ...traits(node, { name, parameters }) },
      read: same,
      fromDefault: same,
      skip: skipLong,
    };
  }

  #items(skip: Skip): Skip {
    this.#hasItems = true;
    return skipItems(skip);
  }

  #array(node: AvroObject, namespace: string | undefined): CompiledAvro {
    const items = this.compile(node['items'] as AvroNode, namespace);
    const schemaTraits = traits(node, {});
    const skip = this.#items(items.skip);
    if (items.schema.type === 'struct' && isMapEntry(node, items.schema.name)) {
      const [keys, values] = ['key', 'value'].map((part) =>
        items.schema.type === 'struct' ? items.schema.fields.find(({ name }) => name === part)?.schema : undefined,
      );
      const make = (entries: readonly unknown[], read: (entry: unknown) => ConnectValue): ConnectValue =>
        new Map(
          entries.map(read).map((entry) => {
            const { key = null, value = null } = entry as Struct;
            return [key, value];
          }),
        );
      return {
        schema: { type: 'map', ...schemaTraits, keys: keys ?? null, values: values ?? null },
        read: (value) => make(value as readonly unknown[], items.read),
        fromDefault: (json) => make(json as readonly unknown[], items.fromDefault),
        skip,
      };
    }
    return {
      schema: { type: 'array', ...schemaTraits, items: items.schema },
      read: (value) => (value as readonly unknown[]).map(items.read),
      fromDefault: (json) => (json as readonly unknown[]).map(items.fromDefault),
      skip,
    };
  }

  #record(node: AvroObject, namespace: string | undefined): CompiledAvro {
    const avroName = fullName(node, namespace);
    const nodes = node['fields'] as readonly AvroObject[];
    const fields: { name: string; schema: ConnectSchema }[] = [];
    const steps: AvroField[] = [];
    const docs = nodes.flatMap((field): [string, string][] => {
      const doc = textProperty(field, 'doc');
      return doc === undefined ? [] : [[`${PREFIX}.field.doc.${textProperty(field, 'name') ?? ''}`, doc]];
    });
    const doc = textProperty(node, 'doc');
    const parameters = {
      ...(doc !== undefined && { [`${PREFIX}.record.doc`]: doc }),
      ...(Object.fromEntries(docs) as Record<string, string>),
    };
    const make = (read: (step: AvroField, record: Readonly<Record<string, unknown>>) => ConnectValue) => {
      return (value: unknown): ConnectValue => {
        const struct: Record<string, ConnectValue> = {};
        for (const step of steps) setField(struct, step.name, read(step, value as Readonly<Record<string, unknown>>));
        return struct;
      };
    };
    const compiled: CompiledAvro = {
      schema: { type: 'struct', ...traits(node, { name: avroName, parameters }), fields },
      read: make((step, record) => step.read(record[step.name])),
      fromDefault: make((step, json) => step.fromDefault(json[step.name])),
      skip: (cursor) => {
        for (const { skip } of steps) skip(cursor);
      },
      fields: steps,
    };
    // Before its fields, which may refer to it.
    this.#remember(avroName, compiled);
    for (const field of nodes) {
      const name = textProperty(field, 'name') ?? '';
      const type = this.compile(field.type, namespaceOf(avroName));
      fields.push({ name, schema: withDefault(type, field['default']) });
      const { read, fromDefault, skip } = type;
      steps.push({ name, node: field.type, read, fromDefault, skip });
    }
    return compiled;
  }

  #union(union: readonly AvroNode[], namespace: string | undefined): CompiledAvro {
    const types = union.map((branch) => this.compile(branch, namespace));
    const skip = skipUnion(types.map((type) => type.skip));
    const optional = optionalBranch(union);
    const only = optional ?? (union.length === 1 ? union[0] : undefined);
    const type = only === undefined ? undefined : types[union.indexOf(only)];
    if (type !== undefined) {
      const schema: ConnectSchema = optional === undefined ? type.schema : { ...type.schema, optional: true };
      const read: CompiledAvro['read'] =
        optional === undefined
          ? (value) => type.read(Object.values(value as object)[0])
          : type.read === same
            ? same
            : (value) => (value === null ? null : type.read(value));
      return { schema, read, fromDefault: (json) => (json === null ? null : type.fromDefault(json)), skip };
    }
    return { ...this.#branches(union, types, namespace), skip };
  }

  /** A struct with a field for each branch, of which one is not null. */
  #branches(
    union: readonly AvroNode[],
    types: readonly CompiledAvro[],
    namespace: string | undefined,
  ): Omit<CompiledAvro, 'skip'> {
    const branches = types.flatMap((type, index) => {
      const branch = union[index];
      if (branch === undefined || isNull(branch)) return [];
      const avroName = branchName(branch, namespace);
      const name = this.#options.enhanced ? avroName : avroName.slice(avroName.lastIndexOf('.') + 1);
      return [{ avroName, name, type }];
    });
    const make = (chosen: string | undefined, read: (type: CompiledAvro) => ConnectValue): ConnectValue => {
      const struct: Record<string, ConnectValue> = {};
      for (const { avroName, name, type } of branches) setField(struct, name, avroName === chosen ? read(type) : null);
      return struct;
    };
    const first = branches[0];
    return {
      schema: {
        type: 'struct',
        optional: union.some(isNull),
        name: `${PREFIX}.Union`,
        fields: branches.map(({ name, type }) => ({ name, schema: { ...type.schema, optional: true } })),
      },
      read: (value) => {
        if (value === null) return null;
        const [[chosen, member] = ['', null]] = Object.entries(value as object);
        return make(chosen, (type) => type.read(member));
      },
      // The default of a union is one of its first branch.
      fromDefault: (json) => (json === null ? null : make(first?.avroName, (type) => type.fromDefault(json))),
    };
  }

  #remember(name: string, compiled: CompiledAvro): CompiledAvro {
    this.#named.set(name, compiled);
    return compiled;
  }
}

interface Traits {
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** What `connect.*` properties of a type say goes before what the type itself says. */
function traits(node: AvroObject, own: Traits) {
  const name = textProperty(node, 'connect.name') ?? own.name;
  const version = numberProperty(node, 'connect.version') ?? own.version;
  const doc = textProperty(node, 'connect.doc') ?? textProperty(node, 'doc');
  const given = node['connect.parameters'];
  const parameters = { ...own.parameters, ...(typeof given === 'object' ? (given as Record<string, string>) : {}) };
  return {
    optional: false,
    ...(name !== undefined && name !== `${PREFIX}.ConnectDefault` && { name }),
    ...(version !== undefined && { version }),
    ...(doc !== undefined && { doc }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}

function withDefault({ schema, fromDefault }: CompiledAvro, json: unknown): ConnectSchema {
  if (json === undefined || json === null) return schema;
  return {
    ...schema,
    parameters: { ...schema.parameters, [`${PREFIX}.field.default`]: 'true' },
    default: fromDefault(json),
  };
}

/** As avsc names the branch that it found. */
function branchName(branch: AvroNode, namespace: string | undefined): string {
  if (typeof branch === 'string') {
    return branch in PRIMITIVES || branch.includes('.') || namespace === undefined ? branch : `${namespace}.${branch}`;
  }
  if (isUnion(branch)) throw new Error('The Avro schema has a union in a union');
  return typeof branch['name'] === 'string' ? fullName(branch, namespace) : (branch.type as string);
}

/** A map whose keys aren't text is an array of its entries in Avro. */
function isMapEntry(node: AvroObject, itemName: string | undefined): boolean {
  return itemName?.endsWith('.MapEntry') === true || textProperty(node, 'connect.type') === 'map';
}

function latin1Bytes(json: unknown): Uint8Array {
  return Buffer.from(String(json), 'latin1');
}

function same(value: unknown): ConnectValue {
  return value as ConnectValue;
}
