import { parseArgs } from 'node:util';

/** What a person asked for on the command line. */
export interface Command {
  readonly action: 'run' | 'check' | 'help' | 'version';
  readonly files: readonly string[];
  readonly logLevel: string;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

export const HELP = `Tributary streams Kafka topics into StarRocks.

Usage
  node dist/main.js FILE...            load until stopped (Ctrl-C or SIGTERM)
  node dist/main.js --check FILE...    try everything out, load nothing

FILE is one of
  worker.properties connector.properties [more connectors]
                      the files that you start Kafka Connect with, unchanged;
                      a connector may be .properties or JSON
  pipeline.yaml       a pipeline file (also .json, .js or .mjs)

Options
  --check             read the files, connect to Kafka and StarRocks, see that
                      the topics, tables and privileges are there
  --log-level LEVEL   debug, info, warn or error (info)
  --version           print the version
  --help              print this

Exit codes
  0   stopped and drained
  1   Kafka or StarRocks cannot be reached, or a table cannot be loaded
  2   the configuration is wrong; each problem is one line

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
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      'log-level': { type: 'string', default: 'info' },
    },
  });
  const logLevel = values['log-level'];
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new Error(`--log-level takes ${LOG_LEVELS.join(', ')}, and got "${logLevel}".`);
  }
  const action = values.help ? 'help' : values.version ? 'version' : values.check ? 'check' : 'run';
  if (positionals.length === 0 && (action === 'run' || action === 'check')) {
    throw new Error('No configuration file is given. Name a pipeline file, or a worker and a connector file.');
  }
  return { action, files: positionals, logLevel };
}
