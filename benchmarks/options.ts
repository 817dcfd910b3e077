import { parseArgs } from 'node:util';
import { LEAST_FULL_ROW_BYTES, LEAST_ROW_BYTES, MOST_ROW_BYTES } from './rows.ts';
import { CODECS, type Codec, LARGE_ROW_BYTES, MOST_BYTES, type Workload, workloadsOf } from './workload.ts';

/** The modes that can be measured, in the order in which they run. */
export const MODES = [
  'consume-only',
  'pass-through',
  'parse',
  'transform',
  'mask',
  'smt',
  'avro',
  'protobuf',
  'json-schema',
  'connect',
  'connect-smt',
  'connect-avro',
] as const;
export type Mode = (typeof MODES)[number];

/** The modes that Kafka Connect runs in. */
export const CONNECT_MODES = ['connect', 'connect-smt', 'connect-avro'] as const satisfies readonly Mode[];
export type ConnectMode = (typeof CONNECT_MODES)[number];

export function isConnect(mode: Mode): mode is ConnectMode {
  return CONNECT_MODES.some((one) => one === mode);
}

/** What Kafka Connect does for the same rows in the same table, where it can. */
export const COUNTERPARTS: Partial<Readonly<Record<Mode, ConnectMode>>> = {
  'pass-through': 'connect',
  parse: 'connect',
  transform: 'connect-smt',
  smt: 'connect-smt',
  avro: 'connect-avro',
};

/** The modes that read rows in a registry's format, each from a topic of its own. */
export const FORMATS = ['avro', 'protobuf', 'json-schema'] as const satisfies readonly Mode[];
export type Format = (typeof FORMATS)[number];

/** The format that a mode reads; undefined where it is plain JSON. */
export function formatOf(mode: Mode): Format | undefined {
  return mode === 'connect-avro' ? 'avro' : FORMATS.find((format) => format === mode);
}

/** The deliveries that Tributary can be measured with, in the order in which they run. */
export const DELIVERIES = ['exactly-once', 'at-least-once'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** One program to measure. */
export interface Subject {
  readonly mode: Mode;
  /** Undefined for what has no choice: KafkaJS alone, and Kafka Connect. */
  readonly delivery: Delivery | undefined;
}

/** What a person asked for. Sizes in bytes. */
export interface BenchOptions {
  readonly modes: readonly Mode[];
  readonly deliveries: readonly Delivery[];
  /** The base first. */
  readonly workloads: readonly [Workload, ...Workload[]];
  readonly repeat: number;
  readonly flushBytes: number;
  /** `max.partition.fetch.bytes` of every mode. */
  readonly fetchBytes: number;
  /** `tasksMax` of each measurement, compared with the first; empty to measure the modes as they are. */
  readonly tasks: readonly number[];
  readonly latency: boolean;
  readonly intervalsMs: readonly number[];
  readonly rowsPerSecond: number;
  readonly seconds: number;
  /** Kafka Connect's connector: in a folder, or the stand-in where that is undefined; undefined for no Kafka Connect. */
  readonly connect: { readonly pluginDir: string | undefined } | undefined;
  readonly json: string | undefined;
  /** Write a CPU profile of each measured Node process, and say where its time went. */
  readonly profile: boolean;
  readonly timeoutMs: number;
}

/** What KafkaJS reads with nothing added. */
const KAFKAJS_CODECS: readonly Codec[] = ['none', 'gzip'];

export const HELP = `Measures Tributary against the speed of its Kafka client, on this machine.

Usage
  npm run bench                          throughput: about six minutes
  npm run bench -- --codecs none,lz4     throughput beside the same with one thing changed, see below
  npm run bench -- --profile             where the time goes: flame graphs and a table
  npm run bench -- --latency             row age at commit: about two minutes
  npm run bench -- --tasks 1,2           what a second task brings
  npm run bench -- --connect             Kafka Connect, side by side: about ten minutes

What runs
  A real Kafka broker, its topics filled once, and a Stream Load server that only counts rows (the emulator with --null).
  Each measured program is a process of its own, and all read the same rows one after the other, there and back:
  A B C D D C B A. Figures are medians over the repeats.

  consume-only   KafkaJS alone reads the topic and drops it: the ceiling, and the yardstick of this machine
  pass-through   Tributary with no transform: values are copied, never parsed
  parse          an operator that does nothing, so each row is decoded and written again
  transform      an operator that adds one field and drops another, through liftRecords
  mask           an operator that hashes two fields, as examples/own-operators/mask.ts does; only where it is named
  smt            Kafka Connect's ReplaceField and InsertField, which add one field and drop another
  avro, protobuf, json-schema
                 the same rows as a schema registry's converters read them, from topics of their own
  connect        Kafka Connect reads the JSON and loads it, with what --connect or --connect-plugin says
  connect-smt    the same with the transforms of smt
  connect-avro   the same from the topic of avro, with Apicurio's Avro converter

  Tributary delivers exactly once, as it does for its users. --delivery exactly-once,at-least-once measures both, and
  adds what exactly-once costs: the median over the repeats of how much less it did than at-least-once in the same one.

What the columns mean
  rows/cpu-s     rows by seconds of processor time, user and system, of all threads, start-up included
  ratio          of rows/cpu-s to consume-only's in the same repeat. Compare this one: times depend on the machine
  of parse       of rows/cpu-s to parse's in the same repeat
  of Connect     of rows/cpu-s to those of Kafka Connect at the same work, in the same repeat: pass-through and parse by
                 connect, transform and smt by connect-smt, avro by connect-avro
  rows/s         from the first load until four fifths of the rows are there: the last ones wait for the flush interval
                 (consume-only: from the first batch to the last)
  peak RSS       the most memory that the process ever had (VmHWM)
  lag p99        how late the event loop was, by a probe that rides along (node --import benchmarks/probe.js);
                 start-up included, sampled every 10 ms
  first row      from the start of the process to the first row that the server has committed
                 (consume-only: to its first batch). The server is asked every 20 ms until then, and every 200 ms later
  server         processor time of the counting server by wall time, and what it could do alone on one core

One thing changed
  --codecs, --row-bytes, --partitions, --topics and --rows take a list. Its first value belongs to the base; each further
  one is measured as the base with that one thing changed, in the same rounds. Not all with all: --codecs none,gzip
  --partitions 4,1200 makes the base, one with gzip and one with 1,200 partitions. With a list only pass-through is
  measured, and connect with --connect, unless --modes says otherwise, and the table is another one:

  of base        of rows/cpu-s to the base's in the same repeat
  without start  rows/cpu-s without the processor time of the same program on 1,000 rows in as many partitions and topics,
                 measured in the same repeat: what the start costs does not grow with the rows
  late row       processor time of a row in the second half of the rows behind the first million, by that of one in the first
                 half: 1.00 where a row costs the same however many come before it
  MB/cpu-s       bytes of rows, not compressed, by seconds of processor time

  Rows of ${LARGE_ROW_BYTES} bytes and more are fewer: as many as make ${MOST_BYTES / 1e9} GB at most. Batches in the topic are of 208 kB, or smaller
  where each partition has less. The broker compresses them.

--profile
  The same measurement, once, with Node's profiler on, which costs some speed. Each profile becomes a file for
  Chromium's developer tools or Visual Studio Code (.cpuprofile) and a page with its flame graph (.html, by speedscope,
  for any browser, no network), in .cache/bench/profiles/, which is emptied first. A table says which share of the time
  each folder of src/ and each library took, and which functions took most.

--tasks
  speed-up       of rows/s to that of the first number of tasks in the same repeat: median, lowest and highest
  program, server, broker, bench, others, idle
                 how many cores each had, on average, in the time that rows/s is of: the measured program with all its
                 threads, the counting server, Kafka, the benchmark that asks the server, all other programs, nobody.
                 A real StarRocks and a real Kafka would have cores of their own
  room           all cores by those that program, server, broker and bench had: the speed-up that would leave no core
                 idle if a row cost no more and nobody else wanted one

--latency
  Produces 2,000 rows/s that carry their time, and looks at every load on its way: a tap between the pipeline and the
  server reads the times of the rows, and the clock when the server's answer says that they are committed. Row age is
  the difference: Kafka, fetch, batching, the load, the answer, and the tap itself are in it. The first 3 seconds are
  left out. Target: p99 <= interval + 150 ms.

Options
  --rows N,N           rows in all topics together (2000000); 1e6 will do
  --row-bytes N,N      bytes of a row (208); below ${LEAST_FULL_ROW_BYTES} a row has fewer columns
  --partitions N,N     of each topic (4)
  --topics N,N         topics, each with a table of its own (1)
  --codecs A,B         ${CODECS.join(', ')} (none)
  --repeat N           rounds (3; with --profile 1)
  --modes A,B          only these (all but mask and those of Kafka Connect)
  --delivery A,B       exactly-once, at-least-once or both (exactly-once)
  --flush-bytes N      flush.maxBytes of the pipeline, which Kafka Connect calls bufferflush.maxbytes (67108864)
  --fetch-bytes N      max.partition.fetch.bytes of every mode (1048576, Kafka's default)
  --tasks N,N          compare numbers of tasks (tasksMax) of each mode with the first number, in turn
  --latency            measure row age instead of throughput
  --intervals MS,MS    flush intervals of --latency (1000,100)
  --rate N             rows per second of --latency (2000)
  --seconds N          length of each measurement of --latency (20)
  --connect            add the modes of Kafka Connect, with a connector that stands for StarRocks' own: that one is not
                       on Maven Central, but its load library is (com.starrocks:starrocks-stream-load-sdk), and the
                       stand-in does with a row what the connector does (benchmarks/connect/StandInSinkConnector.java)
  --connect-plugin DIR the same with the connector itself, whose jars are in this folder
  --json FILE          write the JSON there; without it, it follows the table
  --profile            profile each measured Node process
  --timeout SECONDS    longest time of one measurement (180)
  --help               print this

It needs Linux (it reads /proc), Java 17 and Maven for the broker, and about 1 GB of disk. It ends everything that it
started, however it ends.
`;

/** Reads the arguments; undefined when help was asked for. Throws an Error with a sentence for each mistake. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '2000000' },
      'row-bytes': { type: 'string', default: '208' },
      partitions: { type: 'string', default: '4' },
      topics: { type: 'string', default: '1' },
      codecs: { type: 'string', default: 'none' },
      repeat: { type: 'string' },
      modes: { type: 'string' },
      delivery: { type: 'string', default: 'exactly-once' },
      'flush-bytes': { type: 'string', default: '67108864' },
      'fetch-bytes': { type: 'string', default: '1048576' },
      tasks: { type: 'string' },
      latency: { type: 'boolean', default: false },
      intervals: { type: 'string', default: '1000,100' },
      rate: { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '20' },
      connect: { type: 'boolean', default: false },
      'connect-plugin': { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '180' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const pluginDir = values['connect-plugin'];
  const connect = values.connect || pluginDir !== undefined ? { pluginDir } : undefined;
  const workloads = workloadsOf({
    rows: numbers('--rows', values.rows, 1000, 100_000_000),
    rowBytes: numbers('--row-bytes', values['row-bytes'], LEAST_ROW_BYTES, MOST_ROW_BYTES),
    partitions: numbers('--partitions', values.partitions, 1, 4000),
    topics: numbers('--topics', values.topics, 1, 1000),
    codec: words('--codecs', values.codecs, CODECS),
  });
  const modes = readModes(values.modes, { connect: connect !== undefined, varied: workloads.length > 1 });
  for (const workload of workloads) checkReadable(modes, workload);
  return {
    modes,
    deliveries: inOrder(DELIVERIES, words('--delivery', values.delivery, DELIVERIES)),
    workloads,
    repeat: wholeNumber('--repeat', values.repeat ?? (values.profile ? '1' : '3'), 1, 1000),
    flushBytes: wholeNumber('--flush-bytes', values['flush-bytes'], 1024, 10 * 1024 ** 3),
    fetchBytes: wholeNumber('--fetch-bytes', values['fetch-bytes'], 1024, 2 ** 31 - 1),
    tasks: values.tasks?.split(',').map((text) => wholeNumber('--tasks', text, 1, 1000)) ?? [],
    latency: values.latency,
    intervalsMs: numbers('--intervals', values.intervals, 10, 3_600_000),
    rowsPerSecond: wholeNumber('--rate', values.rate, 1, 1_000_000),
    seconds: wholeNumber('--seconds', values.seconds, 1, 3600),
    connect,
    json: values.json,
    profile: values.profile,
    timeoutMs: wholeNumber('--timeout', values.timeout, 1, 86_400) * 1000,
  };
}

function readModes(
  text: string | undefined,
  { connect, varied }: { readonly connect: boolean; readonly varied: boolean },
): readonly Mode[] {
  if (text === undefined) {
    if (varied) return connect ? ['pass-through', 'connect'] : ['pass-through'];
    return MODES.filter((mode) => mode !== 'mask' && (!isConnect(mode) || connect));
  }
  const wanted = words('--modes', text, MODES);
  const missing = wanted.find(isConnect);
  if (missing !== undefined && !connect) {
    throw new Error(
      `The mode ${missing} needs --connect, or --connect-plugin with the folder of the StarRocks connector.`,
    );
  }
  return inOrder(MODES, wanted);
}

/** Throws where a mode cannot read a workload. */
function checkReadable(modes: readonly Mode[], { codec, rowBytes }: Workload): void {
  if (modes.includes('consume-only') && !KAFKAJS_CODECS.includes(codec)) {
    throw new Error(
      `The mode consume-only cannot read ${codec}: KafkaJS by itself knows gzip alone. Leave it out of --modes.`,
    );
  }
  const mode = modes.find((one) => formatOf(one) !== undefined);
  if (mode !== undefined && rowBytes < LEAST_FULL_ROW_BYTES) {
    throw new Error(
      `The mode ${mode} needs rows with all columns: --row-bytes of ${LEAST_FULL_ROW_BYTES} or more, not ${rowBytes}.`,
    );
  }
}

/** What is measured in one round: Tributary's modes once for each delivery, the others once. */
export function subjectsOf({ modes, deliveries }: Pick<BenchOptions, 'modes' | 'deliveries'>): Subject[] {
  return modes.flatMap((mode): Subject[] =>
    mode === 'consume-only' || isConnect(mode)
      ? [{ mode, delivery: undefined }]
      : deliveries.map((delivery) => ({ mode, delivery })),
  );
}

/** Each of the wanted once, as the list has them. */
function inOrder<T>(all: readonly T[], wanted: readonly T[]): T[] {
  return all.filter((one) => wanted.includes(one));
}

/** At least one. */
type List<T> = readonly [T, ...T[]];

function list<T>(text: string, read: (item: string) => T): List<T> {
  const [first = '', ...others] = text.split(',').map((item) => item.trim());
  return [read(first), ...others.map(read)];
}

function words<T extends string>(name: string, text: string, all: readonly T[]): List<T> {
  return list(text, (item) => {
    const found = all.find((one) => one === item);
    if (found === undefined) throw new Error(`${name} takes ${all.join(', ')}, and got "${item}".`);
    return found;
  });
}

function numbers(name: string, text: string, lowest: number, highest: number): List<number> {
  return list(text, (item) => wholeNumber(name, item, lowest, highest));
}

function wholeNumber(name: string, text: string, lowest: number, highest: number): number {
  const value = /^\d+(?:e\d)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  throw new Error(`${name} takes a whole number from ${lowest} to ${highest}, and got "${text}".`);
}
