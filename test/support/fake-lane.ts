import { Subject } from 'rxjs';
import { type PartitionRange, type TableLane } from '../../src/core/table-lane.ts';

/** A table lane whose loads end when a test says so. */
export class FakeLane implements TableLane {
  readonly table = 'fake';
  readonly #demand = new Subject<void>();
  readonly demand$ = this.#demand.asObservable();
  /** Ranges that wait to be loaded. */
  readonly ready: PartitionRange[] = [];
  readonly failures: Error[] = [];
  /** Bytes that the partitions hold or offered. */
  admitted = 0;

  admit(bytes: number): void {
    this.admitted += bytes;
  }

  withdraw(bytes: number): void {
    this.admitted -= bytes;
  }

  offer(range: PartitionRange): void {
    this.ready.push(range);
  }

  fail(error: Error): void {
    this.failures.push(error);
  }

  demand(): void {
    this.#demand.next();
  }

  /** Ends the load of a range, the oldest one by default, as a real lane does: also when its partition is gone by then. */
  load(index = 0): PartitionRange | undefined {
    const [range] = this.ready.splice(index, 1);
    if (range && !range.signal.aborted) this.admitted -= range.bytes;
    range?.loaded();
    return range;
  }
}
