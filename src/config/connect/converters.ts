import { CONVERTER_CLASSES, type ConverterName, converterClass } from '../../core/converter-classes.ts';
import { needsRegistry, optionNames } from '../converter-options.ts';
import { type Findings, key, quote } from '../findings.ts';
import { likelyMeant } from '../nearest.ts';
import { type ConnectFile, type ConnectFiles, type Entry } from './entries.ts';
import { consumerKeys, converterKeys } from './keys.ts';
import { readRegistry, registryPrefix } from './registry.ts';
import { type ReadText } from './stores.ts';
import { report } from './unknown-keys.ts';

/** `value` of the model, and the entries that its settings came from. */
export interface ValueConverter {
  readonly value: Readonly<Record<string, unknown>>;
  readonly origins: ReadonlyMap<string, Entry>;
}

const prefix = 'value.converter.';

/**
 * Reads `value.converter` and its settings. As in Kafka Connect, a connector's `value.converter.*` count only beside a
 * `value.converter` of its own. Keys of records are never loaded, so the key's converter does not matter.
 */
export async function readValueConverter(
  { worker, connector }: ConnectFiles,
  readText: ReadText,
  findings: Findings,
): Promise<ValueConverter> {
  const owner = connector.entries.has('value.converter') ? connector : worker;
  if (owner === worker) warnAboutSettingsAlone(connector, findings);
  const given = owner.entries.get('value.converter');
  if (given === undefined) {
    findings.problems.push(
      `${key('value.converter')} is missing in ${connector.file} and in ${worker.file}; it can be ${knownClasses}.`,
    );
    return { value: {}, origins: new Map() };
  }
  const converter = converterName(given, owner, findings);
  if (converter === undefined) return { value: {}, origins: new Map() };

  const origins = new Map([['value.converter', given]]);
  const options: Record<string, string> = {};
  const known = optionNames(converter);
  for (const found of owner.entries.values()) {
    if (!found.key.startsWith(prefix)) continue;
    const name = found.key.slice(prefix.length);
    if (known.includes(name)) {
      options[name] = found.value;
      origins.set(`value.options.${name}`, found);
    } else checkKey(found, name, converter, findings);
  }
  const registry = needsRegistry(converter) ? await readRegistry(owner, readText, findings) : undefined;
  for (const [path, origin] of registry?.origins ?? []) origins.set(path, origin);
  return { value: { converter, options, ...(registry && { schemaRegistry: registry.settings }) }, origins };
}

const knownClasses = [...new Set(Object.values(CONVERTER_CLASSES))].map(key).join(', ');

function converterName(given: Entry, owner: ConnectFile, findings: Findings): ConverterName | undefined {
  const full = converterClass(given.value);
  switch (full) {
    case undefined:
      findings.problems.push(
        `${key(given.key)} is ${quote(given.value)} (${given.place}), but it must be ${knownClasses}.`,
      );
      return undefined;
    case CONVERTER_CLASSES.json:
      return hasSchemas(owner, findings) ? 'json-with-schemas' : 'json';
    default:
      return shortNames.get(full);
  }
}

const shortNames = new Map(
  Object.entries(CONVERTER_CLASSES).map(([name, full]) => [full as string, name as ConverterName]),
);

/** JsonConverter's default is an envelope of schema and payload. */
function hasSchemas({ entries }: ConnectFile, findings: Findings): boolean {
  const found = entries.get(`${prefix}schemas.enable`);
  if (found !== undefined && !/^(?:true|false)$/i.test(found.value)) {
    findings.problems.push(
      `${key(found.key)} is ${quote(found.value)} (${found.place}), but it must be true or false.`,
    );
  }
  return found?.value.toLowerCase() !== 'false';
}

function warnAboutSettingsAlone({ entries }: ConnectFile, findings: Findings): void {
  for (const found of entries.values()) {
    if (!found.key.startsWith(prefix)) continue;
    findings.warnings.push(
      `${key(found.key)} (${found.place}) has no effect, as in Kafka Connect: without ${key('value.converter')} in the same file the worker's converter and its settings are used.`,
    );
  }
}

/** Kafka Connect lets any key pass; one that is very likely a known one mistyped is refused, others are warned about. */
function checkKey(found: Entry, name: string, converter: ConverterName, findings: Findings): void {
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
