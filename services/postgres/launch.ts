import { Client } from 'pg';
import type { ProcessIdentity } from '../support/process-identity.ts';
import { sayOnStderr } from '../support/say.ts';
import type { LoggedCommand } from '../support/spawn-logged.ts';
import { untilAnswers } from '../support/until-answers.ts';
import type { PostgresEndpoints, PostgresOptions } from './options.ts';
import { type PostgresFiles, preparePostgres } from './postgres-files.ts';

/** For one try; between tries it is seen whether the server still runs. */
const ANSWER_LIMIT_MS = 1_000;

export interface LaunchedPostgres {
  readonly files: PostgresFiles;
  readonly identity: ProcessIdentity;
}

export interface Launch {
  readonly dir: string;
  readonly options: PostgresOptions;
  readonly spawn: (command: LoggedCommand) => Promise<ProcessIdentity>;
  /** Told of the process before the wait for it, so that it can be found even if this process is ended meanwhile. */
  readonly onSpawned?: (identity: ProcessIdentity) => Promise<void>;
}

/** Prepares and starts a PostgreSQL, and ends it when it doesn't serve. */
export async function launchPostgres({ dir, options, spawn, onSpawned }: Launch): Promise<LaunchedPostgres> {
  const files = await preparePostgres(dir, options);
  const { endpoints, logFile } = files;
  const identity = await spawn(files);
  await onSpawned?.(identity);
  await untilAnswers({
    title: `PostgreSQL on ${endpoints.host}:${endpoints.port}`,
    identity,
    logFile,
    answers: () => answers(endpoints),
    say: options.say ?? sayOnStderr,
  });
  return { files, identity };
}

async function answers(endpoints: PostgresEndpoints): Promise<boolean> {
  const client = new Client({ ...endpoints, connectionTimeoutMillis: ANSWER_LIMIT_MS, query_timeout: ANSWER_LIMIT_MS });
  // A connection that breaks later than its query must not end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
