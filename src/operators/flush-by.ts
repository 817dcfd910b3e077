import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';

/** Why a batch was closed. */
export type FlushReason = 'bytes' | 'records' | 'age' | 'demand' | 'end';

/** A closed batch; it is never empty. */
export interface Flushed<T> {
  readonly items: readonly T[];
  readonly reason: FlushReason;
}

/** When to close a batch: at the first limit that it reaches. */
export interface FlushOptions<T> {
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Milliseconds that the oldest item may wait. */
  readonly maxAgeMs: number;
  /** The same for a batch that begins now. Default: `maxAgeMs`, always. */
  readonly ageMs?: () => number;
  readonly bytesOf: (item: T) => number;
  readonly recordsOf: (item: T) => number;
  /** Closes whatever is there, at once, each time that it emits. */
  readonly demand$?: Observable<unknown>;
  readonly scheduler?: SchedulerLike;
}

/**
 * Collects items into batches and closes each one at bytes, records or age, whichever is first, or on demand.
 *
 * An item is never split, so a batch may exceed `maxBytes` by less than one item. The rest is emitted when the source
 * completes, and before an error is passed on: nothing that came in is ever dropped.
 */
export function flushBy<T>(options: FlushOptions<T>): OperatorFunction<T, Flushed<T>> {
  const { maxBytes, maxRecords, maxAgeMs, bytesOf, recordsOf, demand$, scheduler = asyncScheduler } = options;
  const { ageMs = () => maxAgeMs } = options;
  return (source) =>
    new Observable((subscriber) => {
      let items: T[] = [];
      let bytes = 0;
      let records = 0;
      let deadline: Subscription | undefined;

      const flush = (reason: FlushReason): void => {
        deadline?.unsubscribe();
        deadline = undefined;
        if (items.length === 0) return;
        const closed = items;
        items = [];
        bytes = 0;
        records = 0;
        subscriber.next({ items: closed, reason });
      };
      const fail = (error: unknown): void => {
        flush('end');
        subscriber.error(error);
      };

      // Registered before the source is subscribed to, so that a source that emits at once is torn down as well.
      subscriber.add(() => {
        deadline?.unsubscribe();
        items = [];
      });
      if (demand$) {
        subscriber.add(
          demand$.subscribe({
            next: () => flush('demand'),
            error: fail,
            complete: () => undefined,
          }),
        );
      }
      subscriber.add(
        source.subscribe({
          next(item) {
            try {
              bytes += bytesOf(item);
              records += recordsOf(item);
            } catch (error) {
              fail(error);
              return;
            }
            items.push(item);
            if (bytes >= maxBytes) flush('bytes');
            else if (records >= maxRecords) flush('records');
            else deadline ??= scheduler.schedule(() => flush('age'), Math.min(ageMs(), maxAgeMs));
          },
          error: fail,
          complete() {
            flush('end');
            subscriber.complete();
          },
        }),
      );
    });
}
