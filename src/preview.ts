import { type PipelineConfig } from './config/model.ts';
import { backoffMs } from './core/backoff.ts';
import { type EncodedBatch, partsOf } from './core/encoded-batch.ts';
import { describeError, UnavailableError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { pause } from './core/pause.ts';
import { type KafkaRecord, partitionKey, type RawValue, type TopicPartition } from './core/record-batch.ts';
import { type TableColumns } from './core/table-columns.ts';
import { type TableTarget } from './core/table-target.ts';
import { within } from './core/within.ts';
import { type RecordReaders } from './record-operators.ts';
import { type RecordTrace, traceRecords } from './record-trace.ts';
import { frameBody } from './sinks/starrocks/load-body.ts';
import { type LoadRequest } from './sinks/starrocks/starrocks-http.ts';
import { type StarRocksSink } from './sinks/starrocks/starrocks-sink.ts';
import { type KafkaSource } from './streams/kafka/kafka-source.ts';
import { type SampleRequest, type SampleStart } from './streams/kafka/read-sample.ts';
import { type CommittedOffset, type PartitionExtent } from './streams/source.ts';
import { type PartitionTables, type RowTable } from './written-tables.ts';

/** Where a preview begins to read: where the group would go on, at the first record that is there, or at the newest ones. */
export type PreviewFrom = 'committed' | 'earliest' | 'latest';

/** What a person wants to see. */
export interface PreviewRequest {
  readonly records: number;
  readonly from: PreviewFrom;
  /** Milliseconds to wait for records. */
  readonly waitMs: number;
}

/** Where a partition was read from. */
export interface PreviewStart extends SampleStart {
  /** What the group has committed; undefined when it has committed nothing, or was not asked. */
  readonly committed: number | undefined;
}

/** One record on its way to its rows. */
export interface PreviewedRecord extends RecordTrace {
  readonly table: TableTarget;
}

/** One load of a table with all that the preview has for it; a run divides its rows as they come. */
export interface PreviewedLoad {
  readonly table: TableTarget;
  /** Without passwords. */
  readonly request: LoadRequest;
  readonly rows: number;
  /** Before it is compressed. */
  readonly body: Uint8Array;
  /** Why its rows were not compared with the table's columns; undefined when they were. */
  readonly unchecked: { readonly reason: string; readonly isFault: boolean } | undefined;
}

/** What the next records of a pipeline would become. */
export interface Preview {
  readonly pipeline: string;
  readonly group: string;
  readonly request: PreviewRequest;
  readonly starts: readonly PreviewStart[];
  readonly records: readonly PreviewedRecord[];
  readonly loads: readonly PreviewedLoad[];
  /** What ended the stream of a partition: a run would end there as well. */
  readonly errors: readonly (TopicPartition & { readonly message: string })[];
}

/** The parts of a pipeline that a preview uses: the run's own. */
export interface PreviewParts {
  readonly config: PipelineConfig;
  readonly source: Pick<KafkaSource, 'connect' | 'extents' | 'committed' | 'startingPositions'>;
  /** Reads records of the source's topics, without its group. */
  readonly read: (sample: SampleRequest) => Promise<readonly KafkaRecord<RawValue>[]>;
  readonly readers: RecordReaders;
  readonly sink: Pick<StarRocksSink, 'loadRequest'>;
  readonly targetOf: (topic: string) => TableTarget;
  /** The tables of a partition whose own is the target, each made by the function. */
  readonly partitionTables: (target: TableTarget, rowTable: (target: TableTarget) => RowTable) => PartitionTables;
  readonly rowTable: (target: TableTarget) => RowTable;
  readonly logger: Logger;
}

/** Milliseconds that Kafka may take to tell what the group has committed. */
const COMMITTED_MS = 15_000;
/** Milliseconds that StarRocks may take to tell the columns of a table. */
const COLUMNS_MS = 10_000;
/** Milliseconds that the records of a partition may take through their stages. */
const TRACE_MS = 30_000;

/**
 * Reads the next records and sees what a run would make of them. It joins no group, commits nothing, loads nothing, begins no
 * transaction and writes no dead letters.
 *
 * @throws UnavailableError or ConfigError when Kafka cannot be read.
 */
export async function previewRecords(request: PreviewRequest, parts: PreviewParts): Promise<Preview> {
  const { config, source } = parts;
  const topics = await source.connect();
  const starts = await startsOf(request, source, await source.extents(topics));
  const records = await parts.read({ starts, records: request.records, limitMs: request.waitMs });
  const tables = new Tables(parts);
  const previewed: PreviewedRecord[] = [];
  const errors: (TopicPartition & { message: string })[] = [];
  for (const partition of byPartition(records)) {
    const { topic } = partition;
    const table = await tables.get(parts.targetOf(topic));
    const trace = await traceRecords(partition.records, {
      config,
      readers: parts.readers,
      tables: parts.partitionTables(table.target, (target) => tables.rowTable(target)),
      logger: parts.logger,
      limitMs: TRACE_MS,
    });
    previewed.push(...trace.records.map((record) => ({ ...record, table: table.target })));
    for (const part of partsOf(trace.encoded)) (await tables.get(part.target ?? table.target)).encoded.push(part);
    if (trace.error) errors.push({ topic, partition: partition.partition, message: describeError(trace.error) });
  }
  return {
    pipeline: config.name,
    group: config.kafka.groupId,
    request,
    starts,
    records: previewed,
    loads: tables.loads(),
    errors,
  };
}

async function startsOf(
  { from, records }: PreviewRequest,
  source: PreviewParts['source'],
  extents: readonly PartitionExtent[],
): Promise<PreviewStart[]> {
  if (from === 'committed') {
    const committed = await committedOffsets(source, extents);
    const positions = await source.startingPositions(committed);
    return positions.map((position, index) => ({
      ...position,
      end: extents[index]?.high ?? position.offset,
      committed: committed[index]?.offset,
    }));
  }
  const share = Math.ceil(records / Math.max(1, extents.length));
  return extents.map(({ topic, partition, low, high }) => ({
    topic,
    partition,
    offset: from === 'earliest' ? low : Math.max(low, high - share),
    end: high,
    committed: undefined,
  }));
}

/** A broker that has just started does not know its groups yet, and is asked again. */
async function committedOffsets(
  source: PreviewParts['source'],
  partitions: readonly TopicPartition[],
): Promise<CommittedOffset[]> {
  const limit = AbortSignal.timeout(COMMITTED_MS);
  for (let attempt = 1; ; attempt++) {
    try {
      return await source.committed(partitions);
    } catch (error) {
      if (limit.aborted) {
        throw new UnavailableError('Kafka does not tell what the group has committed', { cause: error });
      }
      await pause(backoffMs(attempt, { limit: COMMITTED_MS / 10 }), limit).catch(() => undefined);
    }
  }
}

function byPartition(
  records: readonly KafkaRecord<RawValue>[],
): (TopicPartition & { records: KafkaRecord<RawValue>[] })[] {
  const partitions = new Map<string, TopicPartition & { records: KafkaRecord<RawValue>[] }>();
  for (const record of records) {
    const { topic, partition } = record;
    const known = partitions.get(partitionKey(record));
    if (known) known.records.push(record);
    else partitions.set(partitionKey(record), { topic, partition, records: [record] });
  }
  return [...partitions.values()];
}

interface PreviewTable {
  readonly target: TableTarget;
  readonly columns: TableColumns | undefined;
  readonly encoded: EncodedBatch[];
}

/** The tables that the records go into, each asked for its columns once. */
class Tables {
  readonly #parts: PreviewParts;
  readonly #tables = new Map<string, PreviewTable>();
  readonly #rowTables = new Map<string, RowTable>();

  constructor(parts: PreviewParts) {
    this.#parts = parts;
  }

  async get(target: TableTarget): Promise<PreviewTable> {
    const known = this.#tables.get(target.name);
    if (known) return known;
    const { columns } = this.rowTable(target);
    await columns?.refresh();
    const table = { target, columns, encoded: [] };
    this.#tables.set(target.name, table);
    return table;
  }

  rowTable(target: TableTarget): RowTable {
    const known = this.#rowTables.get(target.name);
    if (known) return known;
    const { columns, ...table } = this.#parts.rowTable(target);
    const limited = columns ? { ...table, columns: new LimitedColumns(columns) } : table;
    this.#rowTables.set(target.name, limited);
    return limited;
  }

  loads(): PreviewedLoad[] {
    return [...this.#tables.values()].map(({ target, columns, encoded }) => {
      const rows = encoded.reduce((sum, batch) => sum + batch.rows, 0);
      return {
        table: target,
        request: withoutSecrets(this.#parts.sink.loadRequest(target)),
        rows,
        body: rows === 0 ? Buffer.alloc(0) : Buffer.concat(frameBody(encoded).chunks),
        unchecked: this.#unchecked(columns),
      };
    });
  }

  #unchecked(columns: TableColumns | undefined): PreviewedLoad['unchecked'] {
    if (this.#parts.config.starrocks.format === 'csv') {
      return { reason: 'the fields of CSV have no names', isFault: false };
    }
    if (!columns) return { reason: 'its properties `columns` or `jsonpaths` map fields to columns', isFault: false };
    if (columns.known) return undefined;
    return {
      reason:
        'StarRocks does not tell its columns: the table may be missing, or StarRocks older than 3.2. `--check` says more',
      isFault: true,
    };
  }
}

/** A run waits for an answer about columns; whoever looks at records sees them all the same. */
class LimitedColumns implements TableColumns {
  readonly #columns: TableColumns;
  #asking: Promise<void> | undefined;

  constructor(columns: TableColumns) {
    this.#columns = columns;
  }

  get known(): TableColumns['known'] {
    return this.#columns.known;
  }

  refresh(): Promise<void> {
    this.#asking ??= within(COLUMNS_MS, this.#columns.refresh() ?? Promise.resolve()).then(() => undefined);
    return this.#asking;
  }
}

/** A header of a load is the user's to name. */
const SECRET = /password|secret|token|authorization/i;

/** As it may be shown, with what is added to each request. */
function withoutSecrets({ path, headers }: LoadRequest): LoadRequest {
  const own = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    SECRET.test(name) ? '***' : value,
  ]);
  return {
    path,
    headers: { Authorization: 'Basic ***', label: '(a new one for each load)', ...Object.fromEntries(own) },
  };
}
