import type { ProcessIdentity } from '../support/process-identity.ts';
import { kill } from '../support/process-identity.ts';
import type { LoggedCommand } from '../support/spawn-logged.ts';
import { type BrokerFiles, prepareBroker } from './broker-files.ts';
import { failedToBind, untilServing } from './broker-process.ts';
import type { KafkaOptions } from './options.ts';

const TRIES = 3;

export interface LaunchedBroker {
  readonly files: BrokerFiles;
  readonly identity: ProcessIdentity;
}

export type Spawn = (command: LoggedCommand) => Promise<ProcessIdentity>;

export interface Launch {
  readonly dir: string;
  readonly options: KafkaOptions;
  readonly spawn: Spawn;
  /** Told of each process before the wait for it, so that it can be found even if this process is ended meanwhile. */
  readonly onSpawned?: (broker: LaunchedBroker) => Promise<void>;
}

/** Prepares and starts a broker that serves; when somebody else took a port in between, with other ports. */
export async function launchBroker(launch: Launch): Promise<LaunchedBroker> {
  for (let tries = 1; ; tries++) {
    const files = await prepareBroker(launch.dir, launch.options);
    try {
      return { files, identity: await startBroker(files, launch) };
    } catch (error) {
      if (tries === TRIES || !failedToBind(files.logFile)) throw error;
    }
  }
}

/** Starts a prepared broker, and ends it when it doesn't serve. */
export async function startBroker(
  files: BrokerFiles,
  { options, spawn, onSpawned }: Pick<Launch, 'options' | 'spawn' | 'onSpawned'>,
): Promise<ProcessIdentity> {
  const { java, args, logFile, ports } = files;
  const identity = await spawn({ command: java, args, logFile });
  try {
    await onSpawned?.({ files, identity });
    await untilServing({ identity, port: ports.plaintext, logFile }, options.say);
    return identity;
  } catch (error) {
    await kill(identity);
    throw error;
  }
}
