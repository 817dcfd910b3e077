import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchJars } from '../support/jars.ts';
import { sourceFile } from '../support/paths.ts';
import { freePorts, HOST, isFree } from '../support/ports.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';
import { type Say, sayOnStderr } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';
import type { PostgresEndpoints, PostgresOptions } from './options.ts';

const UNPACK_LIMIT_MS = 120_000;
const INIT_LIMIT_MS = 120_000;
const JARS = {
  name: 'postgres',
  title: 'PostgreSQL 15 (14 MB)',
  pom: sourceFile('postgres', 'pom.xml'),
  unpacked: true,
};
/** `nobody` of Debian. PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/** A PostgreSQL that is ready to be started, as often as one likes: the same port and rows each time. */
export interface PostgresFiles {
  readonly command: string;
  readonly args: readonly string[];
  readonly endpoints: PostgresEndpoints;
  readonly logFile: string;
}

/** Lays out everything that a PostgreSQL needs, fetching its programs first if they aren't here yet. */
export async function preparePostgres(dir: string, options: PostgresOptions): Promise<PostgresFiles> {
  const bin = join(await unpackedPrograms(options.say ?? sayOnStderr), 'bin');
  const port = await choosePort(options);
  const data = join(dir, 'data');
  await mkdir(data, { recursive: true });
  if (isRoot()) await chown(data, NOBODY, NOBODY);
  const user = 'postgres';
  const initdb = withoutRoot(join(bin, 'initdb'), [
    `--pgdata=${data}`,
    `--username=${user}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ]);
  const result = await runCommand(initdb.command, initdb.args, INIT_LIMIT_MS);
  if (result?.status !== 0) throw failure(`PostgreSQL's folder could not be made in ${data}`, 'initdb', result);
  const settings = {
    listen_addresses: HOST,
    // A path of a socket must be short, and ours may not be.
    unix_socket_directories: '',
    wal_level: 'logical',
    max_replication_slots: 8,
    max_wal_senders: 8,
    // Nobody needs its rows after a crash of the machine.
    fsync: 'off',
  };
  return {
    ...withoutRoot(join(bin, 'postgres'), [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]),
    endpoints: { host: HOST, port, user, database: 'postgres' },
    logFile: logFileIn(dir),
  };
}

export function logFileIn(dir: string): string {
  return join(dir, 'postgres.log');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The command, as somebody who may run PostgreSQL. It becomes the program itself, with the same process id. */
function withoutRoot(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
  if (!isRoot()) return { command, args };
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return { command: 'setpriv', args: [...asNobody, command, ...args] };
}

async function choosePort({ port }: PostgresOptions): Promise<number> {
  if (port === undefined) return (await freePorts(1))[0] as number;
  if (await isFree(port)) return port;
  throw new ServiceError(
    `Port ${port} on ${HOST} is taken: give PostgreSQL another one, or none to have a free one chosen.`,
  );
}

/** The folder with `bin`, `lib` and `share`: unpacked once, next to the archive that they come in. */
async function unpackedPrograms(say: Say): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new ServiceError(
      `PostgreSQL comes as programs for Linux on x64, and this is ${process.platform} on ${process.arch}: run it there.`,
    );
  }
  const jarsDir = await fetchJars(JARS, say);
  const unpacked = join(jarsDir, 'unpacked');
  if (!existsSync(unpacked)) await unpack(jarsDir, unpacked);
  return unpacked;
}

/** Complete or not there at all, also when two do it at once. */
async function unpack(jarsDir: string, unpacked: string): Promise<void> {
  const archive = (await readdir(jarsDir)).find((name) => name.endsWith('.txz'));
  if (archive === undefined) throw new ServiceError(`There is no archive in ${jarsDir}: remove it and try again.`);
  const partial = `${unpacked}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    const result = await runCommand('tar', ['-xJf', join(jarsDir, archive), '-C', partial], UNPACK_LIMIT_MS);
    if (result?.status !== 0) {
      throw failure(
        `${archive} could not be unpacked, which takes tar and xz (Debian and Ubuntu: apt-get install xz-utils)`,
        'tar',
        result,
      );
    }
    await rename(partial, unpacked);
  } catch (error) {
    if (!existsSync(unpacked)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function failure(what: string, command: string, result: CommandResult | undefined): ServiceError {
  return new ServiceError(`${what}. ${command} said:\n${result?.output.trim() ?? 'it is not installed'}`);
}
