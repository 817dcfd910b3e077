#!/usr/bin/env node
// The command line. The only file that touches the process: its arguments, streams, signals and exit code.
import { readFileSync } from 'node:fs';
import { type LoadedConfig, loadConfig, type WorkerConfig } from './config/load.ts';
import { type PipelineConfig } from './config/model.ts';
import { caseReport } from './control/case-report.ts';
import {
  type Command,
  type CommandBase,
  HELP,
  type PreviewCommand,
  type ResolveCommand,
  readCommand,
} from './control/command-line.ts';
import { type CreateTask } from './control/connector-set.ts';
import { describeInterrupted, describeSettled } from './control/interrupted-loads-text.ts';
import { jsonLogger, sentenceLogger } from './control/log.ts';
import { Loggers } from './control/loggers.ts';
import { coloured, type Paint, plain } from './control/paint.ts';
import { PipelineRun } from './control/pipeline-run.ts';
import { previewJson } from './control/preview-json.ts';
import { previewText } from './control/preview-text.ts';
import { previewVerdict } from './control/preview-verdict.ts';
import { StatusLine } from './control/status-line.ts';
import { type Task, type TaskName } from './control/task.ts';
import { TaskList } from './control/task-list.ts';
import { TaskThread } from './control/threads/task-thread.ts';
import { ConfigError, describeError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { flushSpans } from './core/tracing.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIG = 2;
/** Columns where nobody knows how many there are. */
const PAPER_WIDTH = 80;
const LEAST_WIDTH = 60;

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
  switch (command.action) {
    case 'resolve':
      return resolve(command);
    case 'preview':
      return preview(command);
    case 'test':
      return test(command);
    default:
      return run(command);
  }
}

async function run({ action, files, logLevel }: Command): Promise<number> {
  const tasks = new TaskList();
  const statusLine =
    process.stdout.isTTY && action === 'run' ? new StatusLine(process.stdout, () => tasks.progress) : undefined;
  const logger = createLogger(statusLine, logLevel);
  try {
    const loaded = await loadConfig(files, { env: process.env, cwd: process.cwd() });
    const { worker } = loaded;
    for (const warning of loaded.warnings) logger.warn({}, warning);
    if (action === 'check') {
      refuseDistributed(worker, 'checked');
      return await check(loaded.pipelines, logger);
    }
    return worker && (worker.distributed || worker.rest.listeners.length > 0)
      ? await runWorker(worker, loaded, new Loggers(logger), tasks)
      : await runPipelines(loaded, new Loggers(logger), tasks);
  } catch (error) {
    statusLine?.close();
    return tellFailure(error);
  } finally {
    statusLine?.close();
  }
}

/** Lists interrupted loads, or settles them as a person says. */
async function resolve({ files, logLevel, answers }: ResolveCommand): Promise<number> {
  const logger = sentenceLogger((line) => process.stderr.write(`${line}\n`), logLevel);
  try {
    const loaded = await loadConfig(files, { env: process.env, cwd: process.cwd() });
    const { pipelines: configs, warnings, worker } = loaded;
    for (const warning of warnings) logger.warn({}, warning);
    refuseDistributed(worker, 'resolved');
    if (answers && configs.length > 1) {
      throw new ConfigError(['--loaded and --not-loaded are for one pipeline. Give the file of that one alone.']);
    }
    const { withLoadResolver } = await import('./resolve-loads.ts');
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

/** Shows what the next records would become. */
async function preview({ files, logLevel, request, json }: PreviewCommand): Promise<number> {
  const logger = sentenceLogger((line) => process.stderr.write(`${line}\n`), logLevel);
  let everythingLoads = true;
  try {
    const loaded = await loadConfig(files, { env: process.env, cwd: process.cwd() });
    const { pipelines: configs, warnings, worker } = loaded;
    for (const warning of warnings) logger.warn({}, warning);
    refuseDistributed(worker, 'previewed');
    const { Pipeline } = await import('./pipeline.ts');
    for (const config of configs) {
      const pipeline = new Pipeline(config, logger);
      try {
        const seen = await pipeline.preview(request);
        everythingLoads &&= previewVerdict(seen).everythingLoads;
        const { kafka, errors, delivery } = config;
        const { tolerance } = errors;
        const text = { ...terminal(), tolerance, reset: kafka.autoOffsetReset, delivery };
        process.stdout.write(json ? previewJson(seen) : previewText(seen, text));
      } finally {
        await pipeline.stop();
      }
    }
    return everythingLoads ? 0 : EXIT_FAILED;
  } catch (error) {
    return tellFailure(error);
  }
}

/** Runs the cases of files. */
async function test({ files, logLevel }: CommandBase): Promise<number> {
  const logger = sentenceLogger((line) => process.stderr.write(`${line}\n`), logLevel);
  let allPass = true;
  try {
    const [{ loadCases }, { runCases }] = await Promise.all([
      import('./config/case-file.ts'),
      import('./run-cases.ts'),
    ]);
    for (const file of files) {
      const cases = await loadCases(file, { env: process.env, cwd: process.cwd() });
      for (const warning of cases.warnings) logger.warn({}, warning);
      const results = await runCases(cases, logger);
      allPass &&= results.every(({ differences }) => differences.length === 0);
      process.stdout.write(caseReport(file, results, terminal().paint));
    }
    return allPass ? 0 : EXIT_FAILED;
  } catch (error) {
    return tellFailure(error);
  }
}

/** Where a person reads along, colours and as many columns as there are. */
function terminal(): { readonly paint: Paint; readonly width: number } {
  const { isTTY, columns } = process.stdout;
  if (!isTTY) return { paint: plain, width: PAPER_WIDTH };
  return { paint: process.stdout.hasColors() ? coloured : plain, width: Math.max(LEAST_WIDTH, columns) };
}

/** The connectors of a distributed worker are in Kafka, and not in files. */
function refuseDistributed(worker: WorkerConfig | undefined, done: string): void {
  if (!worker?.distributed) return;
  throw new ConfigError([
    `A distributed worker has its connectors in Kafka, where they cannot be ${done} with this command. Give a connector's file after the worker's: GET /connectors/NAME/config tells what to write into it.`,
  ]);
}

/** Says what went wrong, and returns the exit code. */
function tellFailure(error: unknown): number {
  const problems = error instanceof ConfigError ? error.problems : [describeError(error)];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return error instanceof ConfigError ? EXIT_BAD_CONFIG : EXIT_FAILED;
}

async function check(configs: readonly PipelineConfig[], logger: Logger): Promise<number> {
  const { Pipeline } = await import('./pipeline.ts');
  const pipelines = configs.map((config) => new Pipeline(config, logger));
  try {
    for (const pipeline of pipelines) {
      const { name } = pipeline.config;
      const targets = await pipeline.check();
      if (targets.length === 0) process.stdout.write(`${name}: no topic matches topics.regex yet\n`);
      for (const { topic, table } of targets) {
        process.stdout.write(`${name}: topic ${topic} can be loaded into ${table}\n`);
      }
    }
  } finally {
    await Promise.allSettled(pipelines.map((pipeline) => pipeline.stop()));
  }
  process.stdout.write('Everything that can be checked without loading is in order.\n');
  return 0;
}

/** Pipelines on their own: the process ends with them. */
async function runPipelines(loaded: LoadedConfig, loggers: Loggers, tasks: TaskList): Promise<number> {
  const logger = loggers.get('tributary');
  const { pipelines } = loaded;
  const isAlone = pipelines.length === 1 && pipelines[0]?.tasksMax === 1;
  const run = new PipelineRun({
    createTask: isAlone ? await tasksHere(tasks) : tasksInThreads(loaded, loggers, tasks),
    loggerOf: (name) => loggers.ofConnector(name),
  });
  const told = new Promise<void>((resolve) => onSignals(logger, resolve));
  try {
    await Promise.race([run.start(pipelines), told]);
    await Promise.race([told, run.ended]);
  } catch (error) {
    await run.close();
    throw error;
  }
  return stopped(await run.close(), logger, tasks);
}

/** Where one task is all that the process does, a thread for it would only cost time and memory. */
async function tasksHere(tasks: TaskList): Promise<CreateTask> {
  const { Pipeline } = await import('./pipeline.ts');
  return (config, task, logger) => {
    const pipeline = new Pipeline(config, logger, task);
    tasks.add({ connector: config.name, task }, pipeline);
    return pipeline;
  };
}

function tasksInThreads(
  { pipelineFiles }: Pick<LoadedConfig, 'pipelineFiles'>,
  loggers: Loggers,
  ...listeners: readonly { add(name: TaskName, task: Task): void }[]
): CreateTask {
  return (config, task, logger) => {
    const { name: connector } = config;
    const file = config.transforms.length > 0 ? pipelineFiles.get(connector) : undefined;
    const thread = new TaskThread({
      entry: new URL('./task.js', import.meta.url),
      config,
      task,
      operators: file === undefined ? undefined : { file, cwd: process.cwd(), env: { ...process.env } },
      logger,
      debug: loggers.debugOfConnector(connector),
    });
    for (const listener of listeners) listener.add({ connector, task }, thread);
    return thread;
  };
}

/** Connectors with the REST API to them, which may end, and others begin: the process runs until it is told to stop. */
async function runWorker(
  config: WorkerConfig,
  loaded: LoadedConfig,
  loggers: Loggers,
  tasks: TaskList,
): Promise<number> {
  const logger = loggers.get('tributary');
  // Only who serves the REST API pays for the time that it takes to load it.
  const [{ ConnectWorker }, { Metrics }] = await Promise.all([
    import('./control/connect-worker.ts'),
    import('./control/metrics.ts'),
  ]);
  const metrics = new Metrics();
  const worker = new ConnectWorker({
    config,
    pipelines: loaded.pipelines,
    loggers,
    version: version(),
    dashboard: new URL('./dashboard/', import.meta.url),
    metrics,
    problems: () => tasks.problems(Date.now()),
    createTask: tasksInThreads(loaded, loggers, tasks, metrics),
  });
  const told = new Promise<void>((resolve) => onSignals(logger, resolve));
  try {
    await Promise.race([worker.start(), told, worker.failed]);
    await Promise.race([told, worker.failed]);
  } catch (error) {
    await worker.stop();
    throw error;
  }
  return stopped(await worker.stop(), logger, tasks);
}

/** The exit code of a stop; throws the first failure. */
function stopped(failures: readonly unknown[], logger: Logger, tasks: TaskList): number {
  if (failures.length > 0) throw failures[0];
  logger.info(
    { rowsLoaded: tasks.progress.rowsLoaded, peakBytesInFlight: tasks.peakBytesInFlight },
    'Stopped; everything that was read is loaded and committed',
  );
  return 0;
}

/** The first signal drains, the second one leaves at once. */
function onSignals(logger: Logger, stop: () => void): void {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++;
    if (signals > 1) process.exit(EXIT_FAILED);
    logger.info({ signal }, 'Stopping: what was read is being loaded; a second signal leaves at once');
    stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function createLogger(statusLine: StatusLine | undefined, level: string): ReturnType<typeof jsonLogger> {
  if (statusLine) return sentenceLogger((line) => statusLine.print(line), level);
  if (process.stderr.isTTY) return sentenceLogger((line) => process.stderr.write(`${line}\n`), level);
  return jsonLogger((line) => process.stdout.write(line), level);
}

function version(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

// The streams are flushed by then, and nothing of ours is left open; a library's forgotten handle must not keep us alive.
const exitCode = await main();
await flushSpans();
process.exit(exitCode);
