import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answersHttp } from '../support/answers-http.ts';
import { compileJava } from '../support/compile-java.ts';
import { fetchJars } from '../support/jars.ts';
import { findJava } from '../support/java.ts';
import { JVM_OPTIONS } from '../support/jvm-options.ts';
import { sourceFile } from '../support/paths.ts';
import { freePorts, HOST } from '../support/ports.ts';
import type { ProcessIdentity } from '../support/process-identity.ts';
import { sayOnStderr } from '../support/say.ts';
import type { LoggedCommand } from '../support/spawn-logged.ts';
import { untilAnswers } from '../support/until-answers.ts';
import type { DebeziumEndpoints, DebeziumOptions } from './options.ts';

const JARS = {
  name: 'debezium',
  title: 'Kafka Connect 4.3.1 with Debezium 3.2.3 (60 MB)',
  pom: sourceFile('debezium', 'pom.xml'),
};
const CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

export interface LaunchedDebezium {
  readonly identity: ProcessIdentity;
  readonly endpoints: DebeziumEndpoints;
  readonly logFile: string;
}

export interface Launch {
  readonly dir: string;
  readonly options: DebeziumOptions;
  readonly spawn: (command: LoggedCommand) => Promise<ProcessIdentity>;
  /** Told of the process before the wait for it, so that it can be found even if this process is ended meanwhile. */
  readonly onSpawned?: (identity: ProcessIdentity) => Promise<void>;
}

/** Starts a worker of Kafka Connect that has Debezium's connector; a standalone one has no connector running yet. */
export async function launchDebezium({ dir, options, spawn, onSpawned }: Launch): Promise<LaunchedDebezium> {
  const say = options.say ?? sayOnStderr;
  const java = await findJava();
  const jars = await fetchJars(JARS, say);
  const port = options.port ?? (await freePorts(1))[0];
  const endpoints = { url: `http://${HOST}:${port}` };
  const worker = join(dir, 'worker.properties');
  await writeFile(worker, workerProperties(dir, endpoints.url, options));
  const { sources = [], properties = {} } = options;
  const classes = join(dir, 'classes');
  if (sources.length > 0) await compileJava(sources, { jars, into: classes });
  const mode = isDistributed(properties) ? 'ConnectDistributed' : 'ConnectStandalone';
  const logFile = join(dir, 'connect.log');
  const identity = await spawn({
    command: java,
    args: [
      ...JVM_OPTIONS,
      `-Xmx${options.heap ?? '512m'}`,
      '-cp',
      `${join(jars, '*')}:${classes}`,
      `-Dlog4j2.configurationFile=${sourceFile('kafka', 'log4j2.properties')}`,
      `-Djava.io.tmpdir=${dir}`,
      `org.apache.kafka.connect.cli.${mode}`,
      worker,
    ],
    logFile,
  });
  await onSpawned?.(identity);
  await untilAnswers({
    title: `Kafka Connect at ${endpoints.url}`,
    identity,
    logFile,
    answers: () => answersHttp(`${endpoints.url}/connectors`),
    say,
  });
  return { identity, endpoints, logFile };
}

function isDistributed(properties: NonNullable<DebeziumOptions['properties']>): boolean {
  return 'group.id' in properties;
}

function workerProperties(dir: string, url: string, { bootstrapServers, properties = {} }: DebeziumOptions): string {
  const all = {
    'bootstrap.servers': bootstrapServers,
    listeners: url,
    'key.converter': CONVERTER,
    'value.converter': CONVERTER,
    // A distributed worker would take it for a setting of its offset topic.
    ...(isDistributed(properties) ? {} : { 'offset.storage.file.filename': join(dir, 'connect.offsets') }),
    'offset.flush.interval.ms': 1000,
    ...properties,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
