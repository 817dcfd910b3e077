import { type InterruptedLoads } from '../core/load-decisions.ts';
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

  if (decision.state === 'open') {
    if (state === 'ABORTED' || state === 'UNKNOWN') return { kind: 'repeat' };
    const prepared = state === 'PREPARE' || state === 'PREPARED';
    if (prepared && (await loads.rollBack(decision, signal)) === 'gone') return { kind: 'repeat' };
    return unclear(decision, 'StarRocks has committed it, although it was never decided');
  }
  if (state === 'COMMITTED' || state === 'VISIBLE') return { kind: 'loaded' };
  if (state === 'PREPARE') return unclear(decision, 'StarRocks has it as not yet prepared, although it was decided');
  const outcome = state === 'PREPARED' ? await loads.commit(decision, signal) : state;
  switch (outcome) {
    case 'committed':
      return { kind: 'loaded' };
    case 'aborted':
    case 'ABORTED':
      logger.warn(
        facts,
        `StarRocks has thrown away the prepared load ${label} of ${database}.${table}: it waited too long, or somebody rolled it back. Its rows are loaded again`,
      );
      return { kind: 'repeat' };
    default:
      // StarRocks keeps a prepared load and forgets only finished ones, so within that time it was committed.
      if (Date.now() - decision.time < preparedTimeoutMs) return { kind: 'loaded' };
      return unclear(
        decision,
        'StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load: it was committed and forgotten, or thrown away and forgotten',
      );
  }
}

function unclear({ label, database, table }: LoadDecision, seen: string): Recovery {
  return { kind: 'unclear', reason: `the load ${label} into ${database}.${table} was interrupted, and ${seen}` };
}
