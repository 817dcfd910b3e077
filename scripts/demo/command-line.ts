import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly action: 'run' | 'stop' | 'help';
  readonly rows: number;
  readonly keep: boolean;
}

/** Its sentence is for the person who typed the command line. */
export class CommandLineError extends Error {}

const DEFAULT_ROWS = 100_000;
const MOST_ROWS = 10_000_000;

export const HELP = `Loads rows from a real Kafka broker into the StarRocks emulator, through the two files that Kafka Connect takes.

Usage: npm run demo -- [options]

  --rows N    rows to produce and load, 1 to ${MOST_ROWS} (${DEFAULT_ROWS})
  --keep      leaves everything running, and prints how to query it, how to produce more rows and how to stop it
  --stop      stops what --keep left running
  --help      this text

The last line, such as "loaded ${DEFAULT_ROWS} of ${DEFAULT_ROWS} rows in 3.1 s", compares what SQL finds in the table
with what was produced. The seconds run from the start of the pipeline's process until SQL sees every row; starting
Kafka and the emulator and producing the rows come before and don't count.

Exit codes: 0 every row is there once, 1 not so, 2 the command line is wrong, 130 interrupted
`;

export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { rows, keep, stop, help } = parse(args);
  return {
    action: help === true ? 'help' : stop === true ? 'stop' : 'run',
    rows: rows === undefined ? DEFAULT_ROWS : parseRows(rows),
    keep: keep === true,
  };
}

export function parseRows(text: string): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && rows >= 1 && rows <= MOST_ROWS) return rows;
  throw new CommandLineError(`--rows takes a whole number from 1 to ${MOST_ROWS}, not "${text}".`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        keep: { type: 'boolean' },
        stop: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    // parseArgs names the option in a TypeError.
    throw new CommandLineError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
