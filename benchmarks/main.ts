// npm run bench: see --help.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type KafkaService, type RegistryService, ServiceError, startKafka, startRegistry } from '../services/index.ts';
import { cacheDir } from '../services/support/paths.ts';
import { ConnectWorker } from './connect.ts';
import { fillTopics, type RowValue } from './fill-topics.ts';
import { flameGraphPage } from './flame-graph.ts';
import { formatWriter } from './formats.ts';
import { Lab } from './lab.ts';
import { type LatencyMeasurement, measureLatency } from './latency.ts';
import { NullServer } from './null-server.ts';
import { type BenchOptions, type Format, formatOf, HELP, readOptions, type Subject, subjectsOf } from './options.ts';
import { type CpuProfile, summarizeProfile, withSources } from './profile.ts';
import {
  costOfExactlyOnce,
  costTable,
  latencyTable,
  profileTables,
  summarize,
  summarizeWorkloads,
  throughputTable,
  workloadTable,
} from './report.ts';
import { ROW_BYTES, rowText } from './rows.ts';
import { summarizeTasks, taskTable } from './tasks.ts';
import { type Bench, type Measurement, measure } from './throughput.ts';
import { describeWorkload, difference, startsOf, type Workload } from './workload.ts';

const TOPIC = 'bench';
/** No page of the broker's heap is worth more than the page cache that the topic lies in. */
const BROKER_HEAP = '512m';
const PROFILE_DIR = join(cacheDir, 'bench', 'profiles');

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
  const connect = options.connect && (await ConnectWorker.prepare(lab, options.connect, say));
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
    const [{ partitions }] = options.workloads;
    const measurements: LatencyMeasurement[] = [];
    for (const intervalMs of options.intervalsMs) {
      for (const subject of subjectsOf({
        ...options,
        modes: connect ? ['pass-through', 'connect'] : ['pass-through'],
      })) {
        say(`${titleOf(subject)}: ${options.rowsPerSecond} rows/s for ${options.seconds} s, interval ${intervalMs} ms`);
        measurements.push(await measureLatency({ ...options, ...shared, partitions }, subject, intervalMs));
      }
    }
    process.stdout.write(latencyTable(measurements));
    return { machine, rowsPerSecond: options.rowsPerSecond, rowBytes: ROW_BYTES, latency: measurements };
  }

  const { workloads, flushBytes, fetchBytes, repeat } = options;
  const [base] = workloads;
  const starts = workloads.length > 1 ? startsOf(workloads) : [];
  const formats = [...new Set(options.modes.map(formatOf))].filter((format) => format !== undefined);
  const registry = formats.length === 0 ? undefined : await openRegistry(lab);
  const profileDir = options.profile ? PROFILE_DIR : undefined;
  if (profileDir !== undefined) await rm(profileDir, { recursive: true, force: true });
  const runs: WorkloadRun[] = [];
  for (const [index, workload] of [...workloads, ...starts].entries()) {
    say(`producing ${describeWorkload(workload)}`);
    const topicsOf = await fillFor(workload, `${TOPIC}-${index}`, { kafka, registry, formats });
    const bench = { ...options, ...shared, rows: workload.rows, topicsOf, registry, profileDir };
    runs.push({ workload, bench, rounds: [] });
  }
  const [baseRun] = runs;
  if (!baseRun) throw new Error('A run has a base.');
  say('loading the base once, unmeasured, so that the broker is warm');
  await measure({ ...baseRun.bench, profileDir: undefined }, { mode: 'pass-through', delivery: 'exactly-once' });
  if (options.tasks.length > 0) {
    const compared = await compareTasks(baseRun.bench, options, subjectsOf(options));
    return { machine, ...base, flushBytes, fetchBytes, repeat, compared };
  }
  const subjects = runs.flatMap((run) => subjectsOf(options).map((subject) => ({ run, subject })));
  for (let round = 1; round <= repeat; round++) {
    for (const { rounds } of runs) rounds.push([]);
    // There and back: what the machine does to whoever comes later, it does to each in turn.
    for (const { run, subject } of round % 2 === 1 ? subjects : subjects.toReversed()) {
      const one = await measure(run.bench, subject);
      run.rounds.at(-1)?.push(one);
      const title = [titleOf(subject), ...(runs.length > 1 ? [difference(run.workload, base)] : [])].join(', ');
      say(
        `round ${round} of ${repeat}, ${title}: ${Math.round(one.rowsPerCpuSecond).toLocaleString('en-US')} rows/cpu-s`,
      );
    }
  }
  if (profileDir !== undefined) await showProfiles(profileDir);
  const shape = { machine, flushBytes, fetchBytes, repeat };
  if (starts.length > 0) {
    const summary = summarizeWorkloads([baseRun, ...runs.slice(1, workloads.length)], runs.slice(workloads.length));
    process.stdout.write(workloadTable(summary));
    return { ...shape, summary, workloads: runs.map(({ workload, rounds }) => ({ ...workload, rounds })) };
  }
  const { rounds } = baseRun;
  const summary = summarize(rounds);
  const costs = costOfExactlyOnce(rounds);
  process.stdout.write(throughputTable(summary));
  if (costs.length > 0) process.stdout.write(`\n${costTable(costs)}`);
  return { ...shape, ...base, summary, costs, rounds };
}

/** A workload with its topics, and what was measured of it. */
interface WorkloadRun {
  readonly workload: Workload;
  readonly bench: Bench;
  readonly rounds: Measurement[][];
}

/** Fills the topics of a workload, once as JSON and once in each format; returns which ones a mode reads. */
async function fillFor(
  workload: Workload,
  name: string,
  {
    kafka,
    registry,
    formats,
  }: {
    readonly kafka: KafkaService;
    readonly registry: RegistryService | undefined;
    readonly formats: readonly Format[];
  },
): Promise<Bench['topicsOf']> {
  const { topics, rowBytes } = workload;
  const named = (stem: string): string[] => Array.from({ length: topics }, (_, index) => `${stem}-${index}`);
  const json = named(name);
  await fillTopics(kafka, json, { workload, encoderOf: () => (id, ts) => rowText(id, ts, rowBytes) });
  const inFormats = new Map<Format | undefined, string[]>([[undefined, json]]);
  for (const format of formats) {
    say(`producing the same rows as ${format}`);
    const own = named(`${name}-${format}`);
    inFormats.set(format, own);
    const encoderOf = (topic: string): Promise<RowValue> =>
      formatWriter(format, registry?.url ?? '', { topic, rowBytes });
    await fillTopics(kafka, own, { workload, encoderOf });
  }
  return (mode) => inFormats.get(formatOf(mode)) ?? [];
}

/** Makes a page of each profile, and says where the time of each run went. */
async function showProfiles(dir: string): Promise<void> {
  for (const run of await readdir(dir)) {
    const threads: CpuProfile[] = [];
    for (const file of await readdir(join(dir, run))) {
      const path = join(dir, run, file);
      const profile = await withSources(JSON.parse(await readFile(path, 'utf8')) as CpuProfile);
      threads.push(profile);
      await writeFile(path, JSON.stringify(profile));
      const page = path.replace(/cpuprofile$/, 'html');
      await writeFile(page, await flameGraphPage(run, profile));
      say(`${run}: ${page}`);
    }
    process.stdout.write(`\n${run}\n\n${profileTables(summarizeProfile(threads))}`);
  }
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
