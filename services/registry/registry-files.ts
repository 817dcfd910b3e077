import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchJars } from '../support/jars.ts';
import { findJava } from '../support/java.ts';
import { JVM_OPTIONS } from '../support/jvm-options.ts';
import { sourceFile } from '../support/paths.ts';
import { freePorts, HOST, isFree } from '../support/ports.ts';
import { runCommand } from '../support/run-command.ts';
import { type Say, sayOnStderr } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';
import type { RegistryEndpoints, RegistryOptions } from './options.ts';

const UNPACK_LIMIT_MS = 120_000;
const JARS = { name: 'registry', title: 'Apicurio Registry 2.6.13 (136 MB)', pom: sourceFile('registry', 'pom.xml') };
/** Confluent's API, as Apicurio offers it. */
const CONFLUENT_PATH = '/apis/ccompat/v7';

/** A registry that is ready to be started. */
export interface RegistryFiles {
  readonly java: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly endpoints: RegistryEndpoints;
  readonly logFile: string;
}

/** Lays out everything that a registry needs, fetching it first if it isn't here yet. It keeps its schemas in memory. */
export async function prepareRegistry(dir: string, options: RegistryOptions): Promise<RegistryFiles> {
  const java = await findJava();
  const app = await unpackedApp(options.say ?? sayOnStderr);
  const port = await choosePort(options);
  return {
    java,
    args: [
      ...JVM_OPTIONS,
      `-Xmx${options.heap ?? '256m'}`,
      `-Dquarkus.http.host=${HOST}`,
      `-Dquarkus.http.port=${port}`,
      '-Dquarkus.log.file.enable=false',
      `-Djava.io.tmpdir=${dir}`,
      '-jar',
      app,
    ],
    port,
    endpoints: { url: `http://${HOST}:${port}${CONFLUENT_PATH}` },
    logFile: logFileIn(dir),
  };
}

export function logFileIn(dir: string): string {
  return join(dir, 'registry.log');
}

async function choosePort({ port }: RegistryOptions): Promise<number> {
  if (port === undefined) return (await freePorts(1))[0] as number;
  if (await isFree(port)) return port;
  throw new ServiceError(
    `Port ${port} on ${HOST} is taken: give the schema registry another one, or none to have a free one chosen.`,
  );
}

/** The jar to run, beside its libraries: unpacked once, next to the archive that it comes in. */
async function unpackedApp(say: Say): Promise<string> {
  const jarsDir = await fetchJars(JARS, say);
  const unpacked = join(jarsDir, 'unpacked');
  if (!existsSync(unpacked)) await unpack(jarsDir, unpacked);
  const jar = (await readdir(unpacked)).find((name) => name.endsWith('-runner.jar'));
  if (jar === undefined) throw new ServiceError(`There is no registry in ${unpacked}: remove it and try again.`);
  return join(unpacked, jar);
}

/** Complete or not there at all, also when two do it at once. */
async function unpack(jarsDir: string, unpacked: string): Promise<void> {
  const archive = (await readdir(jarsDir)).find((name) => name.endsWith('.tar.gz'));
  if (archive === undefined) throw new ServiceError(`There is no archive in ${jarsDir}: remove it and try again.`);
  const partial = `${unpacked}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    const result = await runCommand('tar', ['-xzf', join(jarsDir, archive), '-C', partial], UNPACK_LIMIT_MS);
    if (result?.status !== 0) {
      throw new ServiceError(
        `${archive} could not be unpacked. tar said:\n${result?.output.trim() ?? 'it is not installed'}`,
      );
    }
    await rename(partial, unpacked);
  } catch (error) {
    if (!existsSync(unpacked)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
