import { Observable } from 'rxjs';
import { OperatorError } from '../../core/own-operator.ts';
import { type KafkaRecord } from '../../core/record-batch.ts';
import { offsetCheck } from './offset-check.ts';
import { Output } from './output.ts';
import { type RunningOperator } from './running-operator.ts';
import { SilenceLimit } from './silence-limit.ts';

/** What an operator is held to. */
export interface RecordRules {
  readonly name: string;
  readonly timeoutMs: number;
  /** It emitted something after it had completed; the records that it was given have gone on by then. */
  readonly late: (error: OperatorError) => void;
}

/**
 * Gives records to an operator and emits, once it has completed, all that it made of them.
 *
 * @throws OperatorError in the stream for an operator that completes before it was given all, or that is silent for too
 * long; any other error for what it throws itself, and for something that stems from none of the records.
 */
export function runRecords<A, B>(
  records: readonly KafkaRecord<A>[],
  operator: RunningOperator<KafkaRecord<A>, KafkaRecord<B>>,
  { name, timeoutMs, late }: RecordRules,
): Observable<readonly KafkaRecord<B>[]> {
  return new Observable((subscriber) => {
    const made: KafkaRecord<B>[] = [];
    const faultOf = originFault(records);
    let given = 0;
    const source = new Observable<KafkaRecord<A>>((to) => {
      for (let index = 0; index < records.length && !to.closed; index++) {
        given = Math.max(given, index + 1);
        // There are as many.
        to.next(records[index] as KafkaRecord<A>);
      }
      to.complete();
    });
    const silence = new SilenceLimit(timeoutMs, () =>
      subscriber.error(
        new OperatorError(
          name,
          `was given ${recordsText(records)} and has neither completed nor emitted anything for ${timeoutMs} ms. Let it complete when its source has, or raise its timeoutMs.`,
        ),
      ),
    );
    const output = new Output<KafkaRecord<B>>({
      next: (record) => {
        silence.sign();
        const fault = faultOf(record);
        if (fault === undefined) made.push(record);
        else subscriber.error(new Error(fault));
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        if (given < records.length) {
          subscriber.error(
            new OperatorError(
              name,
              `completed after ${given} of ${recordsText(records)}: the others would be lost. Let it complete when its source has; to leave records out, use filter.`,
            ),
          );
          return;
        }
        subscriber.next(made);
        subscriber.complete();
      },
      late: () =>
        late(
          new OperatorError(
            name,
            `emitted something after it had completed for ${recordsText(records)}: that would be lost. Let it complete when all its work is done.`,
          ),
        ),
    });
    subscriber.add(output);
    subscriber.add(() => silence.stop());
    operator.apply(source).subscribe(output);
    if (output.isOpen) silence.start();
  });
}

/** Tells why something was not made of one of these records; undefined when it was. */
function originFault(records: readonly KafkaRecord[]): (made: unknown) => string | undefined {
  const isGiven = offsetCheck(records.length, (index) => records[index]?.offset ?? -1);
  const [first] = records;
  return (made) => {
    if (!isRecord(made)) {
      return 'it emits something that is no record. Make records of those that it is given: { ...record, value }';
    }
    if (first === undefined) return 'it emits a record although it was given none';
    const { topic, partition, offset } = made;
    if (topic !== first.topic || partition !== first.partition) {
      return `it emits a record of topic ${topic}, partition ${partition}, but the records of topic ${first.topic}, partition ${first.partition} are read from that one alone. To send a record to another table, say so: { ...record, table }`;
    }
    if (!isGiven(offset)) {
      return `it emits a record with the offset ${offset}, which it was not given. Make records of those that it is given: { ...record, value }`;
    }
    return undefined;
  };
}

function isRecord(made: unknown): made is KafkaRecord {
  return typeof made === 'object' && made !== null && 'offset' in made && typeof made.offset === 'number';
}

function recordsText(records: readonly KafkaRecord[]): string {
  const [first] = records;
  if (first === undefined) return 'no records';
  const last = records.at(-1) ?? first;
  const { topic, partition } = first;
  return `${records.length} ${records.length === 1 ? 'record' : 'records'} of topic ${topic}, partition ${partition}, offsets ${first.offset} to ${last.offset}`;
}
