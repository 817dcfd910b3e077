import { type ConnectSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { perSchema } from '../per-schema.ts';
import { type ToRow } from './to-row.ts';

/** The row of a value, by a step that is compiled once for each schema: the records of a topic share a few. */
export function rowsBySchema(compile: (schema: ConnectSchema) => ToRow): (data: SchemaAndValue) => unknown {
  const compiled = perSchema(compile);
  return ({ schema, value }) => (schema === null || value === null ? value : compiled(schema)(value));
}
