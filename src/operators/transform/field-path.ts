import { type ConnectSchema, type ConnectValue, type Field, type Struct } from '../../core/connect-data.ts';
import { DataError } from '../decode/converter.ts';
import { asStruct, fieldOf, fieldValue, member, requireMap } from './struct.ts';
import { type TransformOptions } from './transform-options.ts';

const NESTED = 'nested field access';

/** The way to a field: its name, or with `field.syntax.version=V2` names with dots between them. */
export class FieldPath {
  readonly text: string;
  readonly #parents: readonly string[];
  readonly #last: string;

  private constructor(text: string, steps: readonly string[]) {
    this.text = text;
    this.#parents = steps.slice(0, -1);
    this.#last = steps.at(-1) ?? '';
  }

  /** Reads the option `key`, and `field.syntax.version`. */
  static read(options: TransformOptions, key: string): FieldPath {
    const text = options.requiredText(key);
    const version = options.oneOfIgnoringCase('field.syntax.version', ['V1', 'V2'], 'V1');
    return new FieldPath(text, version === 'V1' ? [text] : steps(options, key, text));
  }

  /** The value in a map without schema; null when there is none. */
  inMap(map: Struct): ConnectValue {
    let current = map;
    for (const step of this.#parents) {
      const inner = member(current, step);
      if (inner === null) return null;
      current = requireMap(inner, NESTED);
    }
    return member(current, this.#last);
  }

  /** How to get it out of structs of a schema; undefined when the schema has no such field. */
  inSchema(schema: ConnectSchema, nullIsDefault: boolean): FieldReader | undefined {
    const parents: Field[] = [];
    let current = schema;
    for (const step of this.#parents) {
      const field = fieldIn(current, step);
      if (field === undefined) return undefined;
      parents.push(field);
      current = field.schema;
    }
    const last = fieldIn(current, this.#last);
    if (last === undefined) return undefined;
    return {
      schema: last.schema,
      read: (struct) => {
        let inner = struct;
        for (const parent of parents) {
          const value = fieldValue(inner, parent, nullIsDefault);
          if (value === null) return null;
          inner = asStruct(value);
        }
        return fieldValue(inner, last, nullIsDefault);
      },
    };
  }
}

/** @throws DataError unless the schema is a struct's. */
function fieldIn(schema: ConnectSchema, name: string): Field | undefined {
  if (schema.type === 'struct') return fieldOf(schema, name);
  throw new DataError('Cannot look up fields on non-struct type');
}

export interface FieldReader {
  readonly schema: ConnectSchema;
  readonly read: (struct: Struct) => ConnectValue;
}

/**
 * The names in a path such as `` a.`b.c`.d ``. A name in backticks ends at the backtick before a dot or the end; a
 * backslash makes such a backtick part of the name.
 */
function steps(options: TransformOptions, key: string, path: string): readonly string[] {
  const found: string[] = [];
  let rest = path;
  let at = 0;
  for (;;) {
    const name = rest.startsWith('`') ? quotedStep(rest) : plainStep(rest);
    if (name === undefined) {
      throw options.invalid(
        key,
        `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${at} to escape it`,
      );
    }
    found.push(name.text);
    if (name.length >= rest.length) return found;
    at += name.length + 1;
    rest = rest.slice(name.length + 1);
  }
}

interface Step {
  readonly text: string;
  /** Of what stands for it in the path. */
  readonly length: number;
}

function plainStep(rest: string): Step {
  const dot = rest.indexOf('.');
  const text = dot < 0 ? rest : rest.slice(0, dot);
  return { text, length: text.length };
}

function quotedStep(rest: string): Step | undefined {
  let text = '';
  let start = 1;
  for (let index = rest.indexOf('`', 1); index >= 0; index = rest.indexOf('`', index + 1)) {
    const atEnd = index === rest.length - 1;
    if (!atEnd && rest[index + 1] !== '.') continue;
    if (rest[index - 1] !== '\\') return { text: text + rest.slice(start, index), length: index + 1 };
    if (atEnd) return undefined;
    text += `${rest.slice(start, index - 1)}\``;
    start = index + 1;
  }
  return undefined;
}
