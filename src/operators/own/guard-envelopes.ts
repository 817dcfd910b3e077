import { Observable, type OperatorFunction, Subject } from 'rxjs';
import { describeError, RecordError, UnavailableError } from '../../core/errors.ts';
import { OperatorError } from '../../core/own-operator.ts';
import { type RecordBatch } from '../../core/record-batch.ts';
import { offsetCheck } from './offset-check.ts';
import { Output } from './output.ts';
import { type OperatorStart, RunningOperator } from './running-operator.ts';
import { SilenceLimit } from './silence-limit.ts';

/**
 * Holds an operator on envelopes to what keeps positions and memory right: each envelope that it is given comes out, once
 * and in order, with the offsets and bytes that it had and records that it had, before the operator completes and without
 * a silence of more than `timeoutMs`.
 *
 * @throws OperatorError in the stream, with the operator's name and the offsets of the envelope.
 */
export function guardEnvelopes(made: OperatorStart): OperatorFunction<RecordBatch, RecordBatch> {
  return (batches) =>
    new Observable((subscriber) => {
      const { name, timeoutMs } = made;
      const fail = (fault: string, options?: ErrorOptions): void =>
        subscriber.error(new OperatorError(name, fault, options));
      const operator = new RunningOperator<RecordBatch, RecordBatch>(made);
      subscriber.add(() => operator.end());
      const waiting: RecordBatch[] = [];
      let isEnded = false;

      const silence = new SilenceLimit(timeoutMs, () =>
        fail(
          `was given the envelope of ${rangeText(waiting[0])} and has not emitted it for ${timeoutMs} ms. Let every envelope come out, also when no record of it is left, or raise its timeoutMs.`,
        ),
      );
      subscriber.add(() => silence.stop());

      const output = new Output<RecordBatch>({
        next: (batch) => {
          const given = waiting.shift();
          const fault = envelopeFault(given, batch, waiting);
          if (fault !== undefined) {
            fail(fault);
            return;
          }
          if (waiting.length === 0) silence.stop();
          else silence.sign();
          subscriber.next(batch);
        },
        error: (error) => {
          if (isNamed(error)) subscriber.error(error);
          else {
            const at = waiting[0] === undefined ? '' : ` at the envelope of ${rangeText(waiting[0])}`;
            fail(
              `fails${at}: ${describeError(error)}. It works on envelopes, so that no record can be set apart; liftRecords makes an operator of one on records, whose failures can be`,
              { cause: error },
            );
          }
        },
        complete: () => {
          if (!isEnded) fail('completed before its source has: the partition would never go on.');
          else if (waiting.length > 0) {
            fail(
              `completed without the envelope of ${rangeText(waiting[0])}. Let every envelope come out, also when no record of it is left.`,
            );
          } else subscriber.complete();
        },
        late: () => fail('emitted something after it had completed: that would be lost.'),
      });
      subscriber.add(output);

      // What comes before the operator is none of its business when it fails, so that it cannot swallow that.
      const input = new Subject<RecordBatch>();
      operator.apply(input).subscribe(output);
      subscriber.add(
        batches.subscribe({
          next: (batch) => {
            waiting.push(batch);
            input.next(batch);
            if (waiting.length > 0 && output.isOpen) silence.start();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            isEnded = true;
            input.complete();
          },
        }),
      );
    });
}

/** Whether an error says by itself what failed, and on what. */
function isNamed(error: unknown): boolean {
  return error instanceof OperatorError || error instanceof RecordError || error instanceof UnavailableError;
}

/** What is wrong with an envelope that came out where another one was awaited. */
function envelopeFault(
  given: RecordBatch | undefined,
  batch: RecordBatch,
  waiting: readonly RecordBatch[],
): string | undefined {
  if (given === undefined) return 'emits an envelope more than it was given.';
  if (!covers(batch, given)) {
    return waiting.some((later) => covers(batch, later))
      ? `left out the envelope of ${rangeText(given)}, or emits a later one before it. Let every envelope come out in order, also when no record of it is left.`
      : `emits an envelope that differs from the one of ${rangeText(given)} in more than its records. Make it from that one: { ...batch, records }.`;
  }
  if (batch.records === given.records) return undefined;
  const isGiven = offsetCheck(given.records.length, (index) => given.records.offset(index));
  for (let index = 0; index < batch.records.length; index++) {
    const offset = batch.records.offset(index);
    if (!isGiven(offset)) {
      return `emits a record with the offset ${offset}, which is not in the envelope of ${rangeText(given)}. Make records of those in it: { ...record, value }.`;
    }
  }
  return undefined;
}

/** Whether one is about the same offsets as the other, and lacks nothing that was set apart before. */
function covers(one: RecordBatch, other: RecordBatch): boolean {
  return (
    one.topic === other.topic &&
    one.partition === other.partition &&
    one.generation === other.generation &&
    one.firstOffset === other.firstOffset &&
    one.nextOffset === other.nextOffset &&
    one.bytes === other.bytes &&
    one.source === other.source &&
    (other.failed === undefined || (one.failed !== undefined && one.failed.length >= other.failed.length))
  );
}

function rangeText(batch: RecordBatch | undefined): string {
  if (batch === undefined) return 'nothing';
  const { topic, partition, firstOffset, nextOffset } = batch;
  return `topic ${topic}, partition ${partition}, offsets ${firstOffset} to ${nextOffset - 1}`;
}
