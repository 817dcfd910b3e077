import { type ConfigKey } from '../config/connect/config-key.ts';
import { ConnectorConfigs } from '../config/connect/connector-configs.ts';
import { converterDefinitions } from '../config/connect/converter-definitions.ts';
import { ownClass, ownClasses } from '../config/connect/roles.ts';
import { CONVERTER_CLASSES, converterClass } from '../core/converter-classes.ts';
import { WorkerError } from './worker-error.ts';

/** A plugin as `/connector-plugins` lists it. */
export interface Plugin {
  readonly class: string;
  readonly type: 'sink' | 'converter';
  readonly version: string;
}

/** What a connector can be made of here. */
export function plugins(version: string, { connectorsOnly }: { readonly connectorsOnly: boolean }): Plugin[] {
  const connector: Plugin = { class: ownClass, type: 'sink', version };
  if (connectorsOnly) return [connector];
  const converters = [...new Set(Object.values(CONVERTER_CLASSES))].sort();
  return [connector, ...converters.map((name): Plugin => ({ class: name, type: 'converter', version }))];
}

/** The settings of a plugin, by its class or a shorter name for it. */
export function pluginConfig(name: string): ConfigKey[] {
  if (ownClasses.includes(name)) return ConnectorConfigs.definitions();
  const converter = converterClass(name);
  if (converter === undefined) throw new WorkerError(404, `Unknown plugin ${name}.`);
  return converterDefinitions(converter);
}

/** Refuses what is not configured as a connector for StarRocks, in Kafka Connect's words. */
export function requireOwnClass(given: ReadonlyMap<string, string | null>): string {
  const wanted = given.get('connector.class')?.trim() ?? '';
  if (ownClasses.includes(wanted)) return wanted;
  if (wanted !== '') {
    throw new WorkerError(
      400,
      `Failed to find any class that implements Connector and which name matches ${wanted}, available connectors are: ${ownClass}`,
    );
  }
  // There may be passwords among the values.
  const shown = [...given].map(([key, value]) => `${key}=${key === 'name' ? (value ?? 'null') : '[hidden]'}`);
  throw new WorkerError(400, `Connector config {${shown.join(', ')}} contains no connector type`);
}

/** Refuses a validation for another class than that of its path; either may leave out the package and `Connector`. */
export function requireSameClass(path: string, wanted: string): void {
  const bare = (name: string): string => name.replace(/Connector$/, '');
  if (!bare(wanted).endsWith(bare(path))) {
    throw new WorkerError(400, `Included connector type ${wanted} does not match request type ${path}`);
  }
}
