import {
  type InterruptedLoads,
  type LabelState,
  type LoadTransaction,
  transactionsOf,
} from '../core/load-decisions.ts';
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

/** A transaction of a load, as StarRocks has it. */
export interface SeenTransaction<State extends LabelState = LabelState> extends LoadTransaction {
  readonly state: State;
}

/** How a transaction that is over has ended. */
type EndedTransaction = SeenTransaction<Exclude<LabelState, 'PREPARE' | 'PREPARED'>>;

/**
 * What an interrupted load's last entry in Kafka and its transactions in StarRocks say together. Changes nothing.
 *
 * @param seen All transactions of the load.
 * @param preparedTimeoutMs How long StarRocks keeps a prepared load, in milliseconds.
 */
export function foresee(decision: LoadDecision, seen: readonly SeenTransaction[], preparedTimeoutMs: number): Prospect {
  if (seen.every(isEnded)) return endOf(decision, seen, preparedTimeoutMs);
  if (decision.state === 'open') {
    const committed = seen.filter(isCommitted);
    return committed.length > 0 ? neverDecided(decision, committed) : { kind: 'roll back' };
  }
  const unprepared = seen.filter(({ state }) => state === 'PREPARE');
  if (unprepared.length > 0) {
    return unclear(decision, unprepared, 'StarRocks has it as not yet prepared, although it was decided');
  }
  // As long as nothing of a load has become visible, it can still be that none of it does.
  const canGoBack = seen.every(({ state }) => state === 'PREPARED' || state === 'ABORTED');
  return canGoBack && seen.some(({ state }) => state === 'ABORTED') ? { kind: 'roll back' } : { kind: 'commit' };
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
  const seen = await Promise.all(
    transactionsOf(decision).map(async (one) => ({ ...one, state: await loads.stateOf(one, signal) })),
  );
  for (const facts of seen) logger.info({ ...facts, decision: decision.state }, 'Ending a load that was interrupted');

  const prospect = foresee(decision, seen, preparedTimeoutMs);
  if (prospect.kind !== 'roll back' && prospect.kind !== 'commit') return warnOfRepeat(decision, prospect, logger);
  const ended = await Promise.all(
    seen.map(async (one): Promise<EndedTransaction> => {
      if (isEnded(one)) return one;
      if (prospect.kind === 'commit') return { ...one, state: AFTER_COMMIT[await loads.commit(one, signal)] };
      const outcome = await rollBack(one, { loads, logger }, signal);
      return { ...one, state: outcome === 'gone' ? 'ABORTED' : 'COMMITTED' };
    }),
  );
  return warnOfRepeat(decision, endOf(decision, ended, preparedTimeoutMs), logger);
}

function warnOfRepeat<End extends Recovery>(decision: LoadDecision, end: End, logger: Logger): End {
  if (end.kind !== 'repeat' || decision.state !== 'decided') return end;
  const { label, database, table } = decision;
  logger.warn(
    { label, database, table },
    `StarRocks has thrown away the prepared load ${label} of ${tablesText(transactionsOf(decision))}: it waited too long, or somebody rolled it back. Its rows are loaded again`,
  );
  return end;
}

/**
 * A load that was never decided never counts, whether it is rolled back or not; so nobody waits long for a StarRocks that
 * refuses it, as it does while it waits for the rest of a body whose sender has gone without a word.
 */
async function rollBack(
  transaction: SeenTransaction,
  { loads, logger }: Pick<RecoveryOptions, 'loads' | 'logger'>,
  signal: AbortSignal,
): Promise<'gone' | 'committed'> {
  if (transaction.state !== 'PREPARE') return loads.rollBack(transaction, signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ROLL_BACK_MS);
  try {
    return await loads.rollBack(transaction, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.signal.aborted) throw error;
    const { label, database, table } = transaction;
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

/** How a load ended whose transactions are over. */
function endOf(decision: LoadDecision, ended: readonly EndedTransaction[], preparedTimeoutMs: number): Recovery {
  const committed = ended.filter(isCommitted);
  if (decision.state === 'open') {
    return committed.length > 0 ? neverDecided(decision, committed) : { kind: 'repeat' };
  }
  const thrownAway = ended.filter(({ state }) => state === 'ABORTED');
  if (thrownAway.length === ended.length) return { kind: 'repeat' };
  // StarRocks keeps a prepared load and forgets only finished ones, so within that time it was committed.
  const isYoung = Date.now() - decision.time < preparedTimeoutMs;
  const forgotten = isYoung ? [] : ended.filter(({ state }) => state === 'UNKNOWN');
  if (forgotten.length > 0) {
    return unclear(
      decision,
      forgotten,
      'StarRocks no longer knows it, and it is older than StarRocks keeps a prepared load: it was committed and forgotten, or thrown away and forgotten',
    );
  }
  if (thrownAway.length === 0) return { kind: 'loaded' };
  const left = ended.filter(({ state }) => state !== 'ABORTED');
  return unclear(
    decision,
    thrownAway,
    `StarRocks has thrown that away, although it has committed what goes with it into ${tablesText(left)}`,
  );
}

function isEnded(one: SeenTransaction): one is EndedTransaction {
  return one.state !== 'PREPARE' && one.state !== 'PREPARED';
}

function isCommitted({ state }: SeenTransaction): boolean {
  return state === 'COMMITTED' || state === 'VISIBLE';
}

function neverDecided(decision: LoadDecision, committed: readonly SeenTransaction[]): Recovery {
  return unclear(decision, committed, 'StarRocks has committed it, although it was never decided');
}

/** @param of The transactions of which something was seen. */
function unclear(decision: LoadDecision, of: readonly LoadTransaction[], seen: string): Recovery {
  return {
    kind: 'unclear',
    reason: `the load ${decision.label} into ${tablesText(of)} was interrupted, and ${seen}`,
  };
}

function tablesText(transactions: readonly LoadTransaction[]): string {
  return transactions.map(({ database, table }) => `${database}.${table}`).join(', ');
}
