import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts';
import type { PipelineConfig } from '../../../src/config/model.ts';
import { ConfigError } from '../../../src/core/errors.ts';

/** Files by name; those whose name begins with `-` are only there to be read by others. */
export type Files = Readonly<Record<string, string>>;

type Environment = Readonly<Record<string, string>>;

async function inDirectory(files: Files): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'tributary-config-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  return cwd;
}

/** Writes the files and loads them in their order. */
export async function load(files: Files, env: Environment = {}): Promise<LoadedConfig> {
  const cwd = await inDirectory(files);
  const given = Object.keys(files).filter((name) => !name.startsWith('-'));
  return loadConfig(given, { cwd, env });
}

/** The one pipeline of the files. */
export async function loadOne(files: Files, env: Environment = {}): Promise<PipelineConfig> {
  const { pipelines } = await load(files, env);
  const [pipeline, ...more] = pipelines;
  if (pipeline === undefined || more.length > 0) throw new Error(`There are ${pipelines.length} pipelines`);
  return pipeline;
}

/** What is wrong with the files. */
export async function problemsOf(files: Files, env: Environment = {}): Promise<readonly string[]> {
  try {
    await load(files, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const worker = {
  'bootstrap.servers': 'localhost:9092',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
};

const connector = {
  name: 'orders',
  'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
  topics: 'orders',
  'starrocks.http.url': 'fe:8030',
  'starrocks.database.name': 'shop',
  'starrocks.username': 'root',
  'starrocks.password': '',
};

type Keys = Readonly<Record<string, string | undefined>>;

/** A properties file with the keys in order; `undefined` takes one out. Plain values only: nothing is escaped. */
export function properties(keys: Keys): string {
  return Object.entries(keys)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .join('\n');
}

/** A worker's and a connector's file that work, with changes; what is added stands in line 5 of `w` and line 8 of `c`. */
export function connectFiles(changes: { worker?: Keys; connector?: Keys }): Files {
  return { w: properties({ ...worker, ...changes.worker }), c: properties({ ...connector, ...changes.connector }) };
}

/** The same pair with lines that have to be written as they are. */
export function connectText(changes: { worker?: string; connector?: string }): Files {
  const { w = '', c = '' } = connectFiles({});
  return { w: `${w}\n${changes.worker ?? ''}`, c: `${c}\n${changes.connector ?? ''}` };
}

/** A pipeline file that works; the text is added to it from line 11. */
export function pipelineYaml(more = ''): Files {
  return {
    'p.yaml': `name: orders
kafka:
  brokers: [localhost:9092]
  topics:
    - orders
starrocks:
  urls: [fe:8030]
  database: shop
  username: root
  password: ''
${more}`,
  };
}
