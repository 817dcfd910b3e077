import { z } from 'zod';
import { restKeys } from './connect/rest-keys.ts';
import type { PipelineConfig } from './model.ts';
import { rangePhrase } from './settings.ts';
import { dotted, type Leaf, modelLeaves } from './walk.ts';

/** The table of every setting, in Markdown, made from the schema. */
export function settingsTable(): string {
  const head = ['Pipeline file', 'Kafka Connect', 'Type', 'Default', 'Range', 'Meaning'];
  const rows = modelLeaves().map((leaf) => [
    code(dotted(leaf.path)),
    connectName(leaf),
    typeName(leaf.schema),
    defaultText(leaf),
    rangeText(leaf),
    leaf.meta.description,
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

/** The table of the worker's settings for the REST API, in Markdown. */
export function restSettingsTable(): string {
  const head = ['Worker file', 'Type', 'Default', 'Meaning'];
  const rows = restKeys.map(({ key, type, fallback, meaning }) => [code(key), type, fallback, meaning]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

/** A copy for logs, with every secret replaced. */
export function redact(config: PipelineConfig): unknown {
  const secrets = new Set(
    modelLeaves()
      .filter(({ meta }) => meta.secret)
      .map(({ path }) => dotted(path)),
  );
  const copy = (value: unknown, path: string): unknown => {
    if (secrets.has(path)) return value === undefined ? undefined : '***';
    if (Array.isArray(value)) return value.map((item) => copy(item, `${path}[]`));
    if (typeof value === 'function') return `function ${value.name || '(no name)'}`;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, copy(child, path === '' ? name : `${path}.${name}`)]),
    );
  };
  return copy(config, '');
}

const code = (text: string): string => `\`${text}\``;
const escapeCell = (text: string): string => text.replaceAll('|', '\\|');

function connectName({ meta: { connect } }: Leaf): string {
  if (connect === undefined) return '';
  if (connect.scope === 'worker') return `${code(connect.key)} (worker)`;
  if (connect.scope === 'connector') return code(connect.key);
  const own = code(`consumer.override.${connect.key}`);
  return connect.workerDefault === true ? `${code(connect.key)} (worker), ${own}` : own;
}

function typeName(schema: z.ZodType): string {
  if (schema instanceof z.ZodNumber) return 'whole number';
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodEnum) return 'choice';
  return schema instanceof z.ZodString ? 'text' : 'section';
}

function defaultText({ required, fallback, meta }: Leaf): string {
  if (meta.defaultText !== undefined) return meta.defaultText;
  if (required) return '**required**';
  if (fallback === undefined || (typeof fallback === 'object' && Object.keys(fallback ?? {}).length === 0))
    return 'none';
  return code(typeof fallback === 'string' ? fallback : JSON.stringify(fallback));
}

function rangeText({ schema, meta, path }: Leaf): string {
  const own = meta.rangeText ?? rangeOf(schema, path.at(-1) ?? '');
  const narrower = meta.connect?.range;
  return narrower === undefined || !(schema instanceof z.ZodNumber) || sameRange(schema, narrower)
    ? own
    : `${own}; in Connect files from ${narrower[0]} to ${narrower[1]}`;
}

function sameRange(schema: z.ZodNumber, [min, max]: readonly [number, number]): boolean {
  return schema.minValue === min && schema.maxValue === max;
}

function rangeOf(schema: z.ZodType, name: string): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => code(String(option))).join(', ');
  if (!(schema instanceof z.ZodNumber)) return '';
  const unit = name.endsWith('Ms') ? 'ms' : name.endsWith('Bytes') ? 'bytes' : '';
  return rangePhrase(schema.minValue ?? 0, schema.maxValue ?? Number.MAX_SAFE_INTEGER, unit).replace(
    /^a whole number (?:of )?/,
    '',
  );
}
