import { z } from 'zod';
import { dotted, modelLeaves, valueAt } from './walk.ts';

/** Stands where a secret would. */
export const HIDDEN = '[hidden]';

/** Names of what the schema cannot mark as secret, as users choose them: a header of a load, an option of a transform. */
export const secretName = /password|secret|token|authorization/i;

/**
 * The settings of a pipeline file by their dotted names, for people to see: as they stand there, with references unresolved.
 * Secrets are hidden, and so are the options of own operators, which may be some.
 */
export function shownSettings(written: unknown): Map<string, string> {
  return new Map(
    modelLeaves().flatMap(({ path, schema, meta }) => {
      const value = valueAt(written, path);
      if (value === undefined || value === null || schema instanceof z.ZodObject) return [];
      const name = dotted(path);
      return [[name, meta.secret ? HIDDEN : shown(value, name === 'transforms')] as const];
    }),
  );
}

function shown(value: unknown, hasOptions: boolean): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value, (name, inner: unknown) => {
    if ((hasOptions && name === 'options') || secretName.test(name)) return HIDDEN;
    return typeof inner === 'function' ? `function ${inner.name || '(no name)'}` : inner;
  });
}
