import { z } from 'zod';

/** Where Kafka Connect's files have the setting. Numbers may have a narrower range there than in a pipeline file. */
export interface ConnectKey {
  readonly key: string;
  /**
   * `connector` and `worker` keys stand as they are in that file; a `consumer` key stands behind `consumer.override.` in the
   * connector's file or behind `consumer.` in the worker's.
   */
  readonly scope: 'connector' | 'consumer' | 'worker';
  /** The worker's file may hold the unprefixed key as the default of all its connectors. */
  readonly workerDefault?: true;
  /** `own`: the value is made by code of its own, from this key and others; everything else is read by its type alone. */
  readonly reader?: 'own';
  readonly range?: readonly [min: number, max: number];
}

/** What the schema says about one setting beyond its type; the README's table and the Connect door are made from it. */
export interface SettingMeta {
  readonly description: string;
  /** Never printed. */
  readonly secret?: true;
  readonly connect?: ConnectKey;
  /** What stands in the table where the default is worked out from other settings. */
  readonly defaultText?: string;
  /** What stands in the table where the schema's own type says too little. */
  readonly rangeText?: string;
}

export const settings = z.registry<SettingMeta>();

/** Attaches the facts to a schema. Goes last: Zod's methods return new schemas, which do not inherit them. */
export function setting<S extends z.ZodType>(
  schema: S,
  description: string,
  facts: Omit<SettingMeta, 'description'> = {},
): S {
  settings.add(schema, { description, ...facts });
  return schema;
}

// Every message of the schema completes the sentence "`key` is `value` (file:line), but …".

/** A whole number in a range; all three ways of failing give the same message. */
export function wholeNumber(min: number, max: number, unit = ''): z.ZodInt {
  const error = `it must be ${rangePhrase(min, max, unit)}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function rangePhrase(min: number, max: number, unit: string): string {
  const suffix = unit === '' ? '' : ` ${unit}`;
  return max === Number.MAX_SAFE_INTEGER
    ? `a whole number of ${min}${suffix} or more`
    : `a whole number from ${min} to ${max}${suffix}`;
}

export function text(what = 'a text that is not empty'): z.ZodString {
  return anyText(what).min(1, { error: `it must be ${what}` });
}

/** A text that may be empty. YAML makes numbers of unquoted digits, which is how a password most often goes wrong. */
export function anyText(what = 'a text'): z.ZodString {
  return z.string({
    error: ({ input }) => (typeof input === 'number' ? `it must be ${what}; put it in quotes` : `it must be ${what}`),
  });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values, { error: `it must be ${values.map((value) => `\`${value}\``).join(' or ')}` });
}

export function flag(): z.ZodBoolean {
  return z.boolean({ error: 'it must be true or false' });
}
