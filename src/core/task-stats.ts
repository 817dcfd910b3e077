import { partitionKey, type TopicPartition } from './record-batch.ts';

/** The last load that went through. */
export interface LastLoad {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Counts what one task does; read by the status line and the benchmarks. */
export class TaskStats {
  rowsLoaded = 0;
  bytesLoaded = 0;
  loads = 0;
  retries = 0;
  commits = 0;
  /** Commits that failed and were tried again. */
  commitFailures = 0;
  /** Times that nothing came from Kafka for too long. */
  fetchStalls = 0;
  assignments = 0;
  /** Records that were left out because they cannot be loaded. */
  badRecords = 0;
  lastLoad: LastLoad | undefined;
  /** Topics that brought at least one record. */
  readonly topics = new Set<string>();
  readonly #progress = new Map<string, { end: number; position: number }>();

  /** Records that the brokers hold and that are not yet loaded, over all partitions of this task. */
  get lag(): number {
    let sum = 0;
    for (const { end, position } of this.#progress.values()) sum += Math.max(0, end - position);
    return sum;
  }

  /** What was seen of a partition: where it ends in Kafka, or how far it is loaded. */
  progress(partition: TopicPartition, seen: { readonly end?: number; readonly position?: number }): void {
    const key = partitionKey(partition);
    const known = this.#progress.get(key) ?? { end: 0, position: seen.position ?? seen.end ?? 0 };
    this.#progress.set(key, { ...known, ...seen });
  }

  /** The partitions were handed out anew. */
  forgetPartitions(): void {
    this.#progress.clear();
  }
}
