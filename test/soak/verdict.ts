import { type Kafka } from 'kafkajs';
import { type Emulator } from '../../emulator/index.ts';
import { type Row, rowOf, STREAMS, type Stream, valueOf } from './rows.ts';
import { DATABASE, DEAD_LETTERS } from './surroundings.ts';
import { readTopic } from './topic-reader.ts';

/** What the comparison works with. */
export interface VerdictOptions {
  readonly kafka: Kafka;
  readonly starrocks: Emulator;
  readonly seed: number;
  /** How many rows of a topic were tried to be produced. */
  readonly tried: (stream: Stream) => number;
  /** When frozen processes were continued, in milliseconds since the epoch. */
  readonly thawed: readonly number[];
}

/** What is wrong, by what it is: the rows. */
export type Problems = ReadonlyMap<string, readonly string[]>;

/** What was found. */
export interface Verdict {
  /** Records in the topics. */
  readonly produced: number;
  /** Rows in the tables. */
  readonly loaded: number;
  readonly deadLetters: number;
  /** Of these, the ones that a process wrote once more when it was continued: see --help. */
  readonly lettersOfZombies: number;
  readonly problems: Problems;
}

const READ_LIMIT_MS = 120_000;
const SLICE = 50_000;
/** How long after it was continued a process may write a dead letter that is not its own any more. */
const ZOMBIE_MS = 10_000;
const NOT_PRODUCED = -1;

/** Compares what was produced with what arrived, row by row. */
export async function judge(options: VerdictOptions): Promise<Verdict> {
  const { kafka, tried, thawed } = options;
  const problems = new ProblemList();
  const letters = await readLetters(kafka, problems);
  let produced = 0;
  let loaded = 0;
  let lettersOfZombies = 0;
  for (const stream of STREAMS) {
    const topic = await readProduced(kafka, stream, tried(stream), options.seed);
    produced += topic.count;
    const found = await readTable(options, stream, topic, problems);
    loaded += found.rows;
    for (let id = 0; id < tried(stream); id++) {
      const row = rowOf(options.seed, id);
      const place = placeOf(stream, row, topic);
      const due = topic.isDue(row) ? 1 : 0;
      const inTable = found.counts[id] ?? 0;
      if (inTable < due) problems.add('rows lost', place);
      if (inTable > 1) problems.add('rows there twice', place);
      if (inTable === 1 && due === 0) problems.add('rows that should not be there', place);

      const copies = letters.get(`${stream.name} ${id}`) ?? [];
      letters.delete(`${stream.name} ${id}`);
      const wanted = row.fault !== undefined && topic.has(id) ? 1 : 0;
      if (copies.length < wanted) problems.add('dead letters missing', `${place} (${row.fault ?? ''})`);
      if (copies.length > 0 && wanted === 0) problems.add('dead letters of good rows', place);
      for (const { source, value } of copies) {
        if (source !== place || value !== valueOf(row)) problems.add('dead letters unlike their records', place);
      }
      for (const { writtenAt } of copies.slice(1)) {
        if (thawed.some((at) => writtenAt >= at && writtenAt <= at + ZOMBIE_MS)) lettersOfZombies++;
        else problems.add('dead letters there twice', `${place} at ${new Date(writtenAt).toISOString()}`);
      }
    }
  }
  for (const key of letters.keys()) problems.add('dead letters of no record', key);
  return { produced, loaded, deadLetters: letters.total, lettersOfZombies, problems: problems.byKind };
}

class ProblemList {
  readonly byKind = new Map<string, string[]>();

  add(kind: string, row: string): void {
    const rows = this.byKind.get(kind) ?? [];
    this.byKind.set(kind, rows);
    rows.push(row);
  }
}

/** What a topic holds. */
interface Topic {
  readonly count: number;
  has(id: number): boolean;
  offsetOf(id: number): number;
  /** Whether the row belongs into the table. */
  isDue(row: Row): boolean;
}

async function readProduced(kafka: Kafka, stream: Stream, tried: number, seed: number): Promise<Topic> {
  const offsets = new Float64Array(tried).fill(NOT_PRODUCED);
  const newest = new Map<number, number>();
  let count = 0;
  await readTopic(kafka, stream.name, READ_LIMIT_MS, ({ message }) => {
    const id = Number(message.key?.toString());
    if (offsets[id] !== NOT_PRODUCED) throw new Error(`The test itself produced row ${id} of ${stream.name} twice.`);
    offsets[id] = Number(message.offset);
    count++;
    const { k, fault } = rowOf(seed, id);
    // All rows of a key are in one partition, and are read in its order.
    if (fault === undefined && stream.keeps === 'newest of a key') newest.set(k, id);
  });
  const has = (id: number): boolean => (offsets[id] ?? NOT_PRODUCED) !== NOT_PRODUCED;
  return {
    count,
    has,
    offsetOf: (id) => offsets[id] ?? NOT_PRODUCED,
    isDue: ({ id, k, fault }) =>
      fault === undefined && has(id) && (stream.keeps === 'every row' || newest.get(k) === id),
  };
}

async function readTable(
  { starrocks, seed, tried }: VerdictOptions,
  stream: Stream,
  topic: Topic,
  problems: ProblemList,
): Promise<{ readonly rows: number; readonly counts: Uint32Array }> {
  const table = `${DATABASE}.${stream.name}`;
  const counts = new Uint32Array(tried(stream));
  let known = 0;
  for (let from = 0; from < counts.length; from += SLICE) {
    const found = await starrocks.query(
      `SELECT id, k, n, note FROM ${table} WHERE id >= ${from} AND id < ${Math.min(from + SLICE, counts.length)}`,
    );
    for (const { id, k, n, note } of found) {
      const row = rowOf(seed, Number(id));
      known++;
      counts[row.id] = (counts[row.id] ?? 0) + 1;
      if (Number(k) === row.k && Number(n) === row.n && note === row.note) continue;
      problems.add('rows unlike their records', placeOf(stream, row, topic));
    }
  }
  const [all] = await starrocks.query(`SELECT count(*) AS n FROM ${table}`);
  const rows = Number(all?.n);
  if (rows !== known) problems.add('rows that nobody produced', `${rows - known} of ${table}`);
  return { rows, counts };
}

/** A record of the dead letter topic. */
interface Letter {
  /** Where the bad record was read. */
  readonly source: string;
  readonly value: string | undefined;
  /** By the broker's clock, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

class Letters extends Map<string, Letter[]> {
  total = 0;
}

/** By topic and number of the row, the first written first. */
async function readLetters(kafka: Kafka, problems: ProblemList): Promise<Letters> {
  const letters = new Letters();
  await readTopic(kafka, DEAD_LETTERS, READ_LIMIT_MS, ({ partition, message }) => {
    letters.total++;
    const source = message.headers?.['tributary.source']?.toString();
    if (source === undefined) {
      problems.add('dead letters without a source', `${DEAD_LETTERS}/${partition}/${message.offset}`);
      return;
    }
    const key = `${source.slice(0, source.indexOf('/'))} ${message.key?.toString() ?? ''}`;
    const copies = letters.get(key) ?? [];
    letters.set(key, copies);
    copies.push({ source, value: message.value?.toString(), writtenAt: Number(message.timestamp) });
    copies.sort((a, b) => a.writtenAt - b.writtenAt);
  });
  return letters;
}

/** As the product writes it: topic/partition/offset. */
function placeOf({ name, partitions }: Stream, { id, k }: Row, topic: Topic): string {
  return `${name}/${k % partitions}/${topic.offsetOf(id)}`;
}
