import type { ConfigProviders, ReadText } from '../config-providers.ts';
import { type Findings, namedKey, noFindings } from '../findings.ts';
import type { PipelineConfig } from '../model.ts';
import { HIDDEN } from '../shown-settings.ts';
import type { ConfigKey, Definition } from './config-key.ts';
import { connectorDefinitions } from './connector-definitions.ts';
import { type ConnectFile, entry, isReference, list } from './entries.ts';
import { frameworkDefinitions } from './framework-definitions.ts';
import { add, checkAsKafkaDoes, type ErrorsByKey, type GivenConfig } from './kafka-checks.ts';
import { connectPipeline } from './pipeline.ts';
import { resolveEntries } from './worker-providers.ts';

/** What is said about one value; the names are those of Kafka Connect's JSON. */
export interface ConfigValue {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

/** Kafka Connect's answer to a validation. */
export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly { readonly definition: ConfigKey | null; readonly value: ConfigValue }[];
}

/** A connector's configuration, judged. */
export interface JudgedConfig {
  readonly infos: ConfigInfos;
  /** Undefined where there is an error. */
  readonly pipeline: PipelineConfig | undefined;
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/** What a worker has for its connectors without saying so. */
const workerDefaults = new Map([['header.converter', 'org.apache.kafka.connect.storage.SimpleHeaderConverter']]);

/** Judges what connectors are configured with over the REST API, beside the file of the worker that they run in. */
export class ConnectorConfigs {
  readonly #worker: ConnectFile;
  readonly #readText: ReadText;
  readonly #providers: ConfigProviders;

  constructor(worker: ConnectFile, readText: ReadText, providers: ConfigProviders) {
    this.#worker = worker;
    this.#readText = readText;
    this.#providers = providers;
  }

  /** Every setting of the connector: its own first, then Kafka Connect's, as its REST API lists them. */
  static definitions(): ConfigKey[] {
    return [...connectorDefinitions(), ...frameworkDefinitions].map(({ key }) => key);
  }

  /** @param further - what is wrong with a configuration that can be read, as far as others know; one sentence each. */
  async judge(
    given: GivenConfig,
    further: (pipeline: PipelineConfig) => readonly string[] = () => [],
  ): Promise<JudgedConfig> {
    const definitions = this.#definitions(given);
    const errors: ErrorsByKey = new Map();
    const findings = noFindings();
    const connector = await this.#connectorOf(given, findings);
    const saidByKafka = checkAsKafkaDoes(resolvedValues(given, connector), definitions, errors);
    const pipeline = await connectPipeline({ worker: this.#worker, connector }, this.#readText, findings);
    if (pipeline) findings.problems.push(...further(pipeline));
    for (const problem of findings.problems) {
      const about = namedKey(problem) ?? 'connector.class';
      // One mistake is one error: Kafka's own words are those that are known.
      if (!saidByKafka.has(about)) add(errors, about, problem);
    }
    const infos = this.#infos(given, definitions, errors);
    const warnings = findings.warnings.map((warning) => this.#providers.hide(warning));
    return { infos, pipeline: infos.error_count === 0 ? pipeline : undefined, warnings };
  }

  #connectorOf(given: GivenConfig, findings: Findings): Promise<ConnectFile> {
    const file = `the configuration of ${given.get('name') ?? 'the connector'}`;
    const entries = new Map(
      [...given].flatMap(([key, value]) => (value === null ? [] : [[key, entry(key, value, file)]])),
    );
    return resolveEntries({ file, entries }, this.#providers, findings);
  }

  #definitions(given: GivenConfig): Definition[] {
    const framework = frameworkDefinitions.map(({ key, limits }) => {
      const inherited = this.#worker.entries.get(key.name)?.value ?? workerDefaults.get(key.name);
      const takesWorkers = key.name.endsWith('.converter') && inherited !== undefined;
      return { key: takesWorkers ? { ...key, default_value: inherited } : key, limits };
    });
    return [...framework, ...aliasDefinitions(given), ...connectorDefinitions()];
  }

  #infos(given: GivenConfig, definitions: readonly Definition[], errors: ErrorsByKey): ConfigInfos {
    const known = new Set(definitions.map(({ key }) => key.name));
    const configs: ConfigInfos['configs'] = [
      ...definitions.map(({ key }) => ({ definition: key, value: this.#value(key, given, errors) })),
      ...[...errors]
        .filter(([name]) => !known.has(name))
        .map(([name, messages]) => ({
          definition: null,
          // Nobody knows whether it is a secret.
          value: {
            name,
            value: HIDDEN,
            recommended_values: [],
            errors: messages.map((message) => this.#providers.hide(message)),
            visible: true,
          },
        })),
    ];
    const groups = new Set(definitions.flatMap(({ key }) => (key.group === null ? [] : [key.group])));
    return {
      name: given.get('connector.class') ?? '',
      error_count: configs.reduce((sum, { value }) => sum + value.errors.length, 0),
      groups: [...groups],
      configs,
    };
  }

  #value({ name, type, default_value: fallback }: ConfigKey, given: GivenConfig, errors: ErrorsByKey): ConfigValue {
    const messages = (errors.get(name) ?? []).map((message) => this.#providers.hide(message));
    const text = given.get(name)?.trim() ?? this.#worker.entries.get(name)?.value ?? fallback;
    // Kafka Connect shows nothing where it could read nothing.
    const unreadable =
      given.get(name) === null ||
      messages.some((message) => /: (?:Not a number of type |Expected value to be either true or false)/.test(message));
    const shown = type === 'PASSWORD' && text !== null && text !== '' ? HIDDEN : text;
    return { name, value: unreadable ? null : shown, recommended_values: [], errors: messages, visible: true };
  }
}

/** What was given, with what config providers gave. */
function resolvedValues(given: GivenConfig, { entries }: ConnectFile): GivenConfig {
  return new Map(
    [...given].map(([name, text]) => {
      const found = entries.get(name);
      return [name, found !== undefined && isReference(found) ? found.value : text];
    }),
  );
}

/** Each transformation and predicate has a type of its own to give. */
function aliasDefinitions(given: GivenConfig): Definition[] {
  return [
    { chain: 'transforms', group: 'Transforms' },
    { chain: 'predicates', group: 'Predicates' },
  ].flatMap(({ chain, group }) =>
    [...new Set(list(given.get(chain) ?? ''))].map((alias) => ({
      key: {
        name: `${chain}.${alias}.type`,
        type: 'CLASS',
        // The check of the aliases says what is missing.
        required: false,
        default_value: null,
        importance: 'HIGH',
        documentation: `Class of ${alias}.`,
        group: `${group}: ${alias}`,
        width: 'LONG',
        display_name: `Type of ${alias}`,
        dependents: [],
        order: 0,
      },
      limits: {},
    })),
  );
}
