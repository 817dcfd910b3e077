import { from, type MonoTypeOperatorFunction, map, of } from 'rxjs';
import { stackSafeMergeMap } from './stack-safe-merge-map.ts';

/**
 * Holds an envelope, and those behind it, until what it needs is there. Nearly always nothing is needed, and then it goes on
 * at once.
 *
 * @param needs - what an envelope waits for. A promise that rejects is an error of the stream.
 */
export function waitFor<B>(needs: (batch: B) => readonly Promise<unknown>[]): MonoTypeOperatorFunction<B> {
  return stackSafeMergeMap((batch) => {
    const needed = needs(batch);
    return needed.length === 0 ? of(batch) : from(Promise.all(needed)).pipe(map(() => batch));
  }, 1);
}

/** What the records of an envelope need: each promise once, as many records need the same. */
export function neededBy(
  records: number,
  need: (index: number) => Promise<void> | undefined,
): readonly Promise<void>[] {
  const needed = new Set<Promise<void>>();
  for (let index = 0; index < records; index++) {
    const promise = need(index);
    if (promise) needed.add(promise);
  }
  return [...needed];
}
