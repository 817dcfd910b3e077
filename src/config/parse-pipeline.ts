import type { z } from 'zod';
import { likelyMeant, nearest } from '../core/nearest.ts';
import { type Findings, key, quote } from './findings.ts';
import { type PipelineConfig, pipelineSchema } from './model.ts';
import { secretName } from './shown-settings.ts';
import { listsTransforms } from './transform-settings.ts';
import { dotted, type Leaf, modelLeaves, valueAt } from './walk.ts';

type Path = readonly PropertyKey[];

/** The place that a value came from; that of the value which holds it, where it has none of its own. */
export interface Origin {
  readonly name: string;
  readonly place: string;
  readonly whole: boolean;
  /** What stands in the file, where that is a reference to the value: nobody else may see the value itself. */
  readonly shown?: string;
}

/** How the user's files name the settings of the model, and where they stand: what a message needs to point at them. */
export interface Origins {
  readonly find: (path: Path) => Origin | undefined;
  /** What the setting is called in this kind of file. */
  readonly name: (path: Path) => string;
  /** The file that would hold the setting. */
  readonly home: (path: Path) => string;
}

/** Checks what a door has read against the model. Without a result there is at least one problem. */
export function parsePipeline(written: object, origins: Origins, findings: Findings): PipelineConfig | undefined {
  const given = { kafka: {}, starrocks: {}, ...written };
  const result = pipelineSchema.safeParse(given);
  if (!result.success) {
    findings.problems.push(...sentences(result.error.issues, given, origins));
    return undefined;
  }
  findings.warnings.push(...lint(result.data, origins));
  return result.data;
}

function lint(config: PipelineConfig, origins: Origins): string[] {
  const warnings: string[] = [];
  const { tolerance, log, deadLetterTopic } = config.errors;
  if (tolerance === 'all' && !log.enable && deadLetterTopic === undefined) {
    const [name, logged] = [
      ['errors', 'deadLetterTopic', 'name'],
      ['errors', 'log', 'enable'],
    ].map((path) => key(origins.name(path)));
    warnings.push(
      `${located(['errors', 'tolerance'], tolerance, origins)}, but neither ${name} nor ${logged} is set: records that cannot be loaded are left out without a trace.`,
    );
  }
  const { topics } = config.kafka;
  // A transform may give the records any topic.
  if (listsTransforms(config.connectTransforms)) return warnings;
  for (const topic of Object.keys(config.starrocks.tables)) {
    if (topics === undefined || topics.includes(topic)) continue;
    const name = key(origins.name(['starrocks', 'tables']));
    const place = origins.find(['starrocks', 'tables', topic])?.place ?? origins.home(['starrocks', 'tables']);
    const meant = likelyMeant(topic, topics);
    warnings.push(
      `${name} (${place}) names a table for the topic ${quote(topic)}, which is not read${meant === undefined ? '.' : `; did you mean ${quote(meant)}?`}`,
    );
  }
  return warnings;
}

function sentences(issues: readonly z.core.$ZodIssue[], given: unknown, origins: Origins): string[] {
  const leaves = new Map(modelLeaves().map((leaf) => [dotted(leaf.path), leaf]));
  const seen = new Set<string>();
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((name) => unknownKey([...issue.path, name], leaves, origins));
    // A value of a wrong type breaks several checks; the first says it.
    const path = dotted(issue.path);
    if (seen.has(path)) return [];
    seen.add(path);
    return [sentence(issue, valueAt(given, issue.path), leaves, origins)];
  });
}

function sentence(
  issue: z.core.$ZodIssue,
  value: unknown,
  leaves: ReadonlyMap<string, Leaf>,
  origins: Origins,
): string {
  const names = (text: string): string =>
    text.replaceAll(/\{([\w.]+)\}/g, (_, path: string) => key(origins.name(path.split('.'))));
  if (issue.code === 'invalid_type' && issue.expected === 'object' && value !== undefined) {
    return `${located(issue.path, undefined, origins)} must be a section with settings of its own.`;
  }
  const message = names(issue.message);
  const leaf = leaves.get(dotted(issue.path));
  const meta = leaf?.meta;
  if (value === undefined) {
    const [name, home] = [key(origins.name(issue.path)), origins.home(issue.path)];
    // A rule over several settings can be broken by a default.
    if (leaf?.fallback !== undefined) return `${name} is ${quote(leaf.fallback)} by default (${home}), but ${message}.`;
    const why =
      issue.code === 'custom' ? `: ${message}` : meta === undefined ? '' : ` (${firstSentence(meta.description)})`;
    return `${name} is missing in ${home}${why}.`;
  }
  if (meta?.secret === true || secretName.test(String(issue.path.at(-1))))
    return `${located(issue.path, undefined, origins)} is set, but ${message}.`;
  return `${located(issue.path, value, origins)}, but ${message}.`;
}

function firstSentence(text: string): string {
  return text.split(/\.(?: |$)/, 1)[0] ?? text;
}

/** "`key` is `value` (place)", or "`key` (place)" for a value that is not to be shown. */
function located(path: Path, value: unknown, origins: Origins): string {
  const origin = origins.find(path);
  const place = origin?.place ?? origins.home(path);
  const name = key(origin?.name ?? origins.name(path));
  if (value === undefined) return `${name} (${place})`;
  // Only a scalar is worth showing; a whole section could also hold a password.
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return `${name} is a list of settings (${place})`;
  const shown = origin?.shown ?? (Array.isArray(value) ? value.join(', ') : value);
  return `${name} ${origin?.whole === false ? 'has' : 'is'} ${typeof shown === 'function' ? 'a function' : quote(shown)} (${place})`;
}

/** A key that the model does not have, with the one that was meant: its own section first, then the other ones. */
function unknownKey(path: Path, leaves: ReadonlyMap<string, Leaf>, origins: Origins): string {
  const given = String(path.at(-1));
  const place = origins.find(path)?.place ?? origins.home(path);
  return `${key(dotted(path))} (${place}) is not a setting${suggestion(given, path.slice(0, -1), leaves)}`;
}

function suggestion(given: string, section: Path, leaves: ReadonlyMap<string, Leaf>): string {
  const prefix = section.length === 0 ? '' : `${dotted(section)}.`;
  const siblings = new Set(
    [...leaves.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split('.')[0] ?? ''),
  );
  const sibling = likelyMeant(given, siblings) ?? nearest(given.toLowerCase(), siblings, 1);
  if (sibling !== undefined) return `; did you mean ${key(prefix + sibling)}?`;
  const all = [...leaves.values()];
  const elsewhere = all.find(({ path, meta }) => path.at(-1) === given || meta.connect?.key === given);
  if (elsewhere !== undefined) return `; did you mean ${key(dotted(elsewhere.path))}?`;
  const closest = nearest(given, siblings, Math.ceil(given.length / 2));
  if (closest !== undefined) return `; the nearest is ${key(prefix + closest)}.`;
  return `; the settings here are ${[...siblings].map(key).join(', ')}.`;
}
