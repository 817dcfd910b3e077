import { ConfigError, describeError, UnavailableError } from '../core/errors.ts';
import { type LabelState, type LoadTransaction, transactionsOf } from '../core/load-decisions.ts';
import { partitionKey } from '../core/record-batch.ts';
import { type LoadDecision, readDecision } from './decision-metadata.ts';
import { type GroupOffsets, type OffsetChange } from './group-offsets.ts';
import { foresee, type Prospect, type SeenTransaction } from './recovery.ts';
import { type CommittedOffset } from './source.ts';

/** A partition whose last load was interrupted, or is under way. */
export interface InterruptedPartition {
  readonly committed: CommittedOffset;
  /** Undefined when another version of Tributary wrote it. */
  readonly decision: LoadDecision | undefined;
  /** The transactions of the load; a state is undefined when StarRocks did not tell. Empty when nobody knows the load. */
  readonly transactions: readonly (LoadTransaction & { readonly state: LabelState | undefined })[];
  /** What the next start does; undefined when that depends on what StarRocks did not tell. */
  readonly prospect: Prospect | undefined;
}

/** What a person says about interrupted loads: partitions as `TOPIC/PARTITION`, or `all` for every unclear one. */
export interface ResolveAnswers {
  /** Their rows are in the table. */
  readonly loaded: readonly string[];
  /** They are not. */
  readonly notLoaded: readonly string[];
  /** Also for partitions that are not unclear. */
  readonly force: boolean;
}

/** What the resolver works with. */
export interface LoadResolverOptions {
  readonly groupId: string;
  readonly offsets: GroupOffsets;
  /** Asks StarRocks; throws an UnavailableError when it does not tell. */
  readonly labelState: (transaction: LoadTransaction, signal: AbortSignal) => Promise<LabelState>;
  /** Milliseconds that all of StarRocks' answers together may take. */
  readonly askMs: number;
  /** How long StarRocks keeps a prepared load, in milliseconds. */
  readonly preparedTimeoutMs: number;
}

/** The way out by hand for partitions that the recovery leaves closed, because nobody can tell how their load ended. */
export class LoadResolver {
  readonly #options: LoadResolverOptions;

  constructor(options: LoadResolverOptions) {
    this.#options = options;
  }

  /** How many processes are in the group: what is interrupted changes while they run. */
  memberCount(): Promise<number> {
    return this.#options.offsets.memberCount();
  }

  /** Every partition of the group whose last load was interrupted. Changes nothing. */
  async interrupted(): Promise<InterruptedPartition[]> {
    const { offsets, labelState, askMs, preparedTimeoutMs } = this.#options;
    const signal = AbortSignal.timeout(askMs);
    const states = new Map<string, Promise<LabelState | undefined>>();
    const askOnce = (transaction: LoadTransaction): Promise<LabelState | undefined> => {
      const key = `${transaction.database} ${transaction.label}`;
      const state =
        states.get(key) ??
        labelState(transaction, signal).catch((error: unknown) => {
          if (signal.aborted || error instanceof UnavailableError) return undefined;
          throw error;
        });
      states.set(key, state);
      return state;
    };
    const partitions = (await offsets.committed()).map(async (committed) => {
      const { decision, fault } = read(committed);
      if (fault !== undefined) {
        return { committed, decision, transactions: [], prospect: { kind: 'unclear' as const, reason: fault } };
      }
      if (!decision) return undefined;
      const transactions = await Promise.all(
        transactionsOf(decision).map(async (one) => ({ ...one, state: await askOnce(one) })),
      );
      const seen = transactions.filter((one): one is SeenTransaction => one.state !== undefined);
      const prospect = seen.length === transactions.length ? foresee(decision, seen, preparedTimeoutMs) : undefined;
      return { committed, decision, transactions, prospect };
    });
    return (await Promise.all(partitions)).filter((partition) => partition !== undefined);
  }

  /**
   * Commits where the answered partitions go on, without metadata, so that the next start simply reads on from there.
   *
   * @returns what was changed.
   * @throws UnavailableError while a process is in the group; ConfigError with a sentence for every answer that does not
   *   fit. Then nothing was changed.
   */
  async resolve(answers: ResolveAnswers): Promise<OffsetChange[]> {
    const { groupId, offsets } = this.#options;
    const members = await offsets.memberCount();
    if (members > 0) {
      throw new UnavailableError(
        `${members === 1 ? 'A process is' : `${members} processes are`} in group ${groupId}. Stop every process of the pipeline first; one that was killed leaves the group when its session times out (kafka.sessionTimeoutMs).`,
      );
    }
    const changes = chooseOffsets(await this.interrupted(), answers);
    if (changes.length > 0) await offsets.replace(changes);
    return changes;
  }
}

/** Where each answered partition goes on. Throws a ConfigError with a sentence for every answer that does not fit. */
function chooseOffsets(partitions: readonly InterruptedPartition[], answers: ResolveAnswers): OffsetChange[] {
  const unclear = partitions.filter(({ prospect }) => prospect?.kind === 'unclear').map(keyOf);
  const named = (keys: readonly string[]): string[] => keys.filter((key) => key !== 'all');
  const chosen = (keys: readonly string[], others: readonly string[]): Set<string> =>
    new Set([...named(keys), ...(keys.includes('all') ? unclear.filter((key) => !named(others).includes(key)) : [])]);
  const loaded = chosen(answers.loaded, answers.notLoaded);
  const notLoaded = chosen(answers.notLoaded, answers.loaded);

  const problems: string[] = [];
  const changes: OffsetChange[] = [];
  for (const key of new Set([...loaded, ...notLoaded])) {
    const partition = partitions.find((candidate) => keyOf(candidate) === key);
    if (!partition) {
      problems.push(
        `${key} has no interrupted load. Without --loaded and --not-loaded, resolve lists those that have.`,
      );
      continue;
    }
    const { committed, decision } = partition;
    if (loaded.has(key) && notLoaded.has(key)) {
      problems.push(`${key} is said to be loaded and not to be loaded. Say one of them.`);
    } else if (!unclear.includes(key) && !answers.force) {
      problems.push(
        partition.prospect
          ? `${key} is not unclear: the next start ends its load by itself. To decide it all the same, add --force.`
          : `${key} may not be unclear: StarRocks did not tell the state of its load. Try again when it answers, or add --force.`,
      );
    } else if (loaded.has(key)) {
      if (decision) changes.push({ from: committed, offset: decision.nextOffset });
      else
        problems.push(`Where the load of ${key} ends is not known here. Ask the version of Tributary that wrote it.`);
    } else {
      changes.push({ from: committed, offset: committed.offset ?? 0 });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return changes;
}

function keyOf({ committed: { topic, partition } }: InterruptedPartition): string {
  return partitionKey({ topic, partition });
}

function read({ metadata }: CommittedOffset): { readonly decision?: LoadDecision; readonly fault?: string } {
  try {
    const decision = readDecision(metadata);
    return decision ? { decision } : {};
  } catch (error) {
    return { fault: describeError(error) };
  }
}
