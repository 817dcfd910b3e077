import { type ConnectSchema, type SchemaAndValue, type StructSchema, setField } from '../../../core/connect-data.ts';
import { type ConnectHeader, type ConnectRecord } from '../../../core/connect-record.ts';
import { DataError } from '../../decode/converter.ts';
import { perSchema } from '../../per-schema.ts';
import { createReplaceField } from '../replace-field.ts';
import { asStruct, copyOf, fieldOf, member, structWith } from '../struct.ts';
import {
  type CreateTransform,
  KEY,
  replacesNulls,
  type Transform,
  type TransformContext,
  VALUE,
} from '../transform.ts';
import { TransformOptions } from '../transform-options.ts';
import { appendField } from './append-field.ts';
import { readDeleteHandling } from './delete-handling.ts';
import { deleteWithoutRow, type Envelope, readEnvelope } from './envelope.ts';
import { FieldReference } from './field-reference.ts';

const DELETED = { name: '__deleted', schema: { type: 'string', optional: true } } as const;
const STRING: ConnectSchema = { type: 'string', optional: false };

/** `io.debezium.transforms.ExtractNewRecordState`: the row of a change event in place of the event. */
export const createExtractNewRecordState: CreateTransform = (options, _side, context) => {
  const java = context.compatibility === 'java';
  const { deletes, keepsTombstones } = readDeleteHandling(options);
  const added = references(options, 'add.fields');
  const addedHeaders = references(options, 'add.headers');
  const routeField = options.text('route.by.field')?.trim() ?? '';
  const dropFields = readDropFields(options, context);
  const markDeleted = appendField(DELETED, replacesNulls(options, context));
  const addFields = fieldAdder(added);
  const headersOf = headerReader(addedHeaders);

  /** The row to go on with; undefined when the event goes no further. */
  const rowOf = ({ operation, before, after }: Envelope): SchemaAndValue | undefined => {
    if (after.value !== null) return deletes === 'rewrite' ? markDeleted(after, 'false') : after;
    if (before.value === null && (java || operation !== 'd')) return undefined;
    switch (deletes) {
      case 'drop':
        return undefined;
      case 'null':
        return { schema: after.schema, value: null };
      case 'tombstone':
        return { schema: null, value: null };
      case 'rewrite':
        if (before.value !== null) return markDeleted(before, 'true');
        throw deleteWithoutRow();
    }
  };

  return {
    routesByRecord: routeField !== '',
    apply: (given) => {
      const isTombstone = given.value === null;
      const envelope = readEnvelope(given, context);
      if (envelope === undefined && !isTombstone) return given;
      const record = addedHeaders.length === 0 ? given : given.withHeaders([...given.headers, ...headersOf(given)]);
      if (envelope === undefined) return keepsTombstones ? record : null;
      const row = rowOf(envelope);
      if (row === undefined) return null;
      const isDelete = envelope.after.value === null;
      const unwrapped = routed(record, routeField, isDelete ? envelope.before : row).withValue(row.schema, row.value);
      if (row.value === null) return dropFields(unwrapped);
      return isDelete ? addFields(given, dropFields(unwrapped)) : dropFields(addFields(given, unwrapped));
    },
  };
};

function references(options: TransformOptions, key: string): readonly FieldReference[] {
  const prefix = options.text(`${key}.prefix`) ?? '__';
  return options.list(key).map((text) => {
    if (text.split(':').length > 2) throw options.invalid(key, `Unexpected field name: ${text}`);
    return new FieldReference(text, prefix);
  });
}

/** The topic is the row's value of the field. */
function routed(record: ConnectRecord, name: string, { schema, value }: SchemaAndValue): ConnectRecord {
  if (name === '') return record;
  if (schema !== null && fieldOf(schema, name) === undefined) throw new DataError(`${name} is not a valid field name`);
  const topic = value === null ? null : member(asStruct(value), name);
  if (topic === null) return record;
  if (typeof topic !== 'string') {
    throw new DataError(`Field '${name}' is not of type STRING`);
  }
  return topic.trim() === '' ? record : record.withTopic(topic);
}

type AddFields = (event: ConnectRecord, row: ConnectRecord) => ConnectRecord;

/** Adds fields of the event to its row, whose schema is required from then on, also when there are none to add. */
function fieldAdder(references: readonly FieldReference[]): AddFields {
  if (references.length === 0) {
    const schemaOf = perSchema((row: ConnectSchema) => structWith(row, row.type === 'struct' ? row.fields : []));
    return (_, row) => (row.schema === null ? row : row.withValue(schemaOf(row.schema), row.value));
  }
  const planOf = perSchema((event: ConnectSchema) => {
    const found = references.flatMap((reference) => {
      const schema = reference.schemaIn(event);
      return schema === undefined ? [] : [{ reference, field: { name: reference.name, schema } }];
    });
    const schemaOf = perSchema((row: ConnectSchema): StructSchema => {
      const fields = row.type === 'struct' ? row.fields : [];
      return structWith(row, [...fields, ...found.map(({ field }) => field)]);
    });
    return { found, schemaOf };
  });
  return (event, row) => {
    const source = asStruct(event.value);
    const result = copyOf(asStruct(row.value));
    if (event.schema === null || row.schema === null) {
      for (const reference of references) {
        if (reference.isIn(source)) setField(result, reference.name, reference.valueIn(source));
      }
      return row.withValue(null, result);
    }
    const { found, schemaOf } = planOf(event.schema);
    for (const { reference } of found) setField(result, reference.name, reference.valueIn(source));
    return row.withValue(schemaOf(row.schema), result);
  };
}

/** A tombstone says no more than that its row was deleted. */
function headerReader(references: readonly FieldReference[]): (record: ConnectRecord) => readonly ConnectHeader[] {
  return ({ schema, value }) => {
    if (value === null) {
      return references
        .filter(({ field }) => field === 'op')
        .map(({ name }): ConnectHeader => ({ name, schema: STRING, value: 'd' }));
    }
    const event = asStruct(value);
    return references.flatMap((reference): readonly ConnectHeader[] => {
      const { name } = reference;
      if (schema === null)
        return reference.isIn(event) ? [{ name, schema: null, value: reference.valueIn(event) }] : [];
      const found = reference.schemaIn(schema);
      return found === undefined ? [] : [{ name, schema: found, value: reference.valueIn(event) }];
    });
  };
}

const MAX_DROP_LISTS = 1_000;

/** Leaves out the fields that a header names. */
function readDropFields(
  options: TransformOptions,
  context: TransformContext,
): (record: ConnectRecord) => ConnectRecord {
  const header = options.text('drop.fields.header.name')?.trim() ?? '';
  const fromKey = options.flag('drop.fields.from.key', false);
  const onlyOptional = options.flag('drop.fields.keep.schema.compatible', true);
  if (header === '') return (record) => record;
  const transforms = new Map<string, Transform>();
  const excluding = (names: readonly string[], side: typeof KEY): Transform => {
    const exclude = names.join(',');
    const id = `${side === KEY ? 'key' : 'value'} ${exclude}`;
    let transform = transforms.get(id);
    if (transform === undefined) {
      transform = createReplaceField(new TransformOptions({ exclude }, options.fullKey('')), side, context);
      if (transforms.size < MAX_DROP_LISTS) transforms.set(id, transform);
    }
    return transform;
  };
  const drop = (record: ConnectRecord, names: readonly string[], side: typeof KEY): ConnectRecord => {
    const { schema } = side.of(record);
    const dropped =
      onlyOptional && schema !== null ? names.filter((name) => fieldOf(schema, name)?.schema.optional) : names;
    return dropped.length === 0 ? record : (excluding(dropped, side).apply(record) ?? record);
  };
  return (record) => {
    const names = record.headers.find(({ name }) => name === header)?.value;
    if (!Array.isArray(names) || names.length === 0) return record;
    const withoutInKey = fromKey && record.key.value !== null ? drop(record, names.map(String), KEY) : record;
    return drop(withoutInKey, names.map(String), VALUE);
  };
}
