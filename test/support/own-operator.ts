import { type OperatorFunction } from 'rxjs';
import { type OwnOperator } from '../../src/core/own-operator.ts';
import { type RecordBatch } from '../../src/core/record-batch.ts';

/** An operator on envelopes as a pipeline file brings it. */
export function envelopeOperator(operator: OperatorFunction<RecordBatch, RecordBatch>, name = './own.js'): OwnOperator {
  return { name, level: 'envelope', timeoutMs: 60_000, create: () => operator };
}
