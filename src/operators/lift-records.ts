import { type OperatorFunction } from 'rxjs';
import { OPERATOR_TIMEOUT_MS } from '../core/own-operator.ts';
import { type KafkaRecord, type RecordBatch } from '../core/record-batch.ts';
import { liftOperator } from './own/lift-operator.ts';

/** What can be said of an operator besides the operator itself. */
export interface LiftOptions {
  /**
   * What messages and dead letters call it.
   *
   * @default the name of the function, or `liftRecords`
   */
  readonly name?: string;
  /**
   * Milliseconds that it may be silent while records wait in it.
   *
   * @default 300000
   */
  readonly timeoutMs?: number;
}

/**
 * Turns an operator on records into one on envelopes.
 *
 * The operator is subscribed to once for each envelope, given its records in their order, and then completion; the
 * envelope goes on when the operator has completed, with the records that came out, and its offsets and credits untouched.
 * Records without a value (tombstones) make no row, and the operator is not given them. It may
 *
 * - leave records out, emit several for one, or change their order: each row is one of the record whose `offset` it has;
 * - work asynchronously, as long as it is not silent for longer than `timeoutMs`;
 * - remember something while it is subscribed to, which is one envelope.
 *
 * It has to complete when its source has and its work is done, and to make records of those that it is given, by
 * `{ ...record, value }`; it must not change those. Where it completes too early or says nothing for too long, the stream
 * ends with an error that names it, and nothing of the envelope is loaded; the same error when it emits after completion,
 * by which time the envelope has gone on. RxJS hides the last where other operators follow in the same `pipe`.
 *
 * What it throws is about one record, and does not say which. Each record of the envelope is then given to it alone. Those
 * that fail are set apart where `errors.tolerance` allows it, and the envelope goes through it again without them; where
 * not, the first of them ends the stream. So it may see a record three times, and should not judge one by others, but it
 * always gets all that stay in one go. Only an `UnavailableError` says that no record is to blame, and ends the stream.
 *
 * @example
 * ```ts
 * import { map } from 'rxjs';
 * import { liftRecords, type Row } from 'tributary';
 *
 * export const stamp = liftRecords<Row, Row>(
 *   map((record) => ({ ...record, value: { ...record.value, produced_at: record.timestamp } })),
 * );
 * ```
 */
export function liftRecords<A, B>(
  operator: OperatorFunction<KafkaRecord<A>, KafkaRecord<B>>,
  { name = operator.name === '' ? 'liftRecords' : operator.name, timeoutMs = OPERATOR_TIMEOUT_MS }: LiftOptions = {},
): OperatorFunction<RecordBatch<A>, RecordBatch<B>> {
  return liftOperator({ name, timeoutMs, start: () => operator });
}
