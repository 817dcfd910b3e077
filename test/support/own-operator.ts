import { type OperatorFunction } from 'rxjs';
import { type OwnOperator } from '../../src/core/own-operator.ts';
import { type KafkaRecord, type RecordBatch } from '../../src/core/record-batch.ts';

/** An operator on records as a pipeline file brings it. */
export function recordOperator(operator: OperatorFunction<KafkaRecord, KafkaRecord>, name = './own.js'): OwnOperator {
  return { name, level: 'record', timeoutMs: 60_000, create: () => operator };
}

/** An operator on envelopes as a pipeline file brings it. */
export function envelopeOperator(operator: OperatorFunction<RecordBatch, RecordBatch>, name = './own.js'): OwnOperator {
  return { name, level: 'envelope', timeoutMs: 60_000, create: () => operator };
}
