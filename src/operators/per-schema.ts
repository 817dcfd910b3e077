import { type ConnectSchema } from '../core/connect-data.ts';

/** Remembers what was made for a schema: records of one kind bring the same object. */
export function perSchema<K extends ConnectSchema, T>(make: (schema: K) => T): (schema: K) => T {
  const made = new WeakMap<K, T>();
  let lastSchema: K | undefined;
  let last: T | undefined;
  return (schema) => {
    if (schema === lastSchema) return last as T;
    let found = made.get(schema);
    if (found === undefined) {
      found = make(schema);
      made.set(schema, found);
    }
    lastSchema = schema;
    last = found;
    return found;
  };
}
