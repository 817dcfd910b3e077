import { CONVERTER_CLASSES, type ConverterName, converterClass } from '../../core/converter-classes.ts';
import { likelyMeant } from '../../core/nearest.ts';
import type { ReadText } from '../config-providers.ts';
import { needsRegistry, optionNames } from '../converter-options.ts';
import { type Findings, key } from '../findings.ts';
import { type RecordPart } from '../registry-settings.ts';
import { type ConnectFile, type ConnectFiles, type Entry, quoted } from './entries.ts';
import { consumerKeys, converterKeys } from './keys.ts';
import { readRegistry, registryPrefix } from './registry.ts';
import { report } from './unknown-keys.ts';

/** `value` or `key` of the model, and the entries that its settings came from. */
export interface PartConverter {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly origins: ReadonlyMap<string, Entry>;
}

/**
 * Reads `value.converter` or `key.converter` and its settings. As in Kafka Connect, a connector's `value.converter.*` count
 * only beside a `value.converter` of its own.
 */
export async function readConverter(
  part: RecordPart,
  { worker, connector }: ConnectFiles,
  readText: ReadText,
  findings: Findings,
): Promise<PartConverter> {
  const name = `${part}.converter`;
  const prefix = `${name}.`;
  const owner = connector.entries.has(name) ? connector : worker;
  if (owner === worker) warnAboutSettingsAlone(name, connector, findings);
  const given = owner.entries.get(name);
  if (given === undefined) {
    findings.problems.push(
      `${key(name)} is missing in ${connector.file} and in ${worker.file}; it can be ${knownClasses}.`,
    );
    return { settings: {}, origins: new Map() };
  }
  const converter = converterName(given, owner, findings);
  if (converter === undefined) return { settings: {}, origins: new Map() };

  const origins = new Map([[`${part}.converter`, given]]);
  const options: Record<string, string> = {};
  const known = optionNames(converter);
  for (const found of owner.entries.values()) {
    if (!found.key.startsWith(prefix)) continue;
    const option = found.key.slice(prefix.length);
    if (known.includes(option)) {
      options[option] = found.value;
      origins.set(`${part}.options.${option}`, found);
    } else checkKey(found, prefix, converter, findings);
  }
  const registry = needsRegistry(converter) ? await readRegistry(part, owner, readText, findings) : undefined;
  for (const [path, origin] of registry?.origins ?? []) origins.set(path, origin);
  return { settings: { converter, options, ...(registry && { schemaRegistry: registry.settings }) }, origins };
}

const knownClasses = [...new Set(Object.values(CONVERTER_CLASSES))].map(key).join(', ');

function converterName(given: Entry, owner: ConnectFile, findings: Findings): ConverterName | undefined {
  const full = converterClass(given.value);
  switch (full) {
    case undefined:
      findings.problems.push(`${key(given.key)} is ${quoted(given)} (${given.place}), but it must be ${knownClasses}.`);
      return undefined;
    case CONVERTER_CLASSES.json:
      return hasSchemas(given, owner, findings) ? 'json-with-schemas' : 'json';
    default:
      return shortNames.get(full);
  }
}

const shortNames = new Map(
  Object.entries(CONVERTER_CLASSES).map(([name, full]) => [full as string, name as ConverterName]),
);

/** JsonConverter's default is an envelope of schema and payload. */
function hasSchemas(given: Entry, { entries }: ConnectFile, findings: Findings): boolean {
  const found = entries.get(`${given.key}.schemas.enable`);
  if (found !== undefined && !/^(?:true|false)$/i.test(found.value)) {
    findings.problems.push(`${key(found.key)} is ${quoted(found)} (${found.place}), but it must be true or false.`);
  }
  return found?.value.toLowerCase() !== 'false';
}

function warnAboutSettingsAlone(name: string, { entries }: ConnectFile, findings: Findings): void {
  for (const found of entries.values()) {
    if (!found.key.startsWith(`${name}.`)) continue;
    findings.warnings.push(
      `${key(found.key)} (${found.place}) has no effect, as in Kafka Connect: without ${key(name)} in the same file the worker's converter and its settings are used.`,
    );
  }
}

/** Kafka Connect lets any key pass; one that is very likely a known one mistyped is refused, others are warned about. */
function checkKey(found: Entry, prefix: string, converter: ConverterName, findings: Findings): void {
  const name = found.key.slice(prefix.length);
  const verdict = name.startsWith(registryPrefix)
    ? (consumerKeys[name.slice(registryPrefix.length)] ?? converterKeys[name])
    : converterKeys[name];
  if (verdict !== undefined) {
    // What is said about a registry means nothing to a converter that needs none; files often have it all the same.
    if (needsRegistry(converter)) report(found, verdict, 'setting of converters', findings);
    return;
  }
  const tlsKeys = Object.keys(consumerKeys).filter((each) => each.startsWith('ssl.'));
  const meant = likelyMeant(name, [
    ...optionNames(converter),
    ...Object.keys(converterKeys),
    ...tlsKeys.map((each) => registryPrefix + each),
  ]);
  if (meant === undefined) {
    findings.warnings.push(`${key(found.key)} (${found.place}) is not known here and has no effect.`);
  } else {
    findings.problems.push(
      `${key(found.key)} (${found.place}) is not a setting of ${key(converter)}; did you mean ${key(prefix + meant)}?`,
    );
  }
}
