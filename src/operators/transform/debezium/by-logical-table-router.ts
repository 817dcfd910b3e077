import {
  type ConnectSchema,
  type ConnectValue,
  type SchemaAndValue,
  type Struct,
  type StructSchema,
  setField,
} from '../../../core/connect-data.ts';
import { perSchema } from '../../per-schema.ts';
import { asStruct, fieldValue, requireStruct } from '../struct.ts';
import { readTopicRewrite, type TopicRewrite } from '../topic-rewrite.ts';
import { type CreateTransform } from '../transform.ts';
import { type TransformOptions } from '../transform-options.ts';
import { readEnvelope } from './envelope.ts';

const PURPOSE = 'Updating schema';
const ADJUSTMENTS = ['none', 'avro', 'avro_unicode'] as const;

/**
 * `io.debezium.transforms.ByLogicalTableRouter`: the topics of several tables, such as the shards of one, as one. The old
 * topic goes into the key, so that rows of different tables don't have the same.
 */
export const createByLogicalTableRouter: CreateTransform = (options, _side, context) => {
  const nullIsDefault = context.compatibility === 'java';
  const rewrite = readTopicRewrite(options, 'topic.regex', 'topic.replacement');
  if (options.text('topic.replacement') === '') throw options.invalid('topic.replacement', 'A value is required');
  const identify = readKeyField(options);
  const isUnique = options.flag('key.enforce.uniqueness', true);
  const keyField = options.text('key.field.name') ?? '__dbz__physicalTableIdentifier';
  const adjust = adjuster(options.oneOfIgnoringCase('schema.name.adjustment.mode', ADJUSTMENTS, 'none'));
  // Schemas are remembered here whatever this says.
  options.integer('logical.table.cache.size');

  const keySchemas = perSchema((schema: ConnectSchema) =>
    perTopic((topic) => {
      const fields = schema.type === 'struct' ? schema.fields : [];
      const identifier = { name: keyField, schema: { type: 'string', optional: false } } as const;
      return named(schema, adjust(`${topic}.Key`), isUnique ? [...fields, identifier] : fields);
    }),
  );
  const eventSchemas = perSchema((schema: ConnectSchema) => perTopic((topic) => renamedEvent(schema, topic, adjust)));

  const keyOf = ({ schema, value }: SchemaAndValue, from: string, to: string): SchemaAndValue => {
    if (value === null) return { schema: null, value: null };
    const key: Record<string, ConnectValue> = {};
    if (schema === null && context.compatibility !== 'java') {
      Object.assign(key, value);
      if (isUnique) setField(key, keyField, identify(from));
      return { schema: null, value: key };
    }
    const old: ConnectSchema = schema ?? { type: 'map', optional: false, keys: null, values: null };
    requireStruct(old, value, PURPOSE);
    for (const field of old.fields) setField(key, field.name, fieldValue(asStruct(value), field, nullIsDefault));
    if (isUnique) setField(key, keyField, identify(from));
    return { schema: keySchemas(old)(to), value: key };
  };

  const topicOf = (topic: string): string | undefined => rewrite(topic) || undefined;

  return {
    topicOf,
    apply: (record) => {
      const topic = topicOf(record.topic);
      if (topic === undefined) return record;
      const key = keyOf(record.key, record.topic, topic);
      const rerouted = record.withTopic(topic).withKey(key.schema, key.value);
      const { schema, value } = record;
      if (schema === null || value === null || readEnvelope(record, context) === undefined) return rerouted;
      return rerouted.withValue(
        eventSchemas(schema)(topic),
        nullIsDefault ? withDefaults(schema, asStruct(value)) : value,
      );
    },
  };
};

/** Which table a topic is: by default the topic itself. */
function readKeyField(options: TransformOptions): (topic: string) => string {
  const regex = options.text('key.field.regex')?.trim() ?? '';
  const replacement = options.text('key.field.replacement')?.trim() ?? '';
  if (regex === '') return (topic) => topic;
  if (replacement === '') {
    throw options.invalid('key.field.replacement', 'key.field.replacement must be non-empty if key.field.regex is set');
  }
  const rewrite: TopicRewrite = readTopicRewrite(options, 'key.field.regex', 'key.field.replacement');
  return (topic) => rewrite(topic) ?? topic;
}

function perTopic(make: (topic: string) => StructSchema): (topic: string) => StructSchema {
  const made = new Map<string, StructSchema>();
  return (topic) => {
    const found = made.get(topic) ?? make(topic);
    made.set(topic, found);
    return found;
  };
}

function named(schema: ConnectSchema, name: string, fields: StructSchema['fields']): StructSchema {
  const { version, doc, parameters, optional } = schema;
  return {
    type: 'struct',
    optional,
    name,
    ...(version !== undefined && { version }),
    ...(doc !== undefined && { doc }),
    ...(parameters !== undefined && { parameters }),
    fields,
  };
}

/** The row's schema gets the new topic's name as well; before and after have the same. */
function renamedEvent(schema: ConnectSchema, topic: string, adjust: (name: string) => string): StructSchema {
  const fields = schema.type === 'struct' ? schema.fields : [];
  const row = fields.find(({ name }) => name === 'before')?.schema;
  const renamedRow = row && named(row, adjust(`${topic}.Value`), row.type === 'struct' ? row.fields : []);
  return named(
    schema,
    adjust(`${topic}.Envelope`),
    fields.map((field) =>
      renamedRow && (field.name === 'before' || field.name === 'after')
        ? { name: field.name, schema: renamedRow }
        : field,
    ),
  );
}

/** The event with its rows' nulls replaced by what their fields have as a default. */
function withDefaults(schema: ConnectSchema, event: Struct): Struct {
  const result: Record<string, ConnectValue> = {};
  for (const field of schema.type === 'struct' ? schema.fields : []) {
    const value = fieldValue(event, field, true);
    const isRow =
      (field.name === 'before' || field.name === 'after') && value !== null && field.schema.type === 'struct';
    setField(result, field.name, isRow ? withDefaults(field.schema, asStruct(value)) : value);
  }
  return result;
}

/** Avro's names have letters, digits, underscores and dots. */
function adjuster(mode: (typeof ADJUSTMENTS)[number]): (name: string) => string {
  switch (mode) {
    case 'none':
      return (name) => name;
    case 'avro':
      return (name) => name.replace(/[^A-Za-z0-9_.]/g, '_').replace(/^(?=[0-9.])/, '_');
    case 'avro_unicode':
      return (name) =>
        name.replace(/^[^A-Za-z]|[^A-Za-z0-9.]/g, (found) => `_u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
}
