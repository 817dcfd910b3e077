import { type Logger } from './logger.ts';
import { type TopicPartition } from './record-batch.ts';

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
