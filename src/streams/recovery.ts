import { type InterruptedLoads, type LabelState } from '../core/load-decisions.ts';
import { type Logger } from '../core/logger.ts';
import { type LoadDecision } from './decision-metadata.ts';

/** What becomes of a partition whose last load was interrupted. */
export type Recovery =
  /** The load counts: its rows are in the table. */
  | { readonly kind: 'loaded' }
  /** The load never counted: its rows have to be loaded (again). */
  | { readonly kind: 'repeat' }
  /** Nobody can tell, or what is seen cannot be: a person has to look. */
  | { readonly kind: 'unclear'; readonly reason: string };

/** What the recovery works with. */
export interface RecoveryOptions {
  readonly loads: InterruptedLoads;
  /** How long StarRocks keeps a prepared load, in milliseconds. */
  readonly preparedTimeoutMs: number;
  readonly logger: Logger;
}

/** What the next owner does about an interrupted load. Unless it says how the load ended, that shows only then. */
export type Prospect = Recovery | { readonly kind: 'commit' } | { readonly kind: 'roll back' };

/** Milliseconds that the rollback of a load which was not even prepared may take. */
const ROLL_BACK_MS = 10_000;

/**
 * What an interrupted load's last entry in Kafka and its label in StarRocks say together. Changes nothing.
 *
 * @param preparedTimeoutMs How long StarRocks keeps a prepared load, in milliseconds.
 */
export function foresee(decision: LoadDecision, state: LabelState, preparedTimeoutMs: number): Prospect {
  if (state !== 'PREPARE' && state !== 'PREPARED') return endOf(decision, state, preparedTimeoutMs);
  if (decision.state === 'open') return { kind: 'roll back' };
  if (state === 'PREPARED') return { kind: 'commit' };
  return unclear(decision, 'StarRocks has it as not yet prepared, although it was decided');
}

/**
 * Ends a load that was interrupted, as its last entry in Kafka and its label in StarRocks say. Several owners of its
 * partitions may do so at the same time: both ends may be repeated.
 *
 * @throws the signal's reason when it is aborted; it asks StarRocks until then.
 */
export async function recover(
  decision: LoadDecision,
  { loads, preparedTimeoutMs, logger }: RecoveryOptions,
  signal: AbortSignal,
): Promise<Recovery> {
  const { label, database, table } = decision;
  const facts = { label, database, table };
  const state = await loads.stateOf(decision, signal);
  logger.info({ ...facts, decision: decision.state, state }, 'Ending a load that was interrupted');

  let end = foresee(decision, state, preparedTimeoutMs);
  if (end.kind === 'roll back') {
    const outcome = await rollBack(decision, state, { loads, logger }, signal);
    end = endOf(decision, outcome === 'gone' ? 'ABORTED' : 'COMMITTED', preparedTimeoutMs);
  } else if (end.kind === 'commit') {
    end = endOf(decision, AFTER_COMMIT[await loads.commit(decision, signal)], preparedTimeoutMs);
  }
  if (end.kind === 'repeat' && decision.state === 'decided') {
    logger.warn(
      facts,
      `StarRocks has thrown away the prepared load ${label} of ${database}.${table}: it waited too long, or somebody rolled it back. Its rows are loaded again`,
    );
  }
  return end;
}

/**
 * A load that was never decided never counts, whether it is rolled back or not; so nobody waits long for a StarRocks that
 * refuses it, as it does while it waits for the rest of a body whose sender has gone without a word.
 */
async function rollBack(
  decision: LoadDecision,
  state: LabelState,
  { loads, logger }: Pick<RecoveryOptions, 'loads' | 'logger'>,
  signal: AbortSignal,
): Promise<'gone' | 'committed'> {
  if (state !== 'PREPARE') return loads.rollBack(decision, signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ROLL_BACK_MS);
  try {
    return await loads.rollBack(decision, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.signal.aborted) throw error;
    const { label, database, table } = decision;
    logger.warn(
      { label, database, table },
      `StarRocks does not let the load ${label} of ${database}.${table} be rolled back yet. It does not count any more, and its rows are loaded again; StarRocks throws it away when its time is over`,
    );
    return 'gone';
  } finally {
    clearTimeout(timer);
  }
}

const AFTER_COMMIT = { committed: 'COMMITTED', aborted: 'ABORTED', unknown: 'UNKNOWN' } as const;

/** How a load ended whose transaction is over. */
function endOf(
  decision: LoadDecision,
  state: Exclude<LabelState, 'PREPARE' | 'PREPARED'>,
  preparedTimeoutMs: number,
): Recovery {
  const committed = state === 'COMMITTED' || state === 'VISIBLE';
  if (decision.state === 'open') {
    return committed
      ? unclear(decision, 'StarRocks has committed it, although it was never decided')
      : { kind: 'repeat' };
  }
  if (committed) return { kind: 'loaded' };
  if (state === 'ABORTED') return { kind: 'repeat' };
  // StarRocks keeps a prepared load and forgets only finished ones, so within that time it was committed.
  if (Date.now() - decision.time < preparedTimeoutMs) return { kind: 'loaded' };
  return unclear(
    decision,
    'StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load: it was committed and forgotten, or thrown away and forgotten',
  );
}

function unclear({ label, database, table }: LoadDecision, seen: string): Recovery {
  return { kind: 'unclear', reason: `the load ${label} into ${database}.${table} was interrupted, and ${seen}` };
}
