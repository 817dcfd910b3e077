import { type DeadLetter, type RawValue, type RecordList, type TopicPartition } from './record-batch.ts';
import { type RowFormat } from './row-format.ts';
import { type TableTarget } from './table-target.ts';

/** An envelope whose rows stand ready to be sent: the last form in which it travels through a partition's operators. */
export interface EncodedBatch extends TopicPartition {
  readonly generation: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** The credits of the envelope, unchanged by what the operators made of it. */
  readonly bytes: number;
  readonly rows: number;
  /** How its rows become a load; the same for all batches of a table. */
  readonly format: RowFormat;
  /** The rows, each followed by the separator of its format (a comma in JSON). */
  readonly body: Uint8Array;
  /**
   * Gives the memory of `body` back, so that the next bodies need not take new memory: for who knows that every row is in
   * its table and nobody will send or look at them again. Nobody has to: what is not given back is collected.
   */
  readonly release?: (() => void) | undefined;
  /** Where the i-th row ends in `body`, its separator excluded. */
  readonly rowEnds: Uint32Array;
  /** The Kafka offset of the record that the i-th row came from. */
  rowOffset(index: number): number;
  /** The records that failed on the way here; they have no rows. Missing where bad records are not set apart. */
  readonly failed?: readonly DeadLetter[];
  /** The records as they were fetched, when they are kept for rows that StarRocks may refuse. */
  readonly source?: RecordList<RawValue>;
  /** The table that its rows go into, where that isn't the partition's own. */
  readonly target?: TableTarget;
  /**
   * The rows of the same envelope that go into other tables, one batch for each: with its target, and without credits and
   * failed records, which are counted once. Missing where there are none.
   */
  readonly others?: readonly EncodedBatch[];
}

/** The batches of some envelopes, each for one table. */
export function partsOf(batches: readonly EncodedBatch[]): EncodedBatch[] {
  return batches.flatMap((batch) => [batch, ...(batch.others ?? [])]);
}

/** The rows of an envelope, whichever tables they go into. */
export function rowsOfAll({ rows, others = [] }: EncodedBatch): number {
  return others.reduce((sum, other) => sum + other.rows, rows);
}

/** The tables besides the partition's own that rows of an envelope go into. */
export function targetsOf({ target, others = [] }: EncodedBatch): TableTarget[] {
  return [target, ...others.map((other) => other.target)].filter((one) => one !== undefined);
}

/** The bytes of the i-th row. */
export function rowBytes(batch: EncodedBatch, index: number): Uint8Array {
  return batch.body.subarray(rowStart(batch, index), rowEnd(batch, index));
}

/** Where the rows of some batches come from, for messages: the first few of them. */
export function offsetsText(batches: readonly EncodedBatch[]): string {
  return batches
    .map(({ topic, partition, firstOffset, nextOffset }) => `${topic}/${partition} [${firstOffset}..${nextOffset})`)
    .slice(0, 5)
    .join(', ');
}

/**
 * The batch without the rows of these records, in a body of its own. It covers the same offsets and holds the same
 * credits as before.
 */
export function withoutRecords(batch: EncodedBatch, offsets: ReadonlySet<number>): EncodedBatch {
  const { length: separatorLength } = batch.format.separator;
  const kept: number[] = [];
  let size = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (offsets.has(batch.rowOffset(row))) continue;
    kept.push(row);
    size += rowEnd(batch, row) + separatorLength - rowStart(batch, row);
  }
  if (kept.length === batch.rows) return batch;

  // Never from Node's shared pool, as any load body.
  const body = Buffer.allocUnsafeSlow(size);
  const rowEnds = new Uint32Array(kept.length);
  const rowOffsets = new Float64Array(kept.length);
  let position = 0;
  kept.forEach((row, index) => {
    const rowAndSeparator = batch.body.subarray(rowStart(batch, row), rowEnd(batch, row) + separatorLength);
    body.set(rowAndSeparator, position);
    position += rowAndSeparator.length;
    rowEnds[index] = position - separatorLength;
    rowOffsets[index] = batch.rowOffset(row);
  });
  return { ...batch, rows: kept.length, body, rowEnds, rowOffset: offsetsIn(rowOffsets), release: undefined };
}

/** What tells the offset of each row, from a list. Made where it can see nothing else, so that it keeps nothing else alive. */
export function offsetsIn(offsets: Float64Array): (row: number) => number {
  return (row) => {
    const offset = offsets[row];
    if (offset === undefined) throw new RangeError(`No row at index ${row} of ${offsets.length}`);
    return offset;
  };
}

/** Where the i-th row begins in `body`. */
export function rowStart(batch: EncodedBatch, index: number): number {
  return index === 0 ? 0 : rowEnd(batch, index - 1) + batch.format.separator.length;
}

function rowEnd(batch: EncodedBatch, index: number): number {
  const end = batch.rowEnds[index];
  if (end === undefined) throw new RangeError(`No row at index ${index} of ${batch.rows}`);
  return end;
}
