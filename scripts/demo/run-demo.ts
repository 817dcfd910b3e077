import { type DemoOptions } from './command-line.ts';
import { type Hosts, writeConfigFiles } from './config-files.ts';
import { startEmulator } from './emulator.ts';
import { type Parts } from './parts.ts';
import { startPipeline, stopPipeline, watchRows } from './pipeline.ts';
import { createTopic, exampleRow, kafkaClient, produceRows, TOPIC } from './rows.ts';
import { count, type Screen } from './screen.ts';
import { textTable } from './text-table.ts';
import { type Counts, DATABASE, TABLE, Warehouse } from './warehouse.ts';

const SHOWN_ROWS = 5;

export interface DemoResult {
  /** What SQL found at the end. */
  readonly found: number;
  /** From the start of the pipeline's process until SQL found every row, or the wait was over. */
  readonly seconds: number;
  /** Undefined when every row is there once. */
  readonly problem: string | undefined;
}

/** The whole story once. Throws a DemoError when it doesn't come as far as counting rows. */
export async function runDemo({ rows, keep }: DemoOptions, parts: Parts, screen: Screen): Promise<DemoResult> {
  screen.step('Starting a real Kafka broker and the StarRocks emulator');
  const [{ bootstrapServers }, { feHostPort, queryPort }] = await Promise.all([
    parts.startKafka(),
    startEmulator(parts),
  ]);
  screen.detail(`Kafka ${bootstrapServers} · StarRocks FE ${feHostPort} · SQL on port ${queryPort}`);
  const warehouse = await Warehouse.connect(queryPort);
  try {
    screen.step(`Creating table ${DATABASE}.${TABLE} (id INT, city STRING) and its user`);
    await warehouse.setUp();
    await fillTopic(bootstrapServers, rows, screen);
    const result = await load(rows, { parts, warehouse, screen, keep, hosts: { bootstrapServers, feHostPort } });
    if (keep && result.problem === undefined) screen.line(keptText(queryPort, parts.dir));
    return result;
  } finally {
    await warehouse.close();
  }
}

async function fillTopic(bootstrapServers: string, rows: number, screen: Screen): Promise<void> {
  screen.step(`Producing ${count(rows)} rows to topic ${TOPIC}, such as ${exampleRow(1)}`);
  const kafka = kafkaClient(bootstrapServers);
  await createTopic(kafka);
  await produceRows(kafka, 1, rows);
}

interface Stage {
  readonly parts: Parts;
  readonly warehouse: Warehouse;
  readonly screen: Screen;
  readonly hosts: Hosts;
  readonly keep: boolean;
}

async function load(rows: number, { parts, warehouse, screen, hosts, keep }: Stage): Promise<DemoResult> {
  const files = await writeConfigFiles(parts.dir, hosts);
  screen.step(`node dist/main.js ${files.join(' ')}`);
  screen.detail('(copies of the two files in examples/; only the addresses of Kafka and StarRocks differ)');
  const startedAt = performance.now();
  const pipeline = await startPipeline(parts, files);
  await watchRows({ pipeline, warehouse, screen }, rows);
  const seconds = (performance.now() - startedAt) / 1000;
  if (!keep) {
    await stopPipeline(pipeline);
    screen.step('SIGTERM: the pipeline drained and ended with exit code 0');
  }
  screen.step(`SELECT id, city FROM ${DATABASE}.${TABLE} ORDER BY id LIMIT ${SHOWN_ROWS}`);
  screen.line(textTable(await warehouse.firstRows(SHOWN_ROWS)));
  const counts = await warehouse.count();
  return { found: counts.rows, seconds, problem: problemOf(counts, rows) };
}

function problemOf({ rows, distinctIds }: Counts, expected: number): string | undefined {
  const problems = [
    ...(distinctIds < expected ? [`rows missing: ${count(expected - distinctIds)}`] : []),
    ...(rows > distinctIds ? [`rows too many: ${count(rows - distinctIds)}`] : []),
  ];
  return problems.length === 0 ? undefined : problems.join(', ');
}

function keptText(queryPort: number, dir: string): string {
  return `
Everything is left running.
  query          mysql -h 127.0.0.1 -P ${queryPort} -u root -e 'SELECT count(*) FROM ${DATABASE}.${TABLE}'
  produce more   node dist-tools/scripts/demo/produce.js --rows 1000
  read its log   tail -f ${dir}/pipeline.log
  stop it all    npm run demo -- --stop
`;
}
