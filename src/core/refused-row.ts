import { type EncodedBatch } from './encoded-batch.ts';

/** A row that cannot be loaded, and why. */
export interface RefusedRow {
  readonly part: EncodedBatch;
  /** Its index in the part. */
  readonly row: number;
  /** The Kafka offset of the record that it came from. */
  readonly offset: number;
  readonly reason: string;
}
