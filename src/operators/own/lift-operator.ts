import {
  catchError,
  concatMap,
  defer,
  from,
  ignoreElements,
  map,
  Observable,
  type OperatorFunction,
  of,
  toArray,
} from 'rxjs';
import { describeError, RecordError, toError, UnavailableError } from '../../core/errors.ts';
import { OperatorError } from '../../core/own-operator.ts';
import { type DeadLetter, type KafkaRecord, type RecordBatch, recordAt, recordList } from '../../core/record-batch.ts';
import { stackSafeMergeMap } from '../stack-safe-merge-map.ts';
import { type RecordRules, runRecords } from './run-records.ts';
import { type OperatorStart, RunningOperator } from './running-operator.ts';

/** Records that are tried alone at once, so that a look-up service isn't asked for a whole envelope record by record. */
const ALONE_AT_ONCE = 16;

/** What the operator could not do with a record. */
interface Failure {
  readonly offset: number;
  readonly error: unknown;
}

/** Makes an operator on envelopes of one on records; `liftRecords` says to users what that means. */
export function liftOperator<A, B>(made: OperatorStart): OperatorFunction<RecordBatch<A>, RecordBatch<B>> {
  return (batches) =>
    new Observable((subscriber) => {
      const operator = new RunningOperator<KafkaRecord<A>, KafkaRecord<B>>(made);
      subscriber.add(() => operator.end());
      operator.begin();
      const lift = new RecordLift(operator, { ...made, late: (error) => subscriber.error(error) });
      subscriber.add(batches.pipe(stackSafeMergeMap((batch) => lift.run(batch), 1)).subscribe(subscriber));
    });
}

class RecordLift<A, B> {
  readonly #operator: RunningOperator<KafkaRecord<A>, KafkaRecord<B>>;
  readonly #rules: RecordRules;

  constructor(operator: RunningOperator<KafkaRecord<A>, KafkaRecord<B>>, rules: RecordRules) {
    this.#operator = operator;
    this.#rules = rules;
  }

  run(batch: RecordBatch<A>): Observable<RecordBatch<B>> {
    const given = recordsOf(batch);
    return this.#together(given).pipe(
      map((records): RecordBatch<B> => ({ ...batch, records: recordList(records) })),
      catchError((error: unknown) => {
        if (isNobodysFault(error)) throw this.#named(error);
        return this.#failuresAlone(given).pipe(concatMap((failures) => this.#without(batch, given, failures)));
      }),
    );
  }

  #together(records: readonly KafkaRecord<A>[]): Observable<readonly KafkaRecord<B>[]> {
    return runRecords(records, this.#operator, this.#rules);
  }

  /** What fails when the operator is given each record alone. What it remembers of the attempt that failed is gone. */
  #failuresAlone(records: readonly KafkaRecord<A>[]): Observable<readonly Failure[]> {
    return defer(() => {
      this.#operator.end();
      return from(records).pipe(
        stackSafeMergeMap(
          (record) =>
            this.#together([record]).pipe(
              ignoreElements(),
              catchError((error: unknown) => {
                if (isNobodysFault(error)) throw this.#named(error);
                return of({ offset: record.offset, error });
              }),
            ),
          ALONE_AT_ONCE,
        ),
        toArray(),
        map((failures) => failures.sort((one, other) => one.offset - other.offset)),
      );
    });
  }

  /** The envelope without the records that fail alone, which are set apart, or end the stream with the first of them. */
  #without(
    batch: RecordBatch<A>,
    given: readonly KafkaRecord<A>[],
    failures: readonly Failure[],
  ): Observable<RecordBatch<B>> {
    // Several records of one offset are what an earlier operator made of one record.
    const letters = new Map(failures.map((failure) => [failure.offset, this.#deadLetter(batch, failure)]));
    const good = given.filter(({ offset }) => !letters.has(offset));
    this.#operator.end();
    return this.#together(good).pipe(
      catchError((error: unknown) => {
        if (isNobodysFault(error)) throw this.#named(error);
        const fault = `fails with records of topic ${batch.topic}, partition ${batch.partition}, though with none of them alone: ${describeError(error)}`;
        throw new OperatorError(this.#rules.name, fault, { cause: error });
      }),
      map((records) => ({
        ...batch,
        records: recordList(records),
        ...(batch.failed && { failed: [...batch.failed, ...letters.values()] }),
      })),
    );
  }

  /** @throws RecordError when the envelope does not set records apart. */
  #deadLetter(batch: RecordBatch, { offset, error: cause }: Failure): DeadLetter {
    const { name } = this.#rules;
    const { topic, partition } = batch;
    const reason = `the operator ${name} fails: ${describeError(cause)}`;
    const error = new RecordError({ topic, partition, offset }, reason, { cause });
    const record = batch.failed && recordAt(batch, offset);
    // Without the original, setting it apart would lose it.
    if (record === undefined) throw error;
    return { record, stage: 'TRANSFORMATION', className: name, error, exceptionClass: toError(cause).name };
  }

  /** The error with the operator's name. */
  #named(error: OperatorError | UnavailableError): Error {
    if (error instanceof OperatorError) return error;
    return new UnavailableError(`The operator ${this.#rules.name} cannot go on: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** Whether no record is to blame, however often it is tried. */
function isNobodysFault(error: unknown): error is OperatorError | UnavailableError {
  return error instanceof OperatorError || error instanceof UnavailableError;
}

/** The records that have a value; those without make no row. */
function recordsOf<A>({ records }: RecordBatch<A>): KafkaRecord<A>[] {
  const found: KafkaRecord<A>[] = [];
  for (let index = 0; index < records.length; index++) {
    if (records.value(index) !== null) found.push(records.record(index));
  }
  return found;
}
