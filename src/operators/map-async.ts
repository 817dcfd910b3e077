import { concatMap, defer, from, map, type ObservableInput, type OperatorFunction, toArray } from 'rxjs';
import { stackSafeMergeMap } from './stack-safe-merge-map.ts';

/**
 * Asks for something for each value, such as a look-up service, with a bounded number of questions at once, and emits the
 * answers in the order of the values, whichever comes first. What is asked may answer with one value, several or none; an
 * answer that is an error is an error of the stream.
 *
 * @param concurrency how many questions may be open at once: 1 or more.
 *
 * @example
 * ```ts
 * import { type KafkaRecord, mapAsync, type Row } from 'tributary';
 *
 * declare function nameOf(id: unknown): Promise<string>;
 *
 * export const named = mapAsync(8, async (record: KafkaRecord<Row>) => ({
 *   ...record,
 *   value: { ...record.value, name: await nameOf(record.value['id']) },
 * }));
 * ```
 */
export function mapAsync<A, B>(
  concurrency: number,
  ask: (value: A, index: number) => ObservableInput<B>,
): OperatorFunction<A, B> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`mapAsync takes a whole number of questions at once, 1 or more, and got ${concurrency}.`);
  }
  return (source) =>
    defer(() => {
      /** Answers that are early, by the place of their values. */
      const early = new Map<number, readonly B[]>();
      let next = 0;
      return source.pipe(
        stackSafeMergeMap(
          (value, index) =>
            from(ask(value, index)).pipe(
              toArray(),
              map((answers) => ({ index, answers })),
            ),
          concurrency,
        ),
        concatMap(({ index, answers }) => {
          early.set(index, answers);
          const ready: B[] = [];
          for (let found = early.get(next); found !== undefined; found = early.get(next)) {
            ready.push(...found);
            early.delete(next++);
          }
          return ready;
        }),
      );
    });
}
