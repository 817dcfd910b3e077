import { z } from 'zod';
import { pipelineObject } from './model.ts';
import { type SettingMeta, settings } from './settings.ts';

/** One setting of the model, found in the schema. */
export interface Leaf {
  readonly path: readonly string[];
  /** The schema without its default and optionality. */
  readonly schema: z.ZodType;
  readonly meta: SettingMeta;
  readonly required: boolean;
  readonly fallback: unknown;
}

/** Every setting of the model, in the order of the schema. A section counts as one when Kafka Connect has a key for it. */
export function modelLeaves(): Leaf[] {
  return [...walk(pipelineObject, [])];
}

export function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** What a value holds under the names; undefined where there is nothing. */
export function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (Reflect.get(value, step) as unknown) : undefined),
    given,
  );
}

function* walk(section: z.ZodObject, path: readonly string[]): Generator<Leaf> {
  for (const [name, child] of Object.entries(section.shape)) {
    const { schema, meta, required, fallback } = unwrap(child);
    const here = [...path, name];
    if (meta !== undefined && (!(schema instanceof z.ZodObject) || meta.connect !== undefined)) {
      yield { path: here, schema, meta, required, fallback };
    }
    if (schema instanceof z.ZodObject) yield* walk(schema, here);
  }
}

interface Unwrapped {
  readonly schema: z.ZodType;
  readonly meta: SettingMeta | undefined;
  readonly required: boolean;
  readonly fallback: unknown;
}

function unwrap(outer: unknown): Unwrapped {
  if (!(outer instanceof z.ZodType)) throw new TypeError('The model holds something that is not a schema');
  const meta = settings.get(outer);
  if (outer instanceof z.ZodDefault || outer instanceof z.ZodPrefault) {
    return { ...withMeta(unwrap(outer.unwrap()), meta), required: false, fallback: outer.def.defaultValue };
  }
  if (outer instanceof z.ZodOptional) return { ...withMeta(unwrap(outer.unwrap()), meta), required: false };
  return { schema: outer, meta, required: true, fallback: undefined };
}

function withMeta(inner: Unwrapped, meta: SettingMeta | undefined): Unwrapped {
  return meta === undefined ? inner : { ...inner, meta };
}
