import { isObject } from '../json/connect-schema.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';

/** A schema as its JSON has it. */
export type JsonSchemaNode = Readonly<Record<string, unknown>>;

/** A schema with the document that its `#/…` references point into. */
export interface LocatedSchema {
  readonly node: JsonSchemaNode;
  readonly document: JsonSchemaNode;
}

/** Finds what `$ref` means: a place in the same document, or another document of the registry by its name. */
export class JsonSchemaRefs {
  readonly root: LocatedSchema;
  readonly #documents: ReadonlyMap<string, JsonSchemaNode>;

  /** @throws when a schema is not JSON. */
  constructor({ text, references }: RegisteredSchema) {
    const document = parse(text);
    this.root = { node: document, document };
    const named = references.map(({ name, text: other }): [string, JsonSchemaNode] => [name, parse(other)]);
    const identified = named.flatMap(([, other]): [string, JsonSchemaNode][] => {
      const id = other['$id'] ?? other['id'];
      return typeof id === 'string' ? [[id, other]] : [];
    });
    this.#documents = new Map([...identified, ...named]);
  }

  /** @throws when the reference leads nowhere. */
  resolve(reference: string, from: JsonSchemaNode): LocatedSchema {
    const [name = '', pointer = ''] = reference.split('#', 2);
    const document = name === '' ? from : this.#document(name, from);
    if (!document) throw new Error(`The JSON Schema refers to ${reference}, which is not among its references`);
    const node = at(document, decodeURIComponent(pointer));
    if (!isObject(node)) throw new Error(`The JSON Schema refers to ${reference}, where there is no schema`);
    return { node, document };
  }

  /** A reference is by name, or relative to the document's own id. */
  #document(name: string, from: JsonSchemaNode): JsonSchemaNode | undefined {
    const base = from['$id'];
    const absolute = typeof base === 'string' && URL.canParse(name, base) ? new URL(name, base).href : name;
    if (base === absolute) return from;
    return this.#documents.get(name) ?? this.#documents.get(absolute);
  }
}

function parse(text: string): JsonSchemaNode {
  const json: unknown = JSON.parse(text);
  // `true` is the schema of anything.
  return isObject(json) ? json : {};
}

function at(document: JsonSchemaNode, pointer: string): unknown {
  let node: unknown = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) node = node[Number(key)];
    else node = isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  }
  return node;
}
