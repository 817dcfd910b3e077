import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, kill, type ProcessIdentity } from './process-identity.ts';
import type { Say } from './say.ts';
import { ServiceError } from './service-error.ts';

const START_LIMIT_MS = 90_000;
/** Under this nobody wonders what is going on. */
const QUIET_MS = 8_000;
const POLL_MS = 50;
const LOG_TAIL_LINES = 25;

export interface Awaited {
  /** As messages name it. */
  readonly title: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  /** Whether it serves; it must come back within a second or so. */
  readonly answers: () => Promise<boolean>;
  readonly say: Say;
}

/** Returns once a process that was just started serves, and ends it when it doesn't. */
export async function untilAnswers(awaited: Awaited): Promise<void> {
  try {
    await wait(awaited);
  } catch (error) {
    await kill(awaited.identity);
    throw error;
  }
}

async function wait({ title, identity, logFile, answers, say }: Awaited): Promise<void> {
  const start = performance.now();
  let quiet = true;
  for (;;) {
    const passed = performance.now() - start;
    if (!isRunning(identity)) throw startFailure(title, 'it ended', logFile);
    if (await answers()) return;
    if (passed > START_LIMIT_MS) throw startFailure(title, `no answer within ${START_LIMIT_MS / 1000} s`, logFile);
    if (quiet && passed > QUIET_MS) {
      quiet = false;
      say(`waiting for ${title}`);
    }
    await delay(POLL_MS);
  }
}

function startFailure(title: string, what: string, logFile: string): ServiceError {
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  return new ServiceError(`${title} did not start: ${what}. The end of ${logFile}:\n${tail}`);
}
