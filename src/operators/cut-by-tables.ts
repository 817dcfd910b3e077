import { concatMap, from, type OperatorFunction, of } from 'rxjs';
import { RecordError } from '../core/errors.ts';
import { LoadTables } from '../core/load-tables.ts';
import { type RecordBatch, recordsAt } from '../core/record-batch.ts';
import { type TableTarget } from '../core/table-target.ts';

/** Records of an envelope that stay together, because they stem from the same offset or are in another order than they were. */
interface Stretch {
  /** The place of its first record. */
  readonly from: number;
  /** The lowest offset in it. */
  readonly offset: number;
  readonly targets: readonly TableTarget[];
}

/**
 * Cuts envelopes whose records go into more tables than one load can take, between two offsets. Its parts follow each
 * other, and the credits are with the last one.
 *
 * @param targetOf - the table that a record names; undefined for the partition's own, and for what names none.
 * @throws RecordError in the stream, with a record whose rows go into so many tables by themselves.
 */
export function cutByTables(
  targetOf: (name: string) => TableTarget | undefined,
): OperatorFunction<RecordBatch, RecordBatch> {
  return concatMap((batch) => (batch.records.table === undefined ? of(batch) : from(cut(batch, targetOf))));
}

function cut(batch: RecordBatch, targetOf: (name: string) => TableTarget | undefined): RecordBatch[] {
  const cuts: Stretch[] = [];
  let tables = new LoadTables();
  for (const stretch of stretchesOf(batch, targetOf)) {
    if (tables.add(stretch.targets)) continue;
    tables = new LoadTables();
    if (!tables.add(stretch.targets)) {
      const { topic, partition } = batch;
      throw new RecordError(
        { topic, partition, offset: stretch.offset },
        `its rows go into ${stretch.targets.length} tables, and the names of so many do not fit beside an offset in Kafka. Let it make rows for fewer tables, and leave records in their order`,
      );
    }
    cuts.push(stretch);
  }
  return cuts.length === 0 ? [batch] : partsOf(batch, cuts);
}

function partsOf(batch: RecordBatch, cuts: readonly Stretch[]): RecordBatch[] {
  const starts = [{ from: 0, offset: batch.firstOffset }, ...cuts];
  return starts.map(({ from: start, offset: firstOffset }, part) => {
    const next = starts[part + 1];
    const { from: end, offset: nextOffset } = next ?? { from: batch.records.length, offset: batch.nextOffset };
    const isIn = (offset: number): boolean => offset >= firstOffset && offset < nextOffset;
    return {
      ...batch,
      firstOffset,
      nextOffset,
      bytes: next ? 0 : batch.bytes,
      records: recordsAt(
        batch.records,
        Array.from({ length: end - start }, (_, index) => start + index),
      ),
      ...(batch.failed && { failed: batch.failed.filter(({ record }) => isIn(record.offset)) }),
    };
  });
}

/** An envelope's records as the shortest stretches between which it may be cut: all that comes later has higher offsets. */
function stretchesOf(
  { records }: RecordBatch,
  targetOf: (name: string) => TableTarget | undefined,
): readonly Stretch[] {
  const { length } = records;
  const stretches: Stretch[] = [];
  // The lowest offset from each record on.
  const lowest = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
  for (let index = length - 1; index >= 0; index--) {
    lowest[index] = Math.min(records.offset(index), lowest[index + 1] ?? 0);
  }
  let start = 0;
  let highest = Number.NEGATIVE_INFINITY;
  let targets = new Map<string, TableTarget>();
  for (let index = 0; index < length; index++) {
    highest = Math.max(highest, records.offset(index));
    const name = records.table?.(index);
    if (name !== undefined && !targets.has(name)) {
      const target = targetOf(name);
      if (target) targets.set(name, target);
    }
    if (highest >= (lowest[index + 1] ?? 0)) continue;
    stretches.push({ from: start, offset: lowest[start] ?? 0, targets: [...targets.values()] });
    start = index + 1;
    targets = new Map();
  }
  return stretches;
}
