import fc from 'fast-check';
import { concat, delay, EMPTY, from, mergeMap, type OperatorFunction, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, it } from 'vitest';
import { type KafkaRecord, type RawValue, type RecordBatch, recordList } from '../../../../src/core/record-batch.ts';
import { ownOperators } from '../../../../src/operators/own/own-operators.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { batchOf, recordOf, utf8 } from '../../../support/records.ts';

/** What an operator does with one record: how many it makes of it, when, and whether it then fails. */
interface Plan {
  readonly copies: number;
  readonly delayMs: number;
  readonly fails: boolean;
}

const plan = fc.record<Plan>({
  copies: fc.integer({ min: 0, max: 3 }),
  delayMs: fc.integer({ min: 0, max: 20 }),
  fails: fc.boolean(),
});

/** Does with each record what its value says. */
const asPlanned: OperatorFunction<KafkaRecord, KafkaRecord> = mergeMap((record) => {
  const { copies, delayMs, fails } = record.value as Plan;
  const made = from(Array<KafkaRecord>(copies).fill(record));
  const after = fails ? timer(1).pipe(mergeMap(() => throwError(() => new Error('planned')))) : EMPTY;
  return concat(delayMs === 0 ? made : made.pipe(delay(delayMs)), after);
});

/** An envelope with gaps between its offsets, which sets bad records apart. */
function envelope(plans: readonly Plan[], firstOffset: number): RecordBatch {
  const offsets = plans.map((_, index) => firstOffset + 2 * index);
  const source = recordList<RawValue>(offsets.map((offset) => recordOf(utf8('x'), offset)));
  return { ...batchOf<unknown>(plans, { firstOffset, offsets, nextOffset: firstOffset + 100 }), failed: [], source };
}

const times = (copies: number, offset: number): number[] => Array<number>(copies).fill(offset);

it('whatever operators make of records, and when, each is a row of its own, left out, or a dead letter', () => {
  const envelopes = fc.array(fc.array(plan, { maxLength: 40 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(envelopes, (all) => {
      const emitted: RecordBatch[] = [];
      const errors: unknown[] = [];
      const given = all.map((plans, index) => envelope(plans, index * 100));
      new TestScheduler(() => undefined).run(({ flush }) => {
        const operators = ownOperators(
          [
            { name: 'planned', level: 'record', timeoutMs: 1000, create: () => asPlanned },
            { name: 'late', level: 'envelope', timeoutMs: 1000, create: () => delay<RecordBatch>(7) },
          ],
          { pipeline: 'p', topic: 'orders', partition: 0, logger: new RecordingLogger() },
        );
        from(given)
          .pipe(operators)
          .subscribe({
            next: (batch) => emitted.push(batch),
            error: (error: unknown) => errors.push(error),
            complete: () => undefined,
          });
        flush();
      });
      expect(errors).toEqual([]);
      const outcome = emitted.map(({ firstOffset, nextOffset, records, failed = [] }) => ({
        covers: [firstOffset, nextOffset],
        rows: Array.from({ length: records.length }, (_, index) => records.offset(index)).sort((a, b) => a - b),
        failed: failed.map(({ record }) => record.offset),
      }));
      expect(outcome).toEqual(
        all.map((plans, index) => ({
          covers: [index * 100, index * 100 + 100],
          rows: plans.flatMap(({ copies, fails }, at) => (fails ? [] : times(copies, index * 100 + 2 * at))),
          failed: plans.flatMap(({ fails }, at) => (fails ? [index * 100 + 2 * at] : [])),
        })),
      );
    }),
    { numRuns: 200 },
  );
});
