import { asapScheduler, defer, mergeMap, type ObservableInput, type OperatorFunction, subscribeOn, tap } from 'rxjs';

/**
 * RxJS' mergeMap for any number of values that wait. Its own begins with the next of them from within the end of the one
 * before, so that a few hundred whose work is done at once exhaust the stack. Here a value that others wait behind begins
 * in a turn of its own.
 *
 * @param concurrency - how many values are worked on at once; with 1, it is concatMap.
 */
export function stackSafeMergeMap<A, B>(
  work: (value: A, index: number) => ObservableInput<B>,
  concurrency: number,
): OperatorFunction<A, B> {
  return (source) =>
    defer(() => {
      let waiting = 0;
      return source.pipe(
        tap(() => waiting++),
        mergeMap((value, index) => {
          waiting--;
          return waiting === 0 ? work(value, index) : defer(() => work(value, index)).pipe(subscribeOn(asapScheduler));
        }, concurrency),
      );
    });
}
