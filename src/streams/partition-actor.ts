import { type OperatorFunction, Subject, type Subscription, tap } from 'rxjs';
import { type Credits } from '../core/credits.ts';
import { type EncodedBatch, partsOf, rowsOfAll, targetsOf } from '../core/encoded-batch.ts';
import { toError } from '../core/errors.ts';
import { LoadTables } from '../core/load-tables.ts';
import { PauseLock, type PauseReason } from '../core/pause-lock.ts';
import { partitionKey, type RawValue, type RecordBatch } from '../core/record-batch.ts';
import { type TableLane } from '../core/table-lane.ts';
import { OffsetLedger } from './offset-ledger.ts';
import { type Position } from './source.ts';

/** Closes encoded envelopes into batches; pipeline.ts chooses the limits. */
export type FlushOperator = OperatorFunction<EncodedBatch, { readonly items: readonly EncodedBatch[] }>;

/** What an actor is made of. */
export interface PartitionActorOptions {
  readonly position: Position;
  /** Decode, transform and encode operators, as one. */
  readonly operators: OperatorFunction<RecordBatch<RawValue>, EncodedBatch>;
  readonly flush: FlushOperator;
  readonly lane: TableLane;
  readonly credits: Credits;
  readonly onPaused: (paused: boolean) => void;
  /** The committable position moved. */
  readonly onPosition: (position: Position) => void;
}

/**
 * One partition in one generation: its mailbox, its operators, what it has in flight and how far it is loaded.
 * It is never reused: a rebalance or a rewind disposes it and a new one starts from the committed position.
 */
export class PartitionActor {
  readonly #options: PartitionActorOptions;
  readonly #key: string;
  readonly #mailbox = new Subject<RecordBatch<RawValue>>();
  readonly #ledger: OffsetLedger;
  readonly #abort = new AbortController();
  readonly #pause: PauseLock;
  readonly #pipeline: Subscription;
  #next: number;
  #admitted = 0;
  #ranges = 0;
  /** When envelopes came, as pairs of an envelope's next offset and a time, until they are in a range. */
  readonly #arrivals: number[] = [];
  #completed = false;
  #onDrained: (() => void) | undefined;

  constructor(options: PartitionActorOptions) {
    this.#options = options;
    const { position, credits, lane } = options;
    this.#key = partitionKey(position);
    this.#ledger = new OffsetLedger(position.offset);
    this.#next = position.offset;
    this.#pause = new PauseLock(options.onPaused);
    credits.open(this.#key);
    this.#pipeline = this.#mailbox
      .pipe(
        options.operators,
        tap((encoded) => {
          this.#admitted += encoded.bytes;
          lane.admit(encoded.bytes);
        }),
        options.flush,
      )
      .subscribe({
        next: ({ items }) => this.#offerRanges(items),
        error: (error: unknown) => {
          this.#complete();
          lane.fail(toError(error));
        },
        complete: () => this.#complete(),
      });
  }

  /** The next offset that is not yet loaded. */
  get position(): number {
    return this.#ledger.position;
  }

  /** The next offset that is expected from Kafka. */
  get next(): number {
    return this.#next;
  }

  get pauseReasons(): readonly PauseReason[] {
    return this.#pause.reasons;
  }

  /** Takes an envelope. It must follow the one before; offsets between the two (compacted away) count as passed. */
  offer(batch: RecordBatch<RawValue>): void {
    if (this.#completed || this.#abort.signal.aborted) return;
    const firstOffset = this.#next;
    this.#next = batch.nextOffset;
    this.#options.credits.take(this.#key, batch.bytes);
    this.#arrivals.push(batch.nextOffset, Date.now());
    this.#mailbox.next({ ...batch, firstOffset });
  }

  pause(reason: PauseReason): void {
    this.#pause.acquire(reason);
  }

  resume(reason: PauseReason): void {
    this.#pause.release(reason);
  }

  /** Takes nothing more, flushes what it holds, and resolves when all of it is loaded. The caller bounds the wait. */
  drain(): Promise<void> {
    this.pause('drain');
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      this.#mailbox.complete();
      this.#checkDrained();
    });
  }

  /** Ends the actor at once: loads under way are cut, nothing that it does later has an effect. */
  dispose(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(new Error('The partition was taken away.'));
    // Also what is on its way through an operator that takes its time.
    this.#pipeline.unsubscribe();
    this.#options.lane.withdraw(this.#admitted);
    this.#options.credits.close(this.#key);
    this.#onDrained?.();
  }

  /** One range of what was flushed, or several when it goes into more tables than one load can take. */
  #offerRanges(items: readonly EncodedBatch[]): void {
    let range: EncodedBatch[] = [];
    let tables = new LoadTables();
    for (const item of items) {
      if (!tables.add(targetsOf(item))) {
        this.#offerRange(range);
        range = [];
        tables = new LoadTables();
        tables.add(targetsOf(item));
      }
      range.push(item);
    }
    this.#offerRange(range);
  }

  #offerRange(items: readonly EncodedBatch[]): void {
    const first = items[0];
    const last = items.at(-1);
    if (!first || !last || this.#abort.signal.aborted) return;
    const { position, lane } = this.#options;
    let bytes = 0;
    let rows = 0;
    for (const item of items) {
      bytes += item.bytes;
      rows += rowsOfAll(item);
    }
    this.#ranges++;
    lane.offer({
      topic: position.topic,
      partition: position.partition,
      firstOffset: first.firstOffset,
      nextOffset: last.nextOffset,
      bytes,
      rows,
      times: { arrived: this.#arrivalOf(last.nextOffset), closed: Date.now() },
      parts: partsOf(items).filter((part) => part.rows > 0 || (part.failed?.length ?? 0) > 0),
      signal: this.#abort.signal,
      loaded: () => this.#acknowledge(first.firstOffset, last.nextOffset, bytes),
    });
  }

  /** When the first envelope came of a range that ends there. */
  #arrivalOf(nextOffset: number): number {
    const [, arrived = Date.now()] = this.#arrivals;
    const later = this.#arrivals.findIndex((value, index) => index % 2 === 0 && value > nextOffset);
    this.#arrivals.splice(0, later < 0 ? this.#arrivals.length : later);
    return arrived;
  }

  #acknowledge(first: number, next: number, bytes: number): void {
    if (this.#abort.signal.aborted) return;
    this.#ranges--;
    this.#admitted -= bytes;
    this.#ledger.acknowledge(first, next);
    this.#options.credits.give(this.#key, bytes);
    this.#options.onPosition({ ...this.#options.position, offset: this.#ledger.position });
    this.#checkDrained();
  }

  #complete(): void {
    this.#completed = true;
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#completed && this.#ranges === 0) this.#onDrained?.();
  }
}
