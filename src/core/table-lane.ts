import { type Observable } from 'rxjs';
import { type EncodedBatch } from './encoded-batch.ts';
import { type TopicPartition } from './record-batch.ts';

/** A contiguous range of one partition, closed by its flush operator and ready to be loaded. */
export interface PartitionRange extends TopicPartition {
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly bytes: number;
  readonly rows: number;
  /** When its first records came from Kafka, and when it was closed; milliseconds since the epoch. */
  readonly times: { readonly arrived: number; readonly closed: number };
  /** Each is for one table; those without a target are for the lane's own. */
  readonly parts: readonly EncodedBatch[];
  /** Aborted when the partition was taken away: what is not loaded yet must not be loaded any more. */
  readonly signal: AbortSignal;
  /** Called once, when every row of the range is durable in the table. */
  loaded(): void;
}

/**
 * Where the partitions of one table meet: takes their ready ranges and loads them together. Rows of them may go into other
 * tables as well; then their range is loaded into all of its tables, or into none.
 */
export interface TableLane {
  readonly table: string;
  /** Emits when the partitions should close what they hold, so that it goes along with a load. */
  readonly demand$: Observable<void>;
  /** Bytes came in that some partition's flush operator holds now. */
  admit(bytes: number): void;
  /** Bytes that were admitted are gone without a load: their partition was taken away. */
  withdraw(bytes: number): void;
  /** Takes over a range; its bytes count as admitted until it is loaded or withdrawn. */
  offer(range: PartitionRange): void;
  /** Stops the lane for good, because of a record or a load that can never pass. */
  fail(error: Error): void;
}
