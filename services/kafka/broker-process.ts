import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../support/ports.ts';
import { isRunning, type ProcessIdentity } from '../support/process-identity.ts';
import { type Say, sayOnStderr } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';
import { answersApiVersions } from './readiness.ts';

const START_LIMIT_MS = 60_000;
/** Under this nobody wonders what is going on. */
const QUIET_MS = 4_000;
/** For one try; between tries it is seen whether the broker still runs. */
const ANSWER_LIMIT_MS = 1_000;
const POLL_MS = 25;
const LOG_TAIL_LINES = 25;

export interface StartingBroker {
  readonly identity: ProcessIdentity;
  /** The plaintext listener's. */
  readonly port: number;
  readonly logFile: string;
}

/** Returns once the broker serves requests. Leaves a broker that doesn't to the caller to end. */
export async function untilServing(broker: StartingBroker, say: Say = sayOnStderr): Promise<void> {
  const start = performance.now();
  let quiet = true;
  for (;;) {
    const passed = performance.now() - start;
    if (!isRunning(broker.identity)) throw startFailure('it ended', broker.logFile);
    if (await answersApiVersions(HOST, broker.port, ANSWER_LIMIT_MS)) return;
    if (passed > START_LIMIT_MS) throw startFailure(`no answer within ${START_LIMIT_MS / 1000} s`, broker.logFile);
    if (quiet && passed > QUIET_MS) {
      quiet = false;
      say(`waiting for Kafka on ${HOST}:${broker.port}`);
    }
    await delay(POLL_MS);
  }
}

export function failedToBind(logFile: string): boolean {
  return readLog(logFile).includes('Address already in use');
}

function startFailure(what: string, logFile: string): ServiceError {
  const tail = readLog(logFile).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  return new ServiceError(`Kafka did not start: ${what}. The end of ${logFile}:\n${tail}`);
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}
