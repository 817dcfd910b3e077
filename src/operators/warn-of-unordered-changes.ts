import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import { type Logger } from '../core/logger.ts';
import { type RawValue, type RecordBatch } from '../core/record-batch.ts';

/**
 * Says once that changes without keys are spread over several partitions: those of one row may stand in different ones,
 * and nobody knows their order. Partition 1 stands for all but the first, so that one process says it, and once.
 */
export function warnOfUnorderedChanges(logger: Logger): MonoTypeOperatorFunction<RecordBatch<RawValue>> {
  let warned = false;
  return tap(({ topic, partition, records }) => {
    if (warned || partition !== 1 || records.length === 0 || records.record(0).key !== null) return;
    warned = true;
    logger.warn(
      { topic },
      `The changes in topic ${topic} have no keys and are spread over several partitions. Those of one row may be in different partitions, and an older one may then be loaded after a newer one. Have them written with the row's primary key as their key, as Debezium does for tables that have one, or use a topic with one partition`,
    );
  });
}
