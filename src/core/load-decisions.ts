import { type TopicPartition } from './record-batch.ts';

/** Offsets of one partition: from `firstOffset` up to, not including, `nextOffset`. */
export interface OffsetRange extends TopicPartition {
  readonly firstOffset: number;
  readonly nextOffset: number;
}

/** A transaction of StarRocks, which loads into one table. */
export interface LoadTransaction {
  readonly label: string;
  readonly database: string;
  readonly table: string;
}

/** What a load in two phases is called, and where it goes. */
export interface LoadIntent extends LoadTransaction {
  /** Never used before. The transaction of the first table has it, those of the others have it with a number. */
  readonly label: string;
  /** The tables besides the first one; missing when there are none. */
  readonly others?: readonly Pick<LoadTransaction, 'database' | 'table'>[];
  /**
   * Where each partition of the dead letter topic ended before this load wrote into it, so that whoever takes over can
   * see what was written. Only loads that write dead letters have it.
   */
  readonly deadLetterEnds?: readonly number[];
}

/**
 * Where a load's intent and decision are kept, so that whoever takes its partitions over knows how it has to end.
 *
 * Both reject when the entry may not be there, because nobody answered; with a NotTakenError when it surely is not there,
 * because the group has moved on.
 */
export interface DecisionLog {
  /** The load may begin: unless a decision follows, it never counts. */
  open(ranges: readonly OffsetRange[], intent: LoadIntent): Promise<void>;
  /** The load counts: from now on it is only ever committed. It must be prepared. */
  decide(ranges: readonly OffsetRange[], intent: LoadIntent): Promise<void>;
}

/** The transactions of a load: one for each of its tables, the first table's first. They count together or not at all. */
export function transactionsOf({ label, database, table, others = [] }: LoadIntent): LoadTransaction[] {
  const more = others.map((other, index) => ({ ...other, label: `${label}-${index + 1}` }));
  return [{ label, database, table }, ...more];
}

/** A label's newest transaction, as StarRocks tells it. UNKNOWN: never begun, or forgotten. */
export type LabelState = 'UNKNOWN' | 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

/** Ends transactions that somebody else began. Everything asks until somebody answers, or the signal is aborted. */
export interface InterruptedLoads {
  stateOf(load: LoadTransaction, signal: AbortSignal): Promise<LabelState>;
  /** `aborted`: it never became visible. `unknown`: StarRocks has forgotten the label. */
  commit(load: LoadTransaction, signal: AbortSignal): Promise<'committed' | 'aborted' | 'unknown'>;
  /** `committed`: it is too late. */
  rollBack(load: LoadTransaction, signal: AbortSignal): Promise<'gone' | 'committed'>;
}
