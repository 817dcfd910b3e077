import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../core/errors.ts';
import { ConfigProviders, hideSecrets } from './config-providers.ts';
import { ConnectorConfigs } from './connect/connector-configs.ts';
import { readDistributedSettings } from './connect/distributed-settings.ts';
import type { ConnectFile } from './connect/entries.ts';
import { connectPipeline } from './connect/pipeline.ts';
import { readRestSettings } from './connect/rest-settings.ts';
import { isConnectorFile, isDistributedWorker, isOwnConnector } from './connect/roles.ts';
import { checkWorkerKeys } from './connect/unknown-keys.ts';
import { resolveEntries, workerProviders } from './connect/worker-providers.ts';
import type { DistributedSettings } from './distributed-settings.ts';
import { type Findings, key, noFindings, quote } from './findings.ts';
import type { PipelineConfig } from './model.ts';
import { filePipeline } from './pipeline-file.ts';
import { restSettings } from './rest-section.ts';
import type { RestSettings } from './rest-settings.ts';
import { shownSettings } from './shown-settings.ts';
import { readSource } from './source-file.ts';

export interface LoadOptions {
  /** Where relative paths start. */
  readonly cwd: string;
  /** For values that refer to the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly pipelines: readonly PipelineConfig[];
  /** The file of each pipeline that comes from a pipeline file, by its name: its operators can be loaded again from there. */
  readonly pipelineFiles: ReadonlyMap<string, string>;
  /** One sentence each. */
  readonly warnings: readonly string[];
  /** What the worker's file says beside that; for pipeline files what `rest` says, undefined where none of them has it. */
  readonly worker: WorkerConfig | undefined;
}

/** A Kafka Connect worker, as its file describes it, or what makes one of pipeline files. */
export interface WorkerConfig {
  readonly rest: RestSettings;
  /** Undefined for a standalone worker, which a file for a distributed one makes as well when a connector's file is beside it. */
  readonly distributed: DistributedSettings | undefined;
  /** What its connectors were configured with, by name; the texts as they stand in their files, those of pipeline files without secrets. */
  readonly given: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Judges what further connectors are configured with; undefined where there can be none but those of pipeline files. */
  readonly configs: ConnectorConfigs | undefined;
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
  let pipelineDoors = 0;
  const pipelineFiles = new Map<string, string>();
  const shown = new Map<string, ReadonlyMap<string, string>>();
  // One after the other, so that messages stand in the order of the files.
  for (const file of files) {
    const source = await readSource(file, cwd, findings);
    if (source === undefined) unread += 1;
    else if (source.door === 'connect') connect.push(source.connect);
    else {
      pipelineDoors += 1;
      const config = await filePipeline(source.pipeline, { cwd, env }, findings);
      if (config === undefined) continue;
      pipelines.push(config);
      pipelineFiles.set(config.name, file);
      shown.set(config.name, shownSettings(source.pipeline.value));
    }
  }
  if (files.length === 0) findings.problems.push('No configuration file is given.');
  if (connect.length > 0 && pipelineDoors > 0) {
    findings.problems.push('Kafka Connect files and pipeline files cannot be mixed in one process.');
  } else if (connect.length > 0) {
    const loaded = await connectPipelines(connect, unread > 0, { cwd, env }, findings);
    pipelines.push(...loaded.pipelines);
    worker = loaded.worker;
  } else {
    const rest = sharedRest(pipelines, findings);
    worker = rest && { rest, distributed: undefined, given: shown, configs: undefined };
  }
  refuseSameNames(pipelines, findings);
  if (findings.problems.length > 0) throw new ConfigError(unique(findings.problems));
  return { pipelines, pipelineFiles, warnings: unique(findings.warnings), worker };
}

/** A process has one REST API, whichever of its files asks for it. */
function sharedRest(pipelines: readonly PipelineConfig[], findings: Findings): RestSettings | undefined {
  const [first, ...others] = pipelines.filter(({ rest }) => rest !== undefined);
  const other = others.find(({ rest }) => !isDeepStrictEqual(rest, first?.rest));
  if (first && other) {
    findings.problems.push(
      `${key('rest')} says one thing for ${quote(first.name)} and another for ${quote(other.name)}, but a process has one REST API: leave it in one of their files, or write the same into both.`,
    );
  }
  return first?.rest && restSettings(first.rest);
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
  const distributed =
    worker && connectors.length === 0 && !incomplete && isDistributedWorker(worker)
      ? await readDistributedSettings(worker, readText, findings)
      : undefined;
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
  const configs = new ConnectorConfigs(worker, readText, providers);
  return { pipelines, worker: { rest, distributed, given: asGiven, configs } };
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
  // Connectors may come from Kafka's config topic, or over the REST API.
  if (isDistributedWorker(worker)) return undefined;
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
