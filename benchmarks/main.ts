// npm run bench: see --help.
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { type RegistryService, ServiceError, startKafka, startRegistry } from '../services/index.ts';
import { ConnectWorker } from './connect.ts';
import { formatWriter } from './formats.ts';
import { Lab } from './lab.ts';
import { type LatencyMeasurement, measureLatency } from './latency.ts';
import { NullServer } from './null-server.ts';
import { type BenchOptions, HELP, isFormat, type Mode, readOptions, type Subject, subjectsOf } from './options.ts';
import { costOfExactlyOnce, costTable, latencyTable, type Round, summarize, throughputTable } from './report.ts';
import { summarizeTasks, taskTable } from './tasks.ts';
import { type Bench, type Measurement, measure } from './throughput.ts';
import { fillTopic, ROW_BYTES } from './workload.ts';

const TOPIC = 'bench';
/** No page of the broker's heap is worth more than the page cache that the topic lies in. */
const BROKER_HEAP = '512m';

async function main(): Promise<number> {
  let options: BenchOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nTry: npm run bench -- --help\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  if (process.platform !== 'linux') {
    process.stderr.write('The benchmark reads what its processes use from /proc, which only Linux has.\n');
    return 1;
  }
  const lab = await Lab.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('stopping');
      void lab.close().finally(() => process.exit(130));
    });
  }
  try {
    const results = await run(lab, options);
    const json = `${JSON.stringify(results, undefined, 2)}\n`;
    if (options.json === undefined) process.stdout.write(`\n${json}`);
    else await writeFile(options.json, json);
    return 0;
  } catch (error) {
    process.stderr.write(
      `${error instanceof ServiceError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  } finally {
    await lab.close();
  }
}

async function run(lab: Lab, options: BenchOptions): Promise<object> {
  const { connectPlugin } = options;
  const connect = connectPlugin === undefined ? undefined : await ConnectWorker.prepare(connectPlugin, say);
  say('starting a Kafka broker and a Stream Load server that only counts');
  const kafka = await startKafka({ heap: BROKER_HEAP });
  lab.onClose(() => kafka.stop());
  const server = await NullServer.start(lab);
  const machine = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    memoryMb: Math.round(totalmem() / 1e6),
  };
  const shared = { lab, kafka, server, connect };

  if (options.latency) {
    const measurements: LatencyMeasurement[] = [];
    for (const intervalMs of options.intervalsMs) {
      for (const subject of subjectsOf({
        ...options,
        modes: connect ? ['pass-through', 'connect'] : ['pass-through'],
      })) {
        say(`${titleOf(subject)}: ${options.rowsPerSecond} rows/s for ${options.seconds} s, interval ${intervalMs} ms`);
        measurements.push(await measureLatency({ ...shared, ...options }, subject, intervalMs));
      }
    }
    process.stdout.write(latencyTable(measurements));
    return { machine, rowsPerSecond: options.rowsPerSecond, rowBytes: ROW_BYTES, latency: measurements };
  }

  const { rows, partitions, flushBytes, fetchBytes, repeat } = options;
  const subjects = subjectsOf(options);
  say(`producing ${rows.toLocaleString('en-US')} rows of ${ROW_BYTES} bytes into ${partitions} partitions`);
  await fillTopic(kafka, TOPIC, { rows, partitions });
  const formats = options.modes.filter(isFormat);
  const registry = formats.length === 0 ? undefined : await openRegistry(lab);
  const topicOf = (mode: Mode): string => (isFormat(mode) ? `${TOPIC}-${mode}` : TOPIC);
  for (const format of formats) {
    say(`producing the same rows as ${format}`);
    const encode = await formatWriter(format, registry?.url ?? '', topicOf(format));
    await fillTopic(kafka, topicOf(format), { rows, partitions, encode });
  }
  const bench = { ...shared, ...options, topicOf, registry };
  say('reading the topic once, unmeasured, so that the broker is warm');
  await measure({ ...bench, cpuProfDir: undefined }, { mode: 'consume-only', delivery: undefined });
  if (options.tasks.length > 0) {
    const compared = await compareTasks(bench, options, subjects);
    return { machine, rows, rowBytes: ROW_BYTES, partitions, flushBytes, fetchBytes, repeat, compared };
  }
  const rounds: Round[] = [];
  for (let round = 1; round <= repeat; round++) {
    const measurements: Measurement[] = [];
    // There and back: what the machine does to whoever comes later, it does to each in turn.
    for (const subject of round % 2 === 1 ? subjects : subjects.toReversed()) {
      const one = await measure(bench, subject);
      measurements.push(one);
      say(
        `round ${round} of ${repeat}, ${titleOf(subject)}: ${Math.round(one.rowsPerCpuSecond).toLocaleString('en-US')} rows/cpu-s`,
      );
    }
    rounds.push(measurements);
  }
  const summary = summarize(rounds);
  const costs = costOfExactlyOnce(rounds);
  process.stdout.write(throughputTable(summary));
  if (costs.length > 0) process.stdout.write(`\n${costTable(costs)}`);
  return { machine, rows, rowBytes: ROW_BYTES, partitions, flushBytes, fetchBytes, repeat, summary, costs, rounds };
}

/** Each mode with each number of tasks, in turn, there and back. */
async function compareTasks(
  bench: Bench,
  { tasks, repeat }: BenchOptions,
  subjects: readonly Subject[],
): Promise<object[]> {
  const results: object[] = [];
  for (const subject of subjects.filter(({ delivery }) => delivery !== undefined)) {
    const all = tasks.map((tasksMax) => ({ tasks: tasksMax, rounds: [] as Measurement[] }));
    for (let round = 1; round <= repeat; round++) {
      for (const one of round % 2 === 1 ? all : all.toReversed()) {
        const measurement = await measure({ ...bench, tasksMax: one.tasks }, subject);
        one.rounds.push(measurement);
        say(
          `round ${round} of ${repeat}, ${titleOf(subject)}, tasks ${one.tasks}: ${Math.round(measurement.rowsPerSecond ?? 0).toLocaleString('en-US')} rows/s`,
        );
      }
    }
    const summary = summarizeTasks(all);
    process.stdout.write(`\n${taskTable(titleOf(subject), summary)}`);
    results.push({ ...subject, summary, all });
  }
  return results;
}

async function openRegistry(lab: Lab): Promise<RegistryService> {
  say('starting a schema registry');
  const registry = await startRegistry();
  lab.onClose(() => registry.stop());
  return registry;
}

function titleOf({ mode, delivery }: Subject): string {
  return delivery === undefined ? mode : `${mode} ${delivery}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

process.exit(await main());
