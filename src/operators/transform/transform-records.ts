import { map, type OperatorFunction } from 'rxjs';
import { type ConnectRecord, connectRecordList } from '../../core/connect-record.ts';
import { DATA_EXCEPTION } from '../../core/dead-letter.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import { type DeadLetter, type RecordBatch, recordAt } from '../../core/record-batch.ts';
import { type TransformChain, TransformError } from './transform-chain.ts';

/**
 * Sends each record of an envelope through transforms. Those that they filter out leave the envelope, which goes on all the
 * same; those that they cannot do anything with go into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, with the first such record of an envelope that has none, and the name of the transform.
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
function deadLetter(batch: RecordBatch, { origin }: ConnectRecord, failure: TransformError): DeadLetter {
  const { alias, className } = failure;
  const reason = `the transform \`${alias}\` (${className}) fails: ${describeError(failure)}`;
  const error = new RecordError(origin, reason, { cause: failure });
  const record = batch.failed && recordAt(batch, origin.offset);
  // An operator gave the record another offset: without the original, setting it apart would lose it.
  if (record === undefined) throw error;
  return { record, stage: 'TRANSFORMATION', className, error, exceptionClass: DATA_EXCEPTION };
}
