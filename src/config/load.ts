import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import { ConfigProviders, hideSecrets } from './config-providers.ts';
import { ConnectorConfigs } from './connect/connector-configs.ts';
import type { ConnectFile } from './connect/entries.ts';
import { connectPipeline } from './connect/pipeline.ts';
import { readRestSettings } from './connect/rest-settings.ts';
import { isConnectorFile, isDistributedWorker, isOwnConnector } from './connect/roles.ts';
import { checkWorkerKeys } from './connect/unknown-keys.ts';
import { resolveEntries, workerProviders } from './connect/worker-providers.ts';
import { type Findings, key, noFindings, quote } from './findings.ts';
import type { PipelineConfig } from './model.ts';
import { filePipeline } from './pipeline-file.ts';
import type { RestSettings } from './rest-settings.ts';
import { readSource } from './source-file.ts';

export interface LoadOptions {
  /** Where relative paths start. */
  readonly cwd: string;
  /** For values that refer to the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly pipelines: readonly PipelineConfig[];
  /** One sentence each. */
  readonly warnings: readonly string[];
  /** What the worker's file says beside that; undefined for pipeline files. */
  readonly worker: WorkerConfig | undefined;
}

/** A Kafka Connect worker, as its file describes it. */
export interface WorkerConfig {
  readonly rest: RestSettings;
  /** What its connectors were configured with, by name; the texts as they stand in their files. */
  readonly given: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Judges what further connectors are configured with. */
  readonly configs: ConnectorConfigs;
}

/**
 * Reads the files of either door: a Kafka Connect worker's with those of its connectors, or pipeline files.
 * Throws a ConfigError with every problem that all the files have.
 */
export async function loadConfig(files: readonly string[], { cwd, env }: LoadOptions): Promise<LoadedConfig> {
  const findings = noFindings();
  const connect: ConnectFile[] = [];
  const pipelines: PipelineConfig[] = [];
  let worker: WorkerConfig | undefined;
  let unread = 0;
  let pipelineFiles = 0;
  // One after the other, so that messages stand in the order of the files.
  for (const file of files) {
    const source = await readSource(file, cwd, findings);
    if (source === undefined) unread += 1;
    else if (source.door === 'connect') connect.push(source.connect);
    else {
      pipelineFiles += 1;
      const config = await filePipeline(source.pipeline, { cwd, env }, findings);
      if (config !== undefined) pipelines.push(config);
    }
  }
  if (files.length === 0) findings.problems.push('No configuration file is given.');
  if (connect.length > 0 && pipelineFiles > 0) {
    findings.problems.push('Kafka Connect files and pipeline files cannot be mixed in one process.');
  } else if (connect.length > 0) {
    const loaded = await connectPipelines(connect, unread > 0, { cwd, env }, findings);
    pipelines.push(...loaded.pipelines);
    worker = loaded.worker;
  }
  refuseSameNames(pipelines, findings);
  if (findings.problems.length > 0) throw new ConfigError(unique(findings.problems));
  return { pipelines, warnings: unique(findings.warnings), worker };
}

async function connectPipelines(
  files: readonly ConnectFile[],
  incomplete: boolean,
  { cwd, env }: LoadOptions,
  all: Findings,
): Promise<{ pipelines: PipelineConfig[]; worker: WorkerConfig | undefined }> {
  const findings = noFindings();
  const connectors = files.filter(isConnectorFile);
  const [given, second] = files.filter((file) => !connectors.includes(file));
  const readText = (path: string): Promise<string> => readFile(resolve(cwd, path), 'utf8');
  if (given !== undefined) checkWorkerKeys(given, findings);
  const providers = given ? workerProviders(given, { env, readText }, findings) : new ConfigProviders(new Map());
  const worker = given && (await resolveEntries(given, providers, findings));
  // With a file missing there is no telling which one it was.
  const rest = worker && (await readRestSettings(worker, readText, findings));
  const roles = incomplete ? undefined : roleFault(worker, second, connectors, rest);
  if (roles !== undefined) findings.problems.push(roles);
  const own = connectors.filter((connector) => isOwnConnector(connector, findings));
  if (own.length === 0 && connectors.length > 0)
    findings.problems.push('None of the connectors is a StarRocks sink, so there is nothing to run.');
  const pipelines: PipelineConfig[] = [];
  const asGiven = new Map<string, ReadonlyMap<string, string>>();
  for (const connector of worker ? own : []) {
    const resolved = await resolveEntries(connector, providers, findings);
    const config = worker && (await connectPipeline({ worker, connector: resolved }, readText, findings));
    if (config === undefined) continue;
    pipelines.push(config);
    asGiven.set(config.name, new Map([...connector.entries].map(([name, { raw }]) => [name, raw])));
  }
  hideSecrets(findings, providers, all);
  if (worker === undefined || rest === undefined) return { pipelines, worker: undefined };
  return { pipelines, worker: { rest, given: asGiven, configs: new ConnectorConfigs(worker, readText, providers) } };
}

function roleFault(
  worker: ConnectFile | undefined,
  second: ConnectFile | undefined,
  connectors: readonly ConnectFile[],
  rest: RestSettings | undefined,
): string | undefined {
  if (worker === undefined) {
    return `The worker's file is missing beside ${connectors[0]?.file ?? ''}: give the one with ${key('bootstrap.servers')} first, as to connect-standalone.`;
  }
  if (second !== undefined) {
    return `${worker.file} and ${second.file} are both workers' files, but there can be only one; a connector's file has ${key('name')} and ${key('connector.class')}.`;
  }
  if (connectors.length > 0) return undefined;
  if (isDistributedWorker(worker)) {
    return `${worker.file} is for a distributed worker, which comes with a later version; give a connector's file after it to run that one here.`;
  }
  // Connectors may come over the REST API.
  if (rest !== undefined && rest.listeners.length > 0) return undefined;
  return `${worker.file} is a worker's file, but a connector's file is missing after it.`;
}

function refuseSameNames(pipelines: readonly PipelineConfig[], findings: Findings): void {
  const names = pipelines.map(({ name }) => name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    findings.problems.push(
      `Two pipelines are called ${quote(name)}, but each needs a name of its own: it names the consumer group.`,
    );
  }
}

function unique(sentences: readonly string[]): string[] {
  return [...new Set(sentences)];
}
