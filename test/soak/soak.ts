import { setTimeout as delay } from 'node:timers/promises';
import { type Admin } from 'kafkajs';
import { Random } from '../support/random.ts';
import { disturb } from './disturb.ts';
import { type Scene } from './disturbances.ts';
import { Fleet } from './fleet.ts';
import { type SoakOptions } from './options.ts';
import { RowProducer } from './row-producer.ts';
import { DATABASE, startSurroundings, unfinishedPartitions } from './surroundings.ts';
import { Tally } from './tally.ts';
import { judge, type Verdict } from './verdict.ts';

/** What a run came to. */
export interface SoakResult extends Verdict {
  readonly seed: number;
  readonly seconds: number;
  /** Everything that was done to the parts, by kind. */
  readonly disturbances: Tally;
  /** What the processes said in their logs, by kind. */
  readonly events: Tally;
  /** Requests of the producer that were not acknowledged. */
  readonly producerFailures: number;
}

/** Where a run says what it does, and what ends it early. */
export interface SoakContext {
  /** An empty folder for the pipeline's file and the processes' logs. */
  readonly dir: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 15_000;
const DRAIN_LIMIT_MS = 180_000;
/** Processes that drain at the end. */
const AT_THE_END = 2;
/** Rollbacks of loads that were abandoned may still be under way when a process has ended. */
const ROLLBACK_LIMIT_MS = 10_000;
/** Beyond StarRocks' own limit for a load that is not prepared, and the pipeline's for a trial load that is. */
const LOAD_TIMEOUT_MS = 601_000;
const POLL_MS = 250;

/** Runs the long random test once, and ends everything that it started. */
export async function runSoak(
  { seed, disturbMs, rowsPerSecond, logLevel }: Omit<SoakOptions, 'keep'>,
  { dir, say, signal }: SoakContext,
): Promise<SoakResult> {
  const began = performance.now();
  const disturbances = new Tally();
  const events = new Tally();
  say('starting a Kafka broker and a StarRocks');
  const surroundings = await startSurroundings(dir);
  const fleet = new Fleet({ dir, pipelineFile: surroundings.pipelineFile, logLevel, tally: events });
  const { kafka, starrocks } = surroundings;
  const producer = new RowProducer({ kafka, seed, random: new Random(seed), rowsPerSecond });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await fleet.start();
    await fleet.start();
    producer.start();
    say(`for ${Math.round(disturbMs / 1000)} s things go wrong`);
    const progress = setInterval(() => {
      say(
        `${Math.round((performance.now() - began) / 1000)} s: ${producer.acknowledged} rows produced, ${starrocks.stats().rowsLoaded} loaded, ${fleet.size} processes, ${disturbances.total} disturbances`,
      );
    }, PROGRESS_MS);
    // Node.js 20 forgets an AbortSignal.timeout that only an AbortSignal.any listens to.
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), disturbMs);
    signal.addEventListener('abort', () => over.abort(), { once: true });
    try {
      const scene: Scene = { ...surroundings, fleet };
      await disturb({ scene, random: new Random(seed + 1), tally: disturbances, over: over.signal });
    } finally {
      clearTimeout(timer);
      clearInterval(progress);
      await producer.stop();
    }
    signal.throwIfAborted();

    say('everything is mended; waiting until all is loaded and committed');
    const unfinished = await drain(fleet, admin, say, signal);
    await fleet.stopAll();
    const open = await openTransactions(starrocks);
    say('comparing');
    const verdict = await judge({
      kafka,
      starrocks,
      seed,
      tried: (stream) => producer.next(stream),
      thawed: fleet.thawed,
    });
    const problems = new Map(verdict.problems);
    if (unfinished.length > 0) problems.set('partitions not loaded and committed to their end', unfinished);
    if (open.length > 0) problems.set('transactions open in StarRocks', open);
    if (fleet.surprises.length > 0) problems.set('processes that did not do as they should', fleet.surprises);
    const seconds = (performance.now() - began) / 1000;
    return { ...verdict, problems, seed, seconds, disturbances, events, producerFailures: producer.failures };
  } finally {
    await producer.stop();
    await fleet.close();
    await admin.disconnect();
    await surroundings.close();
  }
}

/** Waits until every record is loaded, and returns what is not when the limit has passed. */
async function drain(fleet: Fleet, admin: Admin, say: SoakContext['say'], signal: AbortSignal): Promise<string[]> {
  const began = performance.now();
  let told = began;
  for (;;) {
    while (fleet.size < AT_THE_END) await fleet.start();
    const unfinished = await unfinishedPartitions(admin);
    if (unfinished.length === 0 || performance.now() - began > DRAIN_LIMIT_MS) return unfinished;
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      say(`waiting for ${unfinished.join(', ')}`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** What a killed process left that nobody else knows of ends with its time; a prepared load of rows never does. */
async function openTransactions(starrocks: Scene['starrocks']): Promise<string[]> {
  const deadline = performance.now() + ROLLBACK_LIMIT_MS;
  while (starrocks.stats().openTransactions > 0 && performance.now() < deadline) await delay(POLL_MS);
  starrocks.advanceClock(LOAD_TIMEOUT_MS);
  starrocks.sweep();
  const open = await starrocks.query(
    `SELECT LABEL, STATE FROM information_schema.loads WHERE DB_NAME = '${DATABASE}' AND STATE IN ('LOADING', 'PREPARED')`,
  );
  return open.map(({ LABEL, STATE }) => `${String(LABEL)} ${String(STATE)}`);
}
