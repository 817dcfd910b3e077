import { describeError } from '../../core/errors.ts';
import { topicPattern } from '../../core/java-regex.ts';
import {
  type ConfigProvider,
  ConfigProviders,
  directoryProvider,
  environmentProvider,
  fileProvider,
  type Surroundings,
} from '../config-providers.ts';
import { type Findings, key } from '../findings.ts';
import { type ConnectFile, type Entry, list, quoted } from './entries.ts';

const PACKAGE = 'org.apache.kafka.common.config.provider';

/** Makes each provider that Kafka brings along, with its parameters. */
const known: Readonly<Record<string, (params: Params, surroundings: Surroundings) => ConfigProvider>> = {
  [`${PACKAGE}.FileConfigProvider`]: (params, surroundings) => fileProvider(surroundings, fileLimits(params)),
  [`${PACKAGE}.DirectoryConfigProvider`]: (params, surroundings) => directoryProvider(surroundings, fileLimits(params)),
  [`${PACKAGE}.EnvVarConfigProvider`]: (params, surroundings) => {
    const pattern = params.get('allowlist.pattern')?.value;
    return environmentProvider(surroundings, pattern === undefined ? undefined : topicPattern(pattern));
  },
};

type Params = ReadonlyMap<string, Entry>;

function fileLimits(params: Params): { allowedPaths?: readonly string[] } {
  const allowed = params.get('allowed.paths');
  return allowed === undefined || allowed.value === '' ? {} : { allowedPaths: list(allowed.value) };
}

/** The providers that a worker's file lists in `config.providers`; one that is not listed is none in Kafka Connect either. */
export function workerProviders(
  { file, entries }: ConnectFile,
  surroundings: Surroundings,
  findings: Findings,
): ConfigProviders {
  const providers = new Map<string, ConfigProvider>();
  for (const name of list(entries.get('config.providers')?.value ?? '')) {
    const prefix = `config.providers.${name}.`;
    const found = entries.get(`${prefix}class`);
    const make = found && known[found.value];
    if (make === undefined) {
      const state = found === undefined ? `is missing in ${file}` : `is ${quoted(found)} (${found.place})`;
      const classes = Object.keys(known).map(key).join(', ');
      findings.problems.push(`${key(`${prefix}class`)} ${state}, but it must be one of ${classes}.`);
      continue;
    }
    const params = [...entries.values()]
      .filter((each) => each.key.startsWith(`${prefix}param.`))
      .map((each) => [each.key.slice(`${prefix}param.`.length), each] as const);
    try {
      providers.set(name, make(new Map(params), surroundings));
    } catch (error) {
      findings.problems.push(`${key(`${prefix}param.allowlist.pattern`)} cannot be used: ${describeError(error)}.`);
    }
  }
  return new ConfigProviders(providers);
}

/** A file's entries with the values that they refer to; what stands in the file is kept beside them. */
export async function resolveEntries(
  { file, entries }: ConnectFile,
  providers: ConfigProviders,
  findings: Findings,
): Promise<ConnectFile> {
  const resolved = new Map<string, Entry>();
  for (const [name, found] of entries) {
    try {
      const value = await providers.resolve(found.raw);
      resolved.set(name, value === found.raw ? found : { ...found, value: value.trim() });
    } catch (error) {
      findings.problems.push(`${key(name)} (${found.place}) has no value, because ${describeError(error)}.`);
      resolved.set(name, found);
    }
  }
  return { file, entries: resolved };
}
