#!/usr/bin/env node
// The command line. The only file that touches the process: its arguments, streams, signals and exit code.
import { readFileSync } from 'node:fs';
import { loadConfig } from './config/load.ts';
import { type Command, HELP, type ResolveCommand, readCommand } from './control/command-line.ts';
import { describeInterrupted, describeSettled } from './control/interrupted-loads-text.ts';
import { jsonLogger, sentenceLogger } from './control/log.ts';
import { type Progress, StatusLine } from './control/status-line.ts';
import { ConfigError, describeError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { Pipeline } from './pipeline.ts';
import { withLoadResolver } from './resolve-loads.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIG = 2;

async function main(): Promise<number> {
  let command: Command;
  try {
    command = readCommand(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${describeError(error)}\nTry: node dist/main.js --help\n`);
    return EXIT_BAD_CONFIG;
  }
  if (command.action === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (command.action === 'version') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  return command.action === 'resolve' ? resolve(command) : run(command);
}

async function run({ action, files, logLevel }: Command): Promise<number> {
  const pipelines: Pipeline[] = [];
  const statusLine =
    process.stdout.isTTY && action === 'run' ? new StatusLine(process.stdout, () => progressOf(pipelines)) : undefined;
  const logger = createLogger(statusLine, logLevel);
  try {
    const { pipelines: configs, warnings } = await loadConfig(files, { env: process.env, cwd: process.cwd() });
    for (const warning of warnings) logger.warn({}, warning);
    pipelines.push(...configs.map((config) => new Pipeline(config, logger)));
    return action === 'check' ? await check(pipelines) : await runUntilStopped(pipelines, logger);
  } catch (error) {
    statusLine?.close();
    return tellFailure(error);
  } finally {
    statusLine?.close();
    await Promise.allSettled(pipelines.map((pipeline) => pipeline.stop()));
  }
}

/** Lists interrupted loads, or settles them as a person says. */
async function resolve({ files, logLevel, answers }: ResolveCommand): Promise<number> {
  const logger = sentenceLogger((line) => process.stderr.write(`${line}\n`), logLevel);
  try {
    const { pipelines: configs, warnings } = await loadConfig(files, { env: process.env, cwd: process.cwd() });
    for (const warning of warnings) logger.warn({}, warning);
    if (answers && configs.length > 1) {
      throw new ConfigError(['--loaded and --not-loaded are for one pipeline. Give the file of that one alone.']);
    }
    for (const config of configs) {
      await withLoadResolver(config, logger, async (resolver) => {
        const text = answers
          ? describeSettled(await resolver.resolve(answers))
          : describeInterrupted(config, await resolver.memberCount(), await resolver.interrupted());
        process.stdout.write(text);
      });
    }
    return 0;
  } catch (error) {
    return tellFailure(error);
  }
}

/** Says what went wrong, and returns the exit code. */
function tellFailure(error: unknown): number {
  const problems = error instanceof ConfigError ? error.problems : [describeError(error)];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return error instanceof ConfigError ? EXIT_BAD_CONFIG : EXIT_FAILED;
}

async function check(pipelines: readonly Pipeline[]): Promise<number> {
  for (const pipeline of pipelines) {
    const { name, starrocks } = pipeline.config;
    const targets = await pipeline.check();
    if (targets.length === 0) process.stdout.write(`${name}: no topic matches topics.regex yet\n`);
    for (const { topic, table } of targets) {
      process.stdout.write(`${name}: topic ${topic} can be loaded into ${starrocks.database}.${table}\n`);
    }
  }
  process.stdout.write('Everything that can be checked without loading is in order.\n');
  return 0;
}

async function runUntilStopped(pipelines: readonly Pipeline[], logger: Logger): Promise<number> {
  stopOnSignals(pipelines, logger);
  // A start that waits for its group must not keep a process that was told to stop.
  for (const pipeline of pipelines) await Promise.race([pipeline.start(), pipeline.done]);
  const ends = await Promise.allSettled(pipelines.map((pipeline) => pipeline.done));
  const failures = ends.filter((end) => end.status === 'rejected');
  if (failures.length === 0) {
    const peakBytesInFlight = Math.max(...pipelines.map((pipeline) => pipeline.inFlight.peak));
    logger.info(
      { rowsLoaded: progressOf(pipelines).rowsLoaded, peakBytesInFlight },
      'Stopped; everything that was read is loaded and committed',
    );
    return 0;
  }
  const [failure] = failures;
  throw failure?.reason;
}

/** The first signal drains, the second one leaves at once. */
function stopOnSignals(pipelines: readonly Pipeline[], logger: Logger): void {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++;
    if (signals > 1) process.exit(EXIT_FAILED);
    logger.info({ signal }, 'Stopping: what was read is being loaded; a second signal leaves at once');
    for (const pipeline of pipelines) void pipeline.stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function createLogger(statusLine: StatusLine | undefined, level: string): Logger {
  if (statusLine) return sentenceLogger((line) => statusLine.print(line), level);
  if (process.stderr.isTTY) return sentenceLogger((line) => process.stderr.write(`${line}\n`), level);
  return jsonLogger((line) => process.stdout.write(line), level);
}

function progressOf(pipelines: readonly Pipeline[]): Progress {
  const stats = pipelines.map((pipeline) => pipeline.stats);
  const sum = (read: (index: number) => number): number =>
    pipelines.reduce((total, _, index) => total + read(index), 0);
  return {
    rowsLoaded: sum((index) => stats[index]?.rowsLoaded ?? 0),
    lag: sum((index) => stats[index]?.lag ?? 0),
    retries: sum((index) => stats[index]?.retries ?? 0),
    inFlightBytes: sum((index) => pipelines[index]?.inFlight.bytes ?? 0),
    lastLoad: stats.findLast((one) => one.lastLoad)?.lastLoad,
  };
}

function version(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

// The streams are flushed by then, and nothing of ours is left open; a library's forgotten handle must not keep us alive.
process.exit(await main());
