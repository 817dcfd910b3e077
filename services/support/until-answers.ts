import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, kill, type ProcessIdentity } from './process-identity.ts';
import { readLog } from './read-log.ts';
import type { Say } from './say.ts';
import { ServiceError } from './service-error.ts';

const START_LIMIT_MS = 90_000;
const QUIET_MS = 8_000;
const POLL_MS = 50;
const LOG_TAIL_LINES = 25;

export interface Awaited {
  /** As messages name it. */
  readonly title: string;
  /** The same with where it will be, for people who wait; its title by default. */
  readonly place?: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  /** Whether it serves; it must come back within a second or so. */
  readonly answers: () => Promise<boolean>;
  readonly say: Say;
  /** Milliseconds until it has to serve; default 90,000. */
  readonly limitMs?: number;
  /** Milliseconds under which nobody wonders what is going on; default 8,000. */
  readonly quietMs?: number;
  /** Milliseconds between two tries; default 50. */
  readonly pollMs?: number;
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

async function wait({
  title,
  place = title,
  identity,
  logFile,
  answers,
  say,
  limitMs = START_LIMIT_MS,
  quietMs = QUIET_MS,
  pollMs = POLL_MS,
}: Awaited): Promise<void> {
  const start = performance.now();
  let quiet = true;
  for (;;) {
    const passed = performance.now() - start;
    if (!isRunning(identity)) throw startFailure(title, 'it ended', logFile);
    if (await answers()) return;
    if (passed > limitMs) throw startFailure(title, `no answer within ${limitMs / 1000} s`, logFile);
    if (quiet && passed > quietMs) {
      quiet = false;
      say(`waiting for ${place}`);
    }
    await delay(pollMs);
  }
}

function startFailure(title: string, what: string, logFile: string): ServiceError {
  const tail = readLog(logFile).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  return new ServiceError(`${title} did not start: ${what}. The end of ${logFile}:\n${tail}`);
}
