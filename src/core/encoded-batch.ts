import { type TopicPartition } from './record-batch.ts';

/** An envelope whose rows stand ready to be sent: the last form in which it travels through a partition's operators. */
export interface EncodedBatch extends TopicPartition {
  readonly generation: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** The credits of the envelope, unchanged by what the operators made of it. */
  readonly bytes: number;
  readonly rows: number;
  /** The rows, each followed by a one-byte separator (a comma in JSON). */
  readonly body: Uint8Array;
  /** Where the i-th row ends in `body`, its separator excluded. */
  readonly rowEnds: Uint32Array;
  /** The Kafka offset of the record that the i-th row came from. */
  rowOffset(index: number): number;
}

/** The bytes of the i-th row. */
export function rowBytes(batch: EncodedBatch, index: number): Uint8Array {
  const end = batch.rowEnds[index];
  if (end === undefined) throw new RangeError(`No row at index ${index} of ${batch.rows}`);
  const start = index === 0 ? 0 : (batch.rowEnds[index - 1] ?? 0) + 1;
  return batch.body.subarray(start, end);
}
