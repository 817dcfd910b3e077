import { z } from 'zod';

/** A type as the JSON of a schema writes it: a name, a union, or an object. */
export type AvroNode = string | readonly AvroNode[] | AvroObject;

/** An object of a schema, with whatever properties it has. */
export interface AvroObject {
  readonly type: AvroNode;
  readonly [property: string]: unknown;
}

const NODE: z.ZodType<AvroNode> = z.lazy(() => z.union([z.string(), z.array(NODE), z.looseObject({ type: NODE })]));

/** @throws when the text is not JSON, or not that of an Avro schema. */
export function parseAvroSchema(text: string): AvroNode {
  // A bare name needs no quotes in a registry.
  if (/^[A-Za-z]\w*$/.test(text.trim())) return text.trim();
  return NODE.parse(JSON.parse(text));
}

export function isUnion(node: unknown): node is readonly AvroNode[] {
  return Array.isArray(node);
}

/** The one branch beside null of an optional type; undefined for any other union. */
export function optionalBranch(union: readonly AvroNode[]): AvroNode | undefined {
  const others = union.filter((branch) => !isNull(branch));
  return union.length === 2 && others.length === 1 ? others[0] : undefined;
}

export function isNull(node: AvroNode): boolean {
  return node === 'null' || (typeof node === 'object' && !isUnion(node) && node.type === 'null');
}

/** A name with its namespace, its own or that of what it stands in. */
export function fullName(node: AvroObject, namespace: string | undefined): string {
  const name = textProperty(node, 'name') ?? '';
  if (name.includes('.')) return name;
  const space = textProperty(node, 'namespace') ?? namespace ?? '';
  return space === '' ? name : `${space}.${name}`;
}

export function namespaceOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : name.slice(0, dot);
}

export function textProperty(node: AvroObject, property: string): string | undefined {
  const value = node[property];
  return typeof value === 'string' ? value : undefined;
}

export function numberProperty(node: AvroObject, property: string): number | undefined {
  const value = node[property];
  return typeof value === 'number' ? value : undefined;
}
