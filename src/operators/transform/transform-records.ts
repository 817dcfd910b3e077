import { map, type OperatorFunction } from 'rxjs';
import { type ConnectRecord, connectRecordList } from '../../core/connect-record.ts';
import { RecordError } from '../../core/errors.ts';
import { type DeadLetter, type RecordBatch, recordAt } from '../../core/record-batch.ts';
import { type TransformChain, TransformError } from './transform-chain.ts';

/**
 * Sends each record of an envelope through transforms. Those that they filter out leave the envelope, which goes on all the
 * same; those that they cannot do anything with go into `failed`, where the envelope has it.
 *
 * @throws RecordError in the stream, with the first such record and the name of the transform, where it hasn't.
 */
export function transformRecords(
  chain: TransformChain,
): OperatorFunction<RecordBatch<ConnectRecord>, RecordBatch<ConnectRecord>> {
  return map((batch) => {
    const records: ConnectRecord[] = [];
    const failed: DeadLetter[] = [];
    for (let index = 0; index < batch.records.length; index++) {
      const record = batch.records.value(index);
      try {
        const transformed = chain.apply(record);
        if (transformed !== null) records.push(transformed);
      } catch (error) {
        if (!(error instanceof TransformError)) throw error;
        failed.push(deadLetter(batch, record, error));
      }
    }
    return {
      ...batch,
      records: connectRecordList(records),
      ...(batch.failed && { failed: [...batch.failed, ...failed] }),
    };
  });
}

/** @throws RecordError when the envelope does not set records apart. */
function deadLetter(batch: RecordBatch, { origin }: ConnectRecord, error: TransformError): DeadLetter {
  const record = batch.failed && recordAt(batch, origin.offset);
  const { alias, className, cause } = error;
  if (record === undefined) {
    throw new RecordError(origin, `the transform \`${alias}\` (${className}) fails: ${error.message}`, {
      cause: error,
    });
  }
  return { record, stage: 'TRANSFORMATION', className, error: cause instanceof Error ? cause : error };
}
