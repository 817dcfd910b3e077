import { type ConnectSchema, type SchemaAndValue, type StructSchema, setField } from '../../../core/connect-data.ts';
import { type ConnectRecord } from '../../../core/connect-record.ts';
import { DELETE, OP_FIELD, UPSERT } from '../../../core/delete-rows.ts';
import { perSchema } from '../../per-schema.ts';
import { deleteWithoutRow, readEnvelope } from '../debezium/envelope.ts';
import { asStruct, copyOf, fieldValue } from '../struct.ts';
import { type CreateTransform } from '../transform.ts';

const OP = { name: OP_FIELD, schema: { type: 'int32', optional: false } } as const;

/**
 * `com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord`: StarRocks' `__op` in the row of a change event, 0
 * in `after` and 1 in the `before` of a delete. It has to come before the transform that leaves the row alone.
 */
export const createAddOpField: CreateTransform = (_options, _side, context) => {
  const java = context.compatibility === 'java';
  const schemaOf = perSchema((event: ConnectSchema) => ({
    before: perSchema((row: ConnectSchema) => withRow(event, 'before', row)),
    after: perSchema((row: ConnectSchema) => withRow(event, 'after', row)),
  }));

  const withOp = (record: ConnectRecord, side: 'before' | 'after', row: SchemaAndValue, op: number): ConnectRecord => {
    const event = copyOf(asStruct(record.value));
    const marked = copyOf(asStruct(row.value));
    if (java && row.schema?.type === 'struct') {
      for (const field of row.schema.fields) setField(marked, field.name, fieldValue(asStruct(row.value), field, true));
    }
    setField(marked, OP.name, op);
    setField(event, side, marked);
    const schema = record.schema && row.schema && schemaOf(record.schema)[side](row.schema);
    return record.withValue(schema, event);
  };

  return {
    apply: (record) => {
      const envelope = readEnvelope(record, context);
      if (envelope === undefined) return record;
      const { operation, before, after } = envelope;
      switch (operation) {
        case 'c':
        case 'u':
          return after.value === null ? record : withOp(record, 'after', after, UPSERT);
        case 'r':
          return java || after.value === null ? record : withOp(record, 'after', after, UPSERT);
        case 'd':
          if (before.value !== null) return withOp(record, 'before', before, DELETE);
          if (java) return record;
          throw deleteWithoutRow();
        default:
          return record;
      }
    },
  };
};

/** The event's schema, with `__op` in one of its rows. */
function withRow(event: ConnectSchema, side: string, row: ConnectSchema): StructSchema {
  const fields = row.type === 'struct' ? row.fields.filter(({ name }) => name !== OP.name) : [];
  const marked: StructSchema = { ...row, type: 'struct', fields: [...fields, OP] };
  return {
    ...event,
    type: 'struct',
    fields: (event.type === 'struct' ? event.fields : []).map((field) =>
      field.name === side ? { name: side, schema: marked } : field,
    ),
  };
}
