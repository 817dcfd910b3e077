import { type ConnectorConfigs } from '../config/connect/connector-configs.ts';
import { type Logger } from '../core/logger.ts';
import { type ConnectorConfig } from './connector.ts';
import { type GivenConfig } from './connectors.ts';
import { requireOwnClass } from './plugins.ts';
import { WorkerError } from './worker-error.ts';

/** Judges what a connector is given. Throws a WorkerError with every mistake, in Kafka Connect's words. */
export async function acceptConfig(
  given: GivenConfig,
  configs: Pick<ConnectorConfigs, 'judge'>,
  loggerOf: (connector: string) => Logger,
): Promise<ConnectorConfig> {
  requireOwnClass(given);
  const { infos, pipeline, warnings } = await configs.judge(given);
  if (!pipeline) {
    const errors = infos.configs.flatMap(({ value }) => value.errors);
    throw new WorkerError(
      400,
      `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``,
    );
  }
  const logger = loggerOf(pipeline.name);
  for (const warning of warnings) logger.warn({}, warning);
  return { given: new Map([...given].map(([key, value]) => [key, value ?? ''])), pipeline };
}

/** The configuration with its name, which stands there only once in requests. */
export function named(name: string, given: GivenConfig): GivenConfig {
  const own = given.get('name');
  if (own === undefined) return new Map([...given, ['name', name]]);
  if (own === name) return given;
  throw new WorkerError(
    400,
    `Connector name configuration (${own ?? 'null'}) doesn't match connector name in the URL (${name})`,
  );
}

/** What a configuration becomes by some changes; null takes a setting away. */
export function patched(config: ReadonlyMap<string, string>, changes: GivenConfig): Map<string, string> {
  const merged = new Map(config);
  for (const [key, value] of changes) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return merged;
}
