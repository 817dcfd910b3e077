import avro from 'avsc';
import { type AvroNode, isUnion, optionalBranch } from './avro-schema.ts';
import { longType } from './long-type.ts';

/** What avsc hands over for a value: Buffers for bytes, plain objects for records, `{branch: value}` for unions. */
export type AvroValue = unknown;

/**
 * The decoder of a schema. Unions of null and one type give the value itself; of all others the branch must be known, so
 * they come wrapped.
 *
 * @param references - schemas whose names the schema uses, each after those that it uses itself.
 * @throws when avsc refuses the schema.
 */
export function avroType(schema: AvroNode, references: readonly AvroNode[]): avro.Type {
  const options = {
    registry: { long: longType },
    omitRecordMethods: true,
    typeHook: (node: unknown, opts: unknown): avro.Type | undefined => {
      if (!isUnion(node)) return undefined;
      const Union = optionalBranch(node) === undefined ? avro.types.WrappedUnionType : avro.types.UnwrappedUnionType;
      // avsc's types want a mutable array, which it does not change.
      return new Union(node as unknown as avro.Schema, opts);
    },
  };
  const make = (node: AvroNode): avro.Type => avro.Type.forSchema(withoutDefaults(node) as avro.Schema, options);
  for (const reference of references) make(reference);
  return make(schema);
}

/**
 * A writer's schema reads the same without its defaults, and avsc is stricter about them than Java's Avro: it would refuse
 * schemas that are in use. Logical types are left out too: their literal is what is wanted.
 */
function withoutDefaults(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutDefaults);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(([key]) => KEPT.has(key));
  const [first] = kept;
  // A primitive in an object of its own is one that the registry of types would not be asked for: its longs would be avsc's.
  if (kept.length === 1 && first?.[0] === 'type') return withoutDefaults(first[1]);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutDefaults(value)]));
}

const KEPT = new Set(['type', 'name', 'namespace', 'fields', 'items', 'values', 'symbols', 'size']);
