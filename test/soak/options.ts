import { parseArgs } from 'node:util';

/** What a person asked for. */
export interface SoakOptions {
  /** How long things go wrong, in milliseconds; start, drain and check come on top. */
  readonly disturbMs: number;
  readonly seed: number;
  readonly rowsPerSecond: number;
  readonly logLevel: string;
  readonly keep: boolean;
}

/** So that memory and disk stay bounded however long a run is. */
const MAX_ROWS = 3_000_000;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

export const HELP = `A long random test: rows go through several processes of one pipeline while things go wrong on all sides. At the end
everything is mended, and every row must be exactly once in its table, or exactly once in the dead letter topic.

Usage
  npm run test:soak -- --minutes 30 --seed 7

What runs
  A real Kafka broker of its own, the StarRocks emulator with two FEs and two BEs, and 1 to 4 processes of
  \`node dist/main.js\` with the same pipeline: two topics into Duplicate tables and one into a Primary Key table, with
  errors.tolerance=all and a dead letter topic. Some rows are bad in themselves, some are refused by StarRocks.

What goes wrong, several things at once
  processes   started, stopped with SIGTERM, killed with SIGKILL, frozen with SIGSTOP and continued, now and then for
              longer than the group waits for them
  StarRocks   connections cut before or after it acted, answers late or never, failures in its own words, BEs killed,
              hanging or shutting down, FEs killed, the FE leader moved, commits that become visible late, labels that
              are forgotten because others load into the same database
  Kafka       the broker stopped and started, killed, frozen

What is checked
  The topics are read back, so that it is known what was really produced. Then each row of each table is compared: none is
  missing, there twice, different, or there although it is bad; a Primary Key table has the newest row of each key. Each
  bad row is in the dead letter topic once. No transaction is open in StarRocks, each offset is committed to the end
  without metadata, and no process ended by itself.

  Once is for dead letters what the product promises: a process that is frozen between looking whether it still owns its
  partitions and writing a dead letter writes it when it continues, although another one may have done so. Such letters
  are counted apart, and only those that were written within 10 s after a process was continued.

Options
  --minutes N     how long things go wrong (10); drain and check come on top, about a minute
  --seed N        for other rows and another order of events (random). The same seed asks for the same events; when they
                  strike depends on the machine
  --rate N        rows per second that are produced (400); fewer where a run would come to more than 3,000,000
  --log-level L   of the processes: debug, info, warn or error (info)
  --keep          keep the processes' logs also when everything is right
  --help          print this

The exit code is 0 when all is right, 1 when something is not, 2 when the command is wrong. On a failure the rows and the
folder with the processes' logs are named. It needs Java 17, Maven and about 1 GB of disk, and ends all that it started.
`;

/** Reads the arguments; undefined when help was asked for. Throws an Error with a sentence for each mistake. */
export function readOptions(args: readonly string[], randomSeed: () => number): SoakOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      rate: { type: 'string', default: '400' },
      'log-level': { type: 'string', default: 'info' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const logLevel = values['log-level'];
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new Error(`--log-level takes ${LOG_LEVELS.join(', ')}, and got "${logLevel}".`);
  }
  const minutes = number('--minutes', values.minutes, 0.1, 10_080);
  const rate = wholeNumber('--rate', values.rate, 1, 5_000);
  return {
    disturbMs: minutes * 60_000,
    seed: values.seed === undefined ? randomSeed() : wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    rowsPerSecond: Math.min(rate, MAX_ROWS / (minutes * 60)),
    logLevel,
    keep: values.keep,
  };
}

function wholeNumber(name: string, text: string, lowest: number, highest: number): number {
  const value = number(name, text, lowest, highest);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} takes a whole number, and got "${text}".`);
}

function number(name: string, text: string, lowest: number, highest: number): number {
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  throw new Error(`${name} takes a number from ${lowest} to ${highest}, and got "${text}".`);
}
