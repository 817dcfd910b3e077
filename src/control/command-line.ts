import { parseArgs } from 'node:util';
import { type ResolveAnswers } from '../streams/load-resolver.ts';

interface CommandBase {
  readonly files: readonly string[];
  readonly logLevel: string;
}

/** What a person says about interrupted loads, or nothing: then they are listed. */
export interface ResolveCommand extends CommandBase {
  readonly action: 'resolve';
  readonly answers: ResolveAnswers | undefined;
}

/** What a person asked for on the command line. */
export type Command = (CommandBase & { readonly action: 'run' | 'check' | 'help' | 'version' }) | ResolveCommand;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

export const HELP = `Tributary streams Kafka topics into StarRocks.

Usage
  node dist/main.js FILE...            load until stopped (Ctrl-C or SIGTERM)
  node dist/main.js --check FILE...    try everything out, load nothing
  node dist/main.js resolve FILE...    list loads that were interrupted, and
                                       settle those that nobody can tell about

FILE is one of
  worker.properties connector.properties [more connectors]
                      the files that you start Kafka Connect with, unchanged;
                      a connector may be .properties or JSON. Kafka
                      Connect's REST API is served at 127.0.0.1:8083, or
                      where the worker's listeners= says (empty: nowhere)
  pipeline.yaml       a pipeline file (also .json, .js or .mjs)

Options
  --check             read the files, connect to Kafka and StarRocks, see that
                      the topics, tables and privileges are there
  --loaded PART       resolve: the rows are in the table, go on behind them.
                      PART is TOPIC/PARTITION, or all for every unclear one;
                      may be given several times
  --not-loaded PART   resolve: the rows are not in the table, load them
  --force             resolve: also where the next start would settle it
  --log-level LEVEL   debug, info, warn or error (info)
  --version           print the version
  --help              print this

When a load is unclear
  A start ends the loads that an earlier process left, by what Kafka and StarRocks
  know of them. Where that is not enough, the partition is not loaded, the log says
  so, and the other partitions go on. Then
  1. stop every process of the pipeline;
  2. see the load's topic, partition, offsets, table and time:
     node dist/main.js resolve FILE...
  3. look whether its rows are in the table; they all are, or none is;
  4. say which, and start the pipeline again:
     node dist/main.js resolve FILE... --loaded orders/0
     node dist/main.js resolve FILE... --not-loaded orders/0

Exit codes
  0   stopped and drained
  1   Kafka or StarRocks cannot be reached, or a table cannot be loaded
  2   the configuration or the command is wrong; each problem is one line

Examples
  node dist/main.js --check connect-standalone.properties connect-StarRocks-sink.properties
  node dist/main.js connect-standalone.properties connect-StarRocks-sink.properties
  node dist/main.js examples/pipeline.yaml
`;

/** Reads the arguments. Throws an Error with a sentence when they cannot be understood. */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      check: { type: 'boolean' },
      loaded: { type: 'string', multiple: true },
      'not-loaded': { type: 'string', multiple: true },
      force: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      'log-level': { type: 'string', default: 'info' },
    },
  });
  const logLevel = values['log-level'];
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new Error(`--log-level takes ${LOG_LEVELS.join(', ')}, and got "${logLevel}".`);
  }
  if (values.help) return { action: 'help', files: positionals, logLevel };
  if (values.version) return { action: 'version', files: positionals, logLevel };

  const resolves = positionals[0] === 'resolve';
  const files = resolves ? positionals.slice(1) : positionals;
  if (files.length === 0) {
    throw new Error('No configuration file is given. Name a pipeline file, or a worker and a connector file.');
  }
  if (resolves) {
    if (values.check) throw new Error('resolve and --check are two commands. Give one of them.');
    return { action: 'resolve', files, logLevel, answers: readAnswers(values) };
  }
  for (const option of ['loaded', 'not-loaded', 'force'] as const) {
    if (values[option] !== undefined) throw new Error(`--${option} belongs to the command resolve.`);
  }
  return { action: values.check ? 'check' : 'run', files, logLevel };
}

function readAnswers(values: {
  readonly loaded?: readonly string[];
  readonly 'not-loaded'?: readonly string[];
  readonly force?: boolean;
}): ResolveAnswers | undefined {
  const { loaded = [], 'not-loaded': notLoaded = [], force = false } = values;
  for (const part of [...loaded, ...notLoaded]) {
    if (part !== 'all' && !/^[^/]+\/\d+$/.test(part)) {
      throw new Error(`--loaded and --not-loaded take TOPIC/PARTITION or all, and got "${part}".`);
    }
  }
  if (loaded.length > 0 || notLoaded.length > 0) return { loaded, notLoaded, force };
  if (force) throw new Error('--force needs --loaded or --not-loaded: what is to be settled, and how.');
  return undefined;
}
