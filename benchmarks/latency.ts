import { setTimeout as delay } from 'node:timers/promises';
import { type KafkaService } from '../services/index.ts';
import { type ConnectWorker } from './connect.ts';
import { startFlow } from './flow.ts';
import { compiled, type Lab, type Program, waitFor } from './lab.ts';
import { LatencyTap } from './latency-tap.ts';
import { type NullServer } from './null-server.ts';
import { isConnect, type Subject } from './options.ts';
import { fetchSettings, writePipelineFile } from './pipeline-file.ts';
import { percentile } from './statistics.ts';

/** How old rows were when they were committed, for one flush interval. */
export interface LatencyMeasurement extends Subject {
  readonly intervalMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Rows whose age was noted. */
  readonly rows: number;
  /** All loads, those of the first seconds included. */
  readonly loads: number;
}

/** What a measurement of row age works with. Sizes in bytes. */
export interface LatencyBench {
  readonly lab: Lab;
  readonly kafka: KafkaService;
  readonly server: NullServer;
  readonly connect: ConnectWorker | undefined;
  readonly partitions: number;
  readonly rowsPerSecond: number;
  readonly seconds: number;
  readonly flushBytes: number;
  readonly fetchBytes: number;
  readonly timeoutMs: number;
}

/** Left out of every measurement: the programs are warming up. */
const WARM_UP_MS = 3_000;
let runs = 0;

/** Starts a loader on an empty topic, then produces, and looks at the ages of what it commits. */
export async function measureLatency(
  bench: LatencyBench,
  subject: Subject,
  intervalMs: number,
): Promise<LatencyMeasurement> {
  const { kafka, server, partitions, rowsPerSecond, seconds, timeoutMs } = bench;
  const topic = `latency-${subject.mode}-${intervalMs}-${++runs}`;
  const table = topic.replaceAll('-', '_');
  await kafka.createTopic(topic, { partitions });
  await server.createTable(table);
  const tap = new LatencyTap();
  const [feUrl = ''] = await tap.listen([server.feUrl, server.beUrl]);
  try {
    const flow = await startFlow(kafka, topic, { rowsPerSecond, partitions });
    const program = await startLoader(bench, subject, { topic, table, feUrl, intervalMs });
    try {
      await waitFor('first rows committed', { program, limitMs: timeoutMs }, () =>
        Promise.resolve(tap.rows > 0 || undefined),
      );
      tap.since = Date.now() + WARM_UP_MS;
      await delay(WARM_UP_MS + seconds * 1000);
    } finally {
      await flow.stop();
    }
    await waitFor('all rows committed', { program, limitMs: timeoutMs }, () =>
      Promise.resolve(tap.rows >= flow.sent || undefined),
    );
    await program.stop();
    const of = (share: number): number => percentile(tap.ages, share) ?? Number.NaN;
    return {
      ...subject,
      intervalMs,
      p50Ms: of(0.5),
      p99Ms: of(0.99),
      maxMs: of(1),
      rows: tap.ages.length,
      loads: tap.loads,
    };
  } finally {
    await tap.close();
  }
}

function startLoader(
  { lab, kafka, connect, flushBytes, fetchBytes }: LatencyBench,
  { mode, delivery = 'exactly-once' }: Subject,
  target: { readonly topic: string; readonly table: string; readonly feUrl: string; readonly intervalMs: number },
): Promise<Program> {
  const { topic, table, feUrl, intervalMs } = target;
  const flush = { maxBytes: flushBytes, intervalMs };
  const fetch = fetchSettings(fetchBytes);
  const choice = { name: topic, brokers: [kafka.bootstrapServers], tables: { [topic]: table }, feUrl, fetch, flush };
  if (isConnect(mode)) {
    if (!connect) throw new Error('The mode connect needs --connect.');
    return connect.start(lab, choice);
  }
  return writePipelineFile(lab.dir, { ...choice, delivery, transform: 'none' }).then((file) =>
    lab.start(topic, process.execPath, [compiled.pipeline, file]),
  );
}
