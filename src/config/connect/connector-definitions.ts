import { z } from 'zod';
import { type Leaf, modelLeaves } from '../walk.ts';
import type { ConfigKey, ConfigType, Definition, ValueLimits } from './config-key.ts';
import { frameworkDefinitions } from './framework-definitions.ts';

/** The settings of the StarRocks connector itself, made from the model. */
export function connectorDefinitions(): Definition[] {
  const framework = new Set(frameworkDefinitions.map(({ key }) => key.name));
  return modelLeaves().flatMap((leaf) => {
    const { connect } = leaf.meta;
    if (connect?.scope !== 'connector' || framework.has(connect.key) || connect.key.endsWith('*')) return [];
    return [{ key: configKey(connect.key, leaf), limits: limitsOf(leaf) }];
  });
}

const groups: Readonly<Record<string, string>> = { starrocks: 'StarRocks', value: 'Value converter' };

function configKey(name: string, { schema, meta, required, fallback, path }: Leaf): ConfigKey {
  return {
    name,
    type: meta.secret ? 'PASSWORD' : typeOf(schema),
    // Settings of other sections are only needed where their section is.
    required: required && path[0] === 'starrocks',
    default_value: typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : null,
    importance: required && path[0] === 'starrocks' ? 'HIGH' : 'MEDIUM',
    documentation: meta.description,
    group: groups[path[0] ?? ''] ?? 'Loading',
    width: 'MEDIUM',
    display_name: name,
    dependents: [],
    order: -1,
  };
}

function typeOf(schema: z.ZodType): ConfigType {
  if (schema instanceof z.ZodNumber) return 'LONG';
  if (schema instanceof z.ZodBoolean) return 'BOOLEAN';
  return schema instanceof z.ZodArray ? 'LIST' : 'STRING';
}

function limitsOf({ schema, meta }: Leaf): ValueLimits {
  if (!(schema instanceof z.ZodNumber)) return {};
  const [min, max] = meta.connect?.range ?? [schema.minValue, schema.maxValue];
  return { ...(min !== null && { min }), ...(max !== null && { max }) };
}
