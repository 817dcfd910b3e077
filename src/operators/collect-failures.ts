import { map, type OperatorFunction } from 'rxjs';
import { type RawValue, type RecordBatch } from '../core/record-batch.ts';

/**
 * Runs operators so that a bad record does not end the stream: it is taken out of its envelope and put into `failed`,
 * and the rest of the envelope goes on.
 *
 * @throws Error in the stream, when an operator made an envelope of its own and so dropped what was set apart.
 */
export function collectFailures(
  operators: OperatorFunction<RecordBatch<RawValue>, RecordBatch>,
): OperatorFunction<RecordBatch<RawValue>, RecordBatch> {
  return (batches) => batches.pipe(map(begin), operators, map(check));
}

function begin(batch: RecordBatch<RawValue>): RecordBatch<RawValue> {
  return { ...batch, failed: [], source: batch.records };
}

function check(batch: RecordBatch): RecordBatch {
  if (batch.failed && batch.source) return batch;
  throw new Error(
    `A transform made an envelope for topic ${batch.topic}, partition ${batch.partition} that lacks what was set apart of the one that it was given. Make it from that one: { ...batch, records }.`,
  );
}
