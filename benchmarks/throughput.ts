import { mkdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type KafkaService, type RegistryService } from '../services/index.ts';
import { type ConnectWorker } from './connect.ts';
import type { ConsumeOnlyResult, ConsumeOnlySettings } from './consume-only.ts';
import { type CoreTimes, type CoreUsage, coreTimes, coreUsage } from './core-usage.ts';
import { compiled, firstLineOf, type Lab, type Program, waitFor } from './lab.ts';
import { type NullServer } from './null-server.ts';
import { formatOf, isConnect, type Mode, type Subject } from './options.ts';
import { type BenchOperator, CHAIN, fetchSettings, writePipelineFile } from './pipeline-file.ts';
import { processUsage } from './process-usage.ts';
import { lateRowCost, type Sample, steadyRate, steadyStretch } from './statistics.ts';

/** What one run of one mode showed. Undefined: not measured in this mode, or too short to tell. */
export interface Measurement extends Subject {
  readonly rowsPerCpuSecond: number;
  readonly rowsPerSecond: number | undefined;
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly lagP99Ms: number | undefined;
  readonly lagMaxMs: number | undefined;
  readonly firstRowSeconds: number;
  /** From the start of the process to the last row. */
  readonly totalSeconds: number;
  /** Processor time of the counting server by wall time, from the first row to the last. */
  readonly serverCpuShare: number | undefined;
  readonly serverRowsPerCpuSecond: number | undefined;
  /** What a row costs late in the run, by what one costs earlier: 1 where it stays the same. */
  readonly lateRowCost: number | undefined;
  /** Who had the cores in the time that rows/s is of. */
  readonly cores: CoreUsage | undefined;
}

/** What a measurement works with. */
export interface Bench {
  readonly lab: Lab;
  readonly kafka: KafkaService;
  readonly server: NullServer;
  readonly connect: ConnectWorker | undefined;
  /** The topics that a mode reads. */
  readonly topicsOf: (mode: Mode) => readonly string[];
  /** Undefined where no mode needs one. */
  readonly registry: RegistryService | undefined;
  readonly rows: number;
  readonly flushBytes: number;
  readonly fetchBytes: number;
  /** Where the profiles of each run go, in a folder of its own; undefined for none. */
  readonly profileDir: string | undefined;
  readonly timeoutMs: number;
  /** Default: one. */
  readonly tasksMax?: number;
}

/** The operators of the modes that have one. */
const OPERATORS: Partial<Readonly<Record<Mode, BenchOperator>>> = {
  parse: 'identity',
  transform: 'change',
  mask: 'mask',
};

const POLL_MS = 20;
/** From the first row on it may be less often: each question costs the cores that are measured more than a millisecond. */
const LATER_POLL_MS = 200;
/** A moment for a program that ended to give its connections back, so that the next one starts in quiet. */
const QUIET_MS = 500;
let runs = 0;

/** Runs one mode once, over all rows, and ends what it started. */
export async function measure(bench: Bench, subject: Subject): Promise<Measurement> {
  const name = `${subject.mode}-${++runs}`;
  const measurement =
    subject.mode === 'consume-only' ? await measureConsumer(bench, name) : await measureLoader(bench, subject, name);
  await delay(QUIET_MS);
  return measurement;
}

async function measureConsumer(bench: Bench, name: string): Promise<Measurement> {
  const { kafka, topicsOf, rows, fetchBytes, timeoutMs } = bench;
  const settings: ConsumeOnlySettings = {
    brokers: [kafka.bootstrapServers],
    groupId: name,
    topics: [...topicsOf('consume-only')],
    rows,
    fetch: fetchSettings(fetchBytes),
  };
  const { program, probeFile } = await startNode(bench, name, [compiled.consumeOnly, JSON.stringify(settings)]);
  const wait = { program, limitMs: timeoutMs, everyMs: POLL_MS };
  const result = await waitFor(`${rows} rows read`, wait, () => firstLineOf<ConsumeOnlyResult>(program));
  const totalSeconds = (Date.now() - program.startedAtMs) / 1000;
  const usage = processUsage(program.pid);
  await program.stop();
  return {
    mode: 'consume-only',
    delivery: undefined,
    rowsPerCpuSecond: rows / usage.cpuSeconds,
    rowsPerSecond: result.rowsPerSecond,
    ...usage,
    ...(await readProbe(probeFile)),
    firstRowSeconds: (result.firstRowAtMs - program.startedAtMs) / 1000,
    totalSeconds,
    serverCpuShare: undefined,
    serverRowsPerCpuSecond: undefined,
    lateRowCost: undefined,
    cores: undefined,
  };
}

async function measureLoader(bench: Bench, subject: Subject, name: string): Promise<Measurement> {
  const { server, rows, timeoutMs } = bench;
  const tables = Object.fromEntries(
    bench.topicsOf(subject.mode).map((topic, index) => [topic, `${name.replaceAll('-', '_')}_${index}`]),
  );
  for (const table of Object.values(tables)) await server.createTable(table);
  const before = await server.rowsLoaded();
  const serverCpuBefore = server.cpuSeconds;
  const { program, probeFile } = await startLoader(bench, subject, name, tables);

  const pids = { program: program.pid, server: server.pid, broker: bench.kafka.pid, bench: process.pid };
  const samples: LoadSample[] = [];
  await waitFor(`${rows} rows loaded`, { program, limitMs: timeoutMs, everyMs: POLL_MS }, async () => {
    if (samples.length > 0) await delay(LATER_POLL_MS - POLL_MS);
    const loaded = (await server.rowsLoaded()) - before;
    if (loaded > (samples.at(-1)?.rows ?? 0)) {
      samples.push({ atMs: Date.now(), rows: loaded, times: coreTimes(pids) });
    }
    return loaded >= rows ? true : undefined;
  });
  const usage = processUsage(program.pid);
  const serverCpu = server.cpuSeconds - serverCpuBefore;
  await program.stop();
  const loaded = (await server.rowsLoaded()) - before;
  if (loaded !== rows) throw new Error(`${subject.mode} loaded ${loaded} rows of topics that have ${rows}.`);

  const firstRowSeconds = ((samples[0]?.atMs ?? 0) - program.startedAtMs) / 1000;
  const totalSeconds = ((samples.at(-1)?.atMs ?? 0) - program.startedAtMs) / 1000;
  return {
    ...subject,
    rowsPerCpuSecond: rows / usage.cpuSeconds,
    rowsPerSecond: steadyRate(samples),
    ...usage,
    ...(await readProbe(probeFile)),
    firstRowSeconds,
    totalSeconds,
    serverCpuShare: serverCpu / totalSeconds,
    serverRowsPerCpuSecond: rows / serverCpu,
    lateRowCost: lateRowCost(samples.map(({ times, ...sample }) => ({ ...sample, cpuSeconds: times.program }))),
    cores: usageBetween(samples),
  };
}

/** What had been loaded at a moment, and whose work it was. */
interface LoadSample extends Sample {
  readonly times: CoreTimes;
}

function usageBetween(samples: readonly LoadSample[]): CoreUsage | undefined {
  const [first, last] = steadyStretch(samples) ?? [];
  return first && last && coreUsage(first.times, last.times, (last.atMs - first.atMs) / 1000, cpus().length);
}

async function startLoader(
  bench: Bench,
  { mode, delivery = 'exactly-once' }: Subject,
  name: string,
  tables: Readonly<Record<string, string>>,
): Promise<StartedNode> {
  const { lab, kafka, server, connect, registry, flushBytes, fetchBytes, tasksMax = 1 } = bench;
  const fetch = fetchSettings(fetchBytes);
  const brokers = [kafka.bootstrapServers];
  const choice = {
    name,
    brokers,
    tables,
    feUrl: server.feUrl,
    fetch,
    flush: { maxBytes: flushBytes, intervalMs: 1000 },
  };
  const format = formatOf(mode);
  const value = registry && format ? { value: { converter: format, schemaRegistry: { urls: [registry.url] } } } : {};
  const chain = mode === 'smt' || mode === 'connect-smt' ? CHAIN : {};
  if (isConnect(mode)) {
    if (!connect) throw new Error(`The mode ${mode} needs --connect.`);
    return { program: await connect.start(lab, { ...choice, chain, ...value }), probeFile: undefined };
  }
  const transform = OPERATORS[mode] ?? 'none';
  const file = await writePipelineFile(lab.dir, { ...choice, ...value, chain, delivery, tasksMax, transform });
  return startNode(bench, name, [compiled.pipeline, file]);
}

interface StartedNode {
  readonly program: Program;
  readonly probeFile: string | undefined;
}

async function startNode({ lab, profileDir }: Bench, name: string, args: readonly string[]): Promise<StartedNode> {
  const probeFile = join(lab.dir, `${name}-probe.json`);
  const probe = pathToFileURL(compiled.probe);
  probe.searchParams.set('file', probeFile);
  const profile: string[] = [];
  if (profileDir !== undefined) {
    const dir = join(profileDir, name);
    await mkdir(dir, { recursive: true });
    // No name: each thread writes a file, and chooses its own.
    profile.push('--cpu-prof', `--cpu-prof-dir=${dir}`);
  }
  return {
    program: await lab.start(name, process.execPath, [
      // Warnings that are off here: its lines are read.
      ...process.execArgv,
      ...profile,
      '--import',
      probe.href,
      ...args,
    ]),
    probeFile,
  };
}

async function readProbe(file: string | undefined): Promise<Pick<Measurement, 'lagP99Ms' | 'lagMaxMs'>> {
  if (file === undefined) return { lagP99Ms: undefined, lagMaxMs: undefined };
  try {
    const { lagP99Ms, lagMaxMs } = JSON.parse(await readFile(file, 'utf8')) as { lagP99Ms: number; lagMaxMs: number };
    return { lagP99Ms, lagMaxMs };
  } catch {
    throw new Error(`The probe left no report in ${file}: its process did not end in an orderly way.`);
  }
}
