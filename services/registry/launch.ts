import { answersHttp } from '../support/answers-http.ts';
import { kill, type ProcessIdentity } from '../support/process-identity.ts';
import { readLog } from '../support/read-log.ts';
import { sayOnStderr } from '../support/say.ts';
import type { LoggedCommand } from '../support/spawn-logged.ts';
import { untilAnswers } from '../support/until-answers.ts';
import type { RegistryOptions } from './options.ts';
import { prepareRegistry, type RegistryFiles } from './registry-files.ts';

const START_LIMIT_MS = 60_000;
const TRIES = 3;

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
  const { url } = files.endpoints;
  const identity = await spawn({ command: files.java, args: files.args, logFile: files.logFile });
  try {
    await onSpawned?.(identity);
  } catch (error) {
    await kill(identity);
    throw error;
  }
  await untilAnswers({
    title: 'The schema registry',
    place: `the schema registry at ${url}`,
    identity,
    logFile: files.logFile,
    answers: () => answersHttp(`${url}/subjects`),
    say: options.say ?? sayOnStderr,
    limitMs: START_LIMIT_MS,
  });
  return identity;
}
