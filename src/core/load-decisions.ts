import { type TopicPartition } from './record-batch.ts';

/** Offsets of one partition: from `firstOffset` up to, not including, `nextOffset`. */
export interface OffsetRange extends TopicPartition {
  readonly firstOffset: number;
  readonly nextOffset: number;
}

/** What a load in two phases is called, and where it goes. */
export interface LoadIntent {
  /** Never used before. */
  readonly label: string;
  readonly database: string;
  readonly table: string;
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

/** A label's newest transaction, as StarRocks tells it. UNKNOWN: never begun, or forgotten. */
export type LabelState = 'UNKNOWN' | 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

/** Ends loads that somebody else began. Everything asks until somebody answers, or the signal is aborted. */
export interface InterruptedLoads {
  stateOf(load: LoadIntent, signal: AbortSignal): Promise<LabelState>;
  /** `aborted`: it never became visible. `unknown`: StarRocks has forgotten the label. */
  commit(load: LoadIntent, signal: AbortSignal): Promise<'committed' | 'aborted' | 'unknown'>;
  /** `committed`: it is too late. */
  rollBack(load: LoadIntent, signal: AbortSignal): Promise<'gone' | 'committed'>;
}
