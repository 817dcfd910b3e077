import { type OperatorFunction } from 'rxjs';
import { type OperatorContext, type OwnOperator } from '../../core/own-operator.ts';
import { type RecordBatch } from '../../core/record-batch.ts';
import { guardEnvelopes } from './guard-envelopes.ts';
import { liftOperator } from './lift-operator.ts';

/** The operators of the user's own for one partition, one after the other; each is made at once. */
export function ownOperators(
  operators: readonly OwnOperator[],
  context: Omit<OperatorContext, 'signal'>,
): OperatorFunction<RecordBatch, RecordBatch> {
  return (batches) => operators.reduce((stream, operator) => stream.pipe(started(operator, context)), batches);
}

function started(
  operator: OwnOperator,
  context: Omit<OperatorContext, 'signal'>,
): OperatorFunction<RecordBatch, RecordBatch> {
  const { name, timeoutMs, level, create } = operator;
  const { topic, partition } = context;
  const logger = context.logger.child({ operator: name, topic, partition });
  const made = { name, timeoutMs, start: (signal: AbortSignal) => create({ ...context, logger, signal }) };
  return level === 'record' ? liftOperator(made) : guardEnvelopes(made);
}
