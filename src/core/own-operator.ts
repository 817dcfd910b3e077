import { type OperatorFunction } from 'rxjs';
import { type Logger } from './logger.ts';
import { type KafkaRecord, type RecordBatch, type TopicPartition } from './record-batch.ts';

/** How long an operator may be silent while records wait in it, unless the pipeline file says otherwise. */
export const OPERATOR_TIMEOUT_MS = 300_000;

/**
 * What a record's value is where operators see it: the columns of a row and their values, as the converter and
 * `connectTransforms` left them. What JavaScript's numbers cannot hold is a bigint or an object that keeps every digit.
 */
export type Row = Readonly<Record<string, unknown>>;

/** What a factory gets to know of the partition for which it makes an operator. */
export interface OperatorContext extends TopicPartition {
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly logger: Logger;
  /**
   * Aborts once the operator is not needed any more: its partition went elsewhere, the pipeline has stopped, or a new
   * operator takes its place after an error. Give it to whatever takes time, and let go of what the factory opened.
   */
  readonly signal: AbortSignal;
}

/**
 * What a module that `transforms` names exports by default, unless it says otherwise by `level`: it makes an operator on
 * records, which is held to what `liftRecords` says of one.
 *
 * It is called once for each partition, so that what the operator remembers beyond one envelope is the partition's own. It
 * is called again after an error of the operator, and what the one before remembered is gone then, as after a restart and
 * when a partition comes from elsewhere: memory may save work, or leave out what was there before, and nothing that a row
 * must have may hang on it.
 *
 * A record that it gives a `table` goes into that table instead of its topic's.
 *
 * What the module exports as `options`, a schema of zod or any other Standard Schema, checks the options at the start.
 *
 * @example
 * ```ts
 * import { filter } from 'rxjs';
 * import { type RecordOperatorFactory } from 'tributary';
 *
 * const newer: RecordOperatorFactory = (_options, { logger }) => {
 *   let newest = 0;
 *   return filter(({ timestamp }) => {
 *     if (timestamp < newest) logger.debug({ timestamp, newest }, 'A record is older than the one before');
 *     newest = Math.max(newest, timestamp);
 *     return timestamp === newest;
 *   });
 * };
 *
 * export default newer;
 * ```
 */
export type RecordOperatorFactory<Options = unknown, In = Row, Out = Row> = (
  options: Options,
  context: OperatorContext,
) => OperatorFunction<KafkaRecord<In>, KafkaRecord<Out>>;

/**
 * The same for a module that exports `level` as `'envelope'`: it makes an operator on envelopes, for what goes beyond one
 * envelope, such as asking a service once for the records of several. It is subscribed to once. Each envelope that it is
 * given has to come out, in order, as it was but for `records`; so none of it is committed before. An error of it ends the
 * stream whatever `errors.tolerance` says, because it is about no record.
 *
 * @example
 * ```ts
 * import { tap } from 'rxjs';
 * import { type EnvelopeOperatorFactory } from 'tributary';
 *
 * export const level = 'envelope';
 *
 * const watch: EnvelopeOperatorFactory = (_options, { logger }) =>
 *   tap(({ records, firstOffset }) => logger.info({ records: records.length, firstOffset }, 'An envelope passes'));
 *
 * export default watch;
 * ```
 */
export type EnvelopeOperatorFactory<Options = unknown> = (
  options: Options,
  context: OperatorContext,
) => OperatorFunction<RecordBatch, RecordBatch>;

/** An operator of the user's own, as a pipeline file names it. */
export interface OwnOperator {
  /** What messages and dead letters call it: as the pipeline file does. */
  readonly name: string;
  /** Whether it works on records or on envelopes. */
  readonly level: 'record' | 'envelope';
  /** Milliseconds that it may be silent while records wait in it. */
  readonly timeoutMs: number;
  /**
   * Makes the operator of a partition, with the options that the pipeline file has for it. It is the user's code, so that
   * what comes back need not be an operator.
   */
  readonly create: (context: OperatorContext) => unknown;
}

/** An operator does not do what operators have to. No record is to blame, so that none is set apart: its table stops. */
export class OperatorError extends Error {
  /** @param operator its name in messages. */
  constructor(operator: string, fault: string, options?: ErrorOptions) {
    super(`The operator ${operator} ${fault}`, options);
    this.name = 'OperatorError';
  }
}
