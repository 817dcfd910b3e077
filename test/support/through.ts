import { lastValueFrom, type Observable, type OperatorFunction, of, toArray } from 'rxjs';

/** What an operator makes of one value, which must be exactly one. */
export async function through<A, B>(value: A, operator: OperatorFunction<A, B>): Promise<B> {
  const [result, ...more] = await emitted(of(value).pipe(operator));
  if (result === undefined || more.length > 0) throw new Error(`Expected one value, got ${more.length + 1}`);
  return result;
}

/** All that a stream emits. */
export function emitted<T>(stream: Observable<T>): Promise<T[]> {
  return lastValueFrom(stream.pipe(toArray()), { defaultValue: [] });
}
