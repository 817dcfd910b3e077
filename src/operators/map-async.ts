import { concatMap, defer, mergeMap, type OperatorFunction } from 'rxjs';

/**
 * Asks for something for each value, such as a look-up service, with a bounded number of questions at once, and emits the
 * answers in the order of the values, whichever comes first. An answer that is an error is an error of the stream.
 *
 * @param concurrency how many questions may be open at once: 1 or more.
 *
 * @example
 * ```ts
 * import { type KafkaRecord, mapAsync, type Row } from 'tributary';
 *
 * declare function nameOf(id: unknown): Promise<string>;
 *
 * const named = mapAsync(8, async (record: KafkaRecord<Row>) => ({
 *   ...record,
 *   value: { ...record.value, name: await nameOf(record.value['id']) },
 * }));
 * ```
 */
export function mapAsync<A, B>(
  concurrency: number,
  ask: (value: A, index: number) => Promise<B>,
): OperatorFunction<A, B> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`mapAsync takes a whole number of questions at once, 1 or more, and got ${concurrency}.`);
  }
  return (source) =>
    defer(() => {
      /** Answers that are early, by the place of their values. */
      const early = new Map<number, B>();
      let next = 0;
      return source.pipe(
        mergeMap(async (value, index) => ({ index, answer: await ask(value, index) }), concurrency),
        concatMap(({ index, answer }) => {
          early.set(index, answer);
          const ready: B[] = [];
          for (; early.has(next); next++) {
            ready.push(early.get(next) as B);
            early.delete(next);
          }
          return ready;
        }),
      );
    });
}
