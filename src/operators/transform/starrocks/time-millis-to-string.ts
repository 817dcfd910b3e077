import {
  type ConnectSchema,
  type ConnectValue,
  LOGICAL,
  type StructSchema,
  setField,
} from '../../../core/connect-data.ts';
import { perSchema } from '../../per-schema.ts';
import { asStruct } from '../struct.ts';
import { type CreateTransform } from '../transform.ts';

const FORMATS = ['HH:mm:ss', 'HH:mm:ss.SSS'] as const;

/**
 * `com.starrocks.connector.kafka.transforms.TimeMillisToStringTransform`: times of day as text. The fields that are listed,
 * or all of Connect's type Time; other fields, and values without schema, stay as they are.
 */
export const createTimeMillisToString: CreateTransform = (options) => {
  const listed = new Set(options.list('fields'));
  const withMillis = options.oneOf('format', FORMATS, 'HH:mm:ss') === 'HH:mm:ss.SSS';
  const schemaOf = perSchema((schema: ConnectSchema) => timesAsText(schema, listed));
  return {
    apply: (record) => {
      const { schema, value } = record;
      if (schema?.type !== 'struct' || value === null) return record;
      const { updated, times } = schemaOf(schema);
      if (times.size === 0) return record;
      const struct = asStruct(value);
      const result: Record<string, ConnectValue> = {};
      for (const { name } of schema.fields) {
        const field = struct[name] ?? null;
        setField(result, name, field !== null && times.has(name) ? timeText(Number(field), withMillis) : field);
      }
      return record.withValue(updated, result);
    },
  };
};

interface Plan {
  readonly updated: ConnectSchema;
  readonly times: ReadonlySet<string>;
}

function timesAsText(schema: ConnectSchema, listed: ReadonlySet<string>): Plan {
  if (schema.type !== 'struct') return { updated: schema, times: new Set() };
  const isTime = ({ name, schema: { type, name: logical } }: StructSchema['fields'][number]): boolean =>
    listed.size === 0 ? logical === LOGICAL.time : listed.has(name) && (type === 'int32' || type === 'int64');
  const times = new Set(schema.fields.filter(isTime).map(({ name }) => name));
  const fields = schema.fields.map((field) =>
    times.has(field.name)
      ? { name: field.name, schema: { type: 'string', optional: field.schema.optional } as const }
      : field,
  );
  return { updated: { ...schema, fields }, times };
}

function timeText(ms: number, withMillis: boolean): string {
  const absolute = Math.abs(ms);
  const seconds = Math.floor(absolute / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return (ms < 0 ? '-' : '') + clock + (withMillis ? `.${String(absolute % 1000).padStart(3, '0')}` : '');
}
