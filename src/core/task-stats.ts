import { Subject } from 'rxjs';
import { describeError, RecordError } from './errors.ts';
import { Recent } from './recent.ts';
import { type DeadLetter, partitionKey, type TopicPartition } from './record-batch.ts';
import { type BadRecordReport, type FailureReport, type LoadReport } from './task-report.ts';

/** A load that went through. */
export interface DoneLoad {
  readonly table: string;
  readonly rows: number;
  /** Rows that StarRocks left out of them, as `max_filter_ratio` allows. */
  readonly filtered: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Why the loads of a table do not go through now. */
export interface Trouble {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly message: string;
}

/** How far a partition is read and loaded. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** Where it ends in Kafka. */
  readonly end: number;
  /** The next offset that is not yet loaded. */
  readonly position: number;
}

/** How many of the last loads of a table, failures and bad records are remembered. */
const REMEMBERED = 20;

/** Counts what one task does; read by the status line, the metrics and the benchmarks. */
export class TaskStats {
  rowsLoaded = 0;
  bytesLoaded = 0;
  loads = 0;
  /** Attempts to load that failed and were followed by another one, by table and cause. */
  readonly retriesOf = new Map<string, Map<string, number>>();
  /** Batches by what closed them: `bytes`, `records`, `age`, `demand`, `end`. */
  readonly batches = new Map<string, number>();
  /** Loads in two phases by their end: `committed`, `rolled back`, `thrown away`. */
  readonly transactions = new Map<string, number>();
  /** By table: what keeps its loads from going through now. */
  readonly troubles = new Map<string, Trouble>();
  readonly #load = new Subject<DoneLoad>();
  /** Each load that went through. Never ends. */
  readonly load$ = this.#load.asObservable();
  commits = 0;
  /** Commits that failed and were tried again. */
  commitFailures = 0;
  /** Times that nothing came from Kafka for too long. */
  fetchStalls = 0;
  assignments = 0;
  /** Records that were left out because they cannot be loaded. */
  badRecords = 0;
  lastLoad: DoneLoad | undefined;
  /** When a partition's position last moved, or partitions were assigned, in milliseconds since the epoch. */
  lastProgress = Date.now();
  /** Topics that brought at least one record. */
  readonly topics = new Set<string>();
  readonly #progress = new Map<string, PartitionProgress>();
  readonly #tables = new Map<string, { rows: number; readonly loads: Recent<LoadReport> }>();
  readonly #failures = new Recent<FailureReport>(REMEMBERED);
  readonly #badRecords = new Recent<BadRecordReport>(REMEMBERED);

  /** A load went through. */
  loaded(load: DoneLoad): void {
    this.loads++;
    this.rowsLoaded += load.rows - load.filtered;
    this.bytesLoaded += load.bytes;
    this.lastLoad = load;
    const { table, rows, filtered, bytes, ms } = load;
    const known = this.#tables.get(table) ?? { rows: 0, loads: new Recent<LoadReport>(REMEMBERED) };
    this.#tables.set(table, known);
    known.rows += rows - filtered;
    known.loads.add({ at: Date.now(), rows, filtered, bytes, ms });
    this.#load.next(load);
  }

  /** An attempt to load failed, and another one follows. */
  retried(table: string, cause: string): void {
    const causes = this.retriesOf.get(table) ?? new Map<string, number>();
    this.retriesOf.set(table, causes);
    countIn(causes, cause);
  }

  /** Something kept rows from their table. */
  failed(table: string, message: string): void {
    const at = Date.now();
    const { last } = this.#failures;
    if (last?.table === table && withoutNumbers(last.message) === withoutNumbers(message)) {
      this.#failures.replaceLast({ at, table, message, times: last.times + 1 });
    } else {
      this.#failures.add({ at, table, message, times: 1 });
    }
  }

  /** Records were left out, or stopped their table. */
  setApart(letters: readonly DeadLetter[]): void {
    this.badRecords += letters.length;
    const at = Date.now();
    for (const { record, error } of letters.slice(-REMEMBERED)) {
      const { topic, partition, offset } = record;
      this.#badRecords.add({ at, topic, partition, offset, reason: reasonOf(error) });
    }
  }

  /** Tables that something was loaded into. */
  get loadedTables(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** What was loaded into a table: rows in all, and the last loads. */
  loadedInto(table: string): { readonly rows: number; readonly loads: readonly LoadReport[] } {
    const known = this.#tables.get(table);
    return { rows: known?.rows ?? 0, loads: known?.loads.items ?? [] };
  }

  /** The last failures. */
  get failures(): readonly FailureReport[] {
    return this.#failures.items;
  }

  /** The last bad records. */
  get lastBadRecords(): readonly BadRecordReport[] {
    return this.#badRecords.items;
  }

  batchClosed(reason: string): void {
    countIn(this.batches, reason);
  }

  transactionEnded(outcome: 'committed' | 'rolled back' | 'thrown away'): void {
    countIn(this.transactions, outcome);
  }

  /** All attempts to load that failed and were followed by another one. */
  get retries(): number {
    let sum = 0;
    for (const table of this.retriesOf.keys()) sum += this.retriesInto(table);
    return sum;
  }

  /** Those of one table. */
  retriesInto(table: string): number {
    let sum = 0;
    for (const count of this.retriesOf.get(table)?.values() ?? []) sum += count;
    return sum;
  }

  /** The partitions of this task. */
  get partitions(): readonly PartitionProgress[] {
    return [...this.#progress.values()];
  }

  /** What was seen of a partition: where it ends in Kafka, or how far it is loaded. */
  progress(partition: TopicPartition, seen: { readonly end?: number; readonly position?: number }): void {
    const key = partitionKey(partition);
    const known = this.#progress.get(key);
    if (seen.position !== undefined && seen.position !== known?.position) this.lastProgress = Date.now();
    const end = seen.end ?? known?.end ?? 0;
    const position = seen.position ?? known?.position ?? seen.end ?? 0;
    this.#progress.set(key, { topic: partition.topic, partition: partition.partition, end, position });
  }

  /** The partitions were handed out anew. */
  forgetPartitions(): void {
    this.lastProgress = Date.now();
    this.#progress.clear();
  }
}

/** What stays the same when the same thing is said again. */
function withoutNumbers(message: string): string {
  return message.replaceAll(/\d+/g, '#');
}

/** Errors of records name them; the reason alone stands beside their place. */
function reasonOf(error: Error): string {
  return error instanceof RecordError ? error.reason : describeError(error);
}

function countIn(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
