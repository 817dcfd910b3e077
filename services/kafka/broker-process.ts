import { HOST } from '../support/ports.ts';
import type { ProcessIdentity } from '../support/process-identity.ts';
import { readLog } from '../support/read-log.ts';
import { type Say, sayOnStderr } from '../support/say.ts';
import { untilAnswers } from '../support/until-answers.ts';
import { answersApiVersions } from './readiness.ts';

const START_LIMIT_MS = 60_000;
/** Under this nobody wonders what is going on. */
const QUIET_MS = 4_000;
/** For one try; between tries it is seen whether the broker still runs. */
const ANSWER_LIMIT_MS = 1_000;
const POLL_MS = 25;

export interface StartingBroker {
  readonly identity: ProcessIdentity;
  /** The plaintext listener's. */
  readonly port: number;
  readonly logFile: string;
}

/** Returns once the broker serves requests, and ends it when it doesn't. */
export function untilServing(broker: StartingBroker, say: Say = sayOnStderr): Promise<void> {
  const { identity, port, logFile } = broker;
  return untilAnswers({
    title: 'Kafka',
    place: `Kafka on ${HOST}:${port}`,
    identity,
    logFile,
    answers: () => answersApiVersions(HOST, port, ANSWER_LIMIT_MS),
    say,
    limitMs: START_LIMIT_MS,
    quietMs: QUIET_MS,
    pollMs: POLL_MS,
  });
}

export function failedToBind(logFile: string): boolean {
  return readLog(logFile).includes('Address already in use');
}
