import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, kill, type ProcessIdentity } from '../support/process-identity.ts';
import { sayOnStderr } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';
import type { LoggedCommand } from '../support/spawn-logged.ts';
import type { RegistryOptions } from './options.ts';
import { prepareRegistry, type RegistryFiles } from './registry-files.ts';

const START_LIMIT_MS = 60_000;
/** Under this nobody wonders what is going on. */
const QUIET_MS = 8_000;
/** For one try; between tries it is seen whether the registry still runs. */
const ANSWER_LIMIT_MS = 1_000;
const POLL_MS = 50;
const TRIES = 3;
const LOG_TAIL_LINES = 25;

export interface LaunchedRegistry {
  readonly files: RegistryFiles;
  readonly identity: ProcessIdentity;
}

export interface Launch {
  readonly dir: string;
  readonly options: RegistryOptions;
  readonly spawn: (command: LoggedCommand) => Promise<ProcessIdentity>;
  /** Told of each process before the wait for it, so that it can be found even if this process is ended meanwhile. */
  readonly onSpawned?: (identity: ProcessIdentity) => Promise<void>;
}

/** Prepares and starts a registry that serves; when somebody else took its port in between, with another one. */
export async function launchRegistry(launch: Launch): Promise<LaunchedRegistry> {
  for (let tries = 1; ; tries++) {
    const files = await prepareRegistry(launch.dir, launch.options);
    try {
      return { files, identity: await startRegistryProcess(files, launch) };
    } catch (error) {
      if (tries === TRIES || !readLog(files.logFile).includes('already in use')) throw error;
    }
  }
}

/** Starts a prepared registry, and ends it when it doesn't serve. */
export async function startRegistryProcess(
  files: RegistryFiles,
  { options, spawn, onSpawned }: Omit<Launch, 'dir'>,
): Promise<ProcessIdentity> {
  const identity = await spawn({ command: files.java, args: files.args, logFile: files.logFile });
  try {
    await onSpawned?.(identity);
    await untilServing(files, identity, options);
    return identity;
  } catch (error) {
    await kill(identity);
    throw error;
  }
}

async function untilServing(files: RegistryFiles, identity: ProcessIdentity, options: RegistryOptions): Promise<void> {
  const start = performance.now();
  let quiet = true;
  for (;;) {
    const passed = performance.now() - start;
    if (!isRunning(identity)) throw startFailure('it ended', files.logFile);
    if (await answers(`${files.endpoints.url}/subjects`)) return;
    if (passed > START_LIMIT_MS) throw startFailure(`no answer within ${START_LIMIT_MS / 1000} s`, files.logFile);
    if (quiet && passed > QUIET_MS) {
      quiet = false;
      (options.say ?? sayOnStderr)(`waiting for the schema registry at ${files.endpoints.url}`);
    }
    await delay(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function startFailure(what: string, logFile: string): ServiceError {
  const tail = readLog(logFile).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  return new ServiceError(`The schema registry did not start: ${what}. The end of ${logFile}:\n${tail}`);
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}
