import { parseArgs } from 'node:util';
import { type PreviewFrom, type PreviewRequest } from '../preview.ts';
import { type ResolveAnswers } from '../streams/load-resolver.ts';

/** The files that a command is given. */
export interface CommandBase {
  readonly files: readonly string[];
  readonly logLevel: string;
}

/** What a person says about interrupted loads, or nothing: then they are listed. */
export interface ResolveCommand extends CommandBase {
  readonly action: 'resolve';
  readonly answers: ResolveAnswers | undefined;
}

/** What the next records would become, as text for people or as JSON. */
export interface PreviewCommand extends CommandBase {
  readonly action: 'preview';
  readonly request: PreviewRequest;
  readonly json: boolean;
}

/** What a person asked for on the command line. */
export type Command =
  | (CommandBase & { readonly action: 'run' | 'check' | 'test' | 'help' | 'version' })
  | ResolveCommand
  | PreviewCommand;

const SUBCOMMANDS = ['resolve', 'preview', 'test'] as const;
type Subcommand = (typeof SUBCOMMANDS)[number];

/** Which command an option belongs to, of those that belong to one. */
const OPTION_OWNERS = {
  loaded: 'resolve',
  'not-loaded': 'resolve',
  force: 'resolve',
  records: 'preview',
  from: 'preview',
  wait: 'preview',
  json: 'preview',
} as const satisfies Record<string, Subcommand>;

const FROM: readonly PreviewFrom[] = ['committed', 'earliest', 'latest'];
const MOST_RECORDS = 10_000;
const MOST_WAIT_S = 3_600;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

export const HELP = `Tributary streams Kafka topics into StarRocks.

Usage
  node dist/main.js FILE...            load until stopped (Ctrl-C or SIGTERM)
  node dist/main.js --check FILE...    try everything out, load nothing
  node dist/main.js preview FILE...    show what the next records would become,
                                       stage by stage; load and commit nothing
  node dist/main.js test CASES...      try a pipeline on the records of a file of
                                       cases; needs neither Kafka nor StarRocks
  node dist/main.js resolve FILE...    list loads that were interrupted, and
                                       settle those that nobody can tell about

FILE is one of
  worker.properties connector.properties [more connectors]
                      the files that you start Kafka Connect with, unchanged;
                      a connector may be .properties or JSON. Kafka
                      Connect's REST API is served at 127.0.0.1:8083, or
                      where the worker's listeners= says (empty: nowhere)
  connect-distributed.properties
                      the file of a distributed worker, alone: its connectors
                      are in Kafka, and several processes share them
  pipeline.yaml       a pipeline file (also .json, .js or .mjs); with rest: {}
                      in it, the dashboard and /metrics are served, too

Options
  --check             read the files, connect to Kafka and StarRocks, see that
                      the topics, tables and privileges are there
  --records N         preview: how many records to show (20)
  --from WHERE        preview: committed, where the group would go on; earliest,
                      the first that are there; or latest, the newest (committed)
  --wait SECONDS      preview: how long to wait for records (10)
  --json              preview: JSON for programs, a line for each pipeline
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
  0   stopped and drained; preview: all would load; test: all cases pass
  1   Kafka or StarRocks cannot be reached, or a table cannot be loaded;
      preview: something would not load; test: a case fails
  2   the configuration or the command is wrong; each problem is one line

Examples
  node dist/main.js --check connect-standalone.properties connect-StarRocks-sink.properties
  node dist/main.js connect-standalone.properties connect-StarRocks-sink.properties
  node dist/main.js examples/pipeline.yaml
  node dist/main.js preview examples/pipeline.yaml --records 5 --from earliest
  node dist/main.js test examples/pipeline.test.yaml
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
      records: { type: 'string' },
      from: { type: 'string' },
      wait: { type: 'string' },
      json: { type: 'boolean' },
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

  const subcommand = SUBCOMMANDS.find((name) => name === positionals[0]);
  const files = subcommand ? positionals.slice(1) : positionals;
  if (files.length === 0) {
    throw new Error(
      subcommand === 'test'
        ? 'No file of cases is given. Name one, such as examples/pipeline.test.yaml.'
        : 'No configuration file is given. Name a pipeline file, or a worker and a connector file.',
    );
  }
  for (const [option, owner] of Object.entries(OPTION_OWNERS)) {
    if (option in values && owner !== subcommand) throw new Error(`--${option} belongs to the command ${owner}.`);
  }
  if (subcommand === undefined) return { action: values.check ? 'check' : 'run', files, logLevel };
  if (values.check) throw new Error(`${subcommand} and --check are two commands. Give one of them.`);
  switch (subcommand) {
    case 'resolve':
      return { action: 'resolve', files, logLevel, answers: readAnswers(values) };
    case 'preview':
      return { action: 'preview', files, logLevel, request: readRequest(values), json: values.json ?? false };
    case 'test':
      return { action: 'test', files, logLevel };
  }
}

function readRequest(values: {
  readonly records?: string;
  readonly from?: string;
  readonly wait?: string;
}): PreviewRequest {
  const from = FROM.find((known) => known === (values.from ?? 'committed'));
  if (from === undefined) throw new Error(`--from takes ${FROM.join(', ')}, and got "${values.from ?? ''}".`);
  return {
    records: wholeNumber('records', values.records ?? '20', MOST_RECORDS),
    from,
    waitMs: wholeNumber('wait', values.wait ?? '10', MOST_WAIT_S) * 1_000,
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new Error(`--${option} takes a whole number from 1 to ${most}, and got "${text}".`);
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
