import { backoffMs } from '../core/backoff.ts';
import { ConfigError, describeError, UnclearLoadError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { pause } from '../core/pause.ts';
import { type TopicPartition } from '../core/record-batch.ts';
import { type LoadDecision, readDecision } from './decision-metadata.ts';
import { type OffsetCommitter } from './offset-committer.ts';
import { type Recovery } from './recovery.ts';
import { type CommittedOffset, type Position, type Source } from './source.ts';

/** Ends a load that was interrupted; throws only when the signal is aborted. */
export type Recover = (decision: LoadDecision, signal: AbortSignal) => Promise<Recovery>;

/** What the opener works with. */
export interface PartitionOpenerOptions {
  readonly source: Pick<Source, 'committed' | 'startingPositions' | 'commit'>;
  readonly committer: Pick<OffsetCommitter, 'resume' | 'update'>;
  readonly recover: Recover;
  readonly logger: Logger;
  /** These can be read from here on. */
  readonly onOpen: (positions: readonly Position[]) => void;
}

/** Finds out where the partitions of a new assignment go on, and ends the loads that were interrupted there. */
export class PartitionOpener {
  readonly #options: PartitionOpenerOptions;

  constructor(options: PartitionOpenerOptions) {
    this.#options = options;
  }

  /**
   * Opens what can be opened at once; a partition whose last load was interrupted waits until that load has ended.
   *
   * @throws UnclearLoadError when nobody can tell of any partition how its last load ended; the signal's reason when it is
   * aborted; ConfigError when there is no telling where to start.
   */
  async open(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void> {
    const { source, committer, recover } = this.#options;
    const committed = await this.#ask(
      'Asking Kafka for the committed offsets',
      () => source.committed(partitions),
      signal,
    );
    // An answer is a few turns old when it gets here, and the partitions may be gone since.
    signal.throwIfAborted();
    committer.resume();
    const { settled, interrupted, unclear } = this.#sort(committed);
    await Promise.all([
      this.#openAt(settled, signal),
      ...interrupted.map(async ({ decision, offsets }) => {
        if (decision.state === 'open') await this.#proveOwnership(offsets, signal);
        const recovery = await recover(decision, signal);
        signal.throwIfAborted();
        if (recovery.kind === 'unclear') {
          unclear.push(...offsets.map((offset) => this.#reportUnclear(offset, recovery.reason)));
          return;
        }
        const opened = await this.#openAt(
          offsets.map((offset) => afterRecovery(offset, recovery)),
          signal,
        );
        // So that nobody has to ask StarRocks about this load again, even if nothing more comes.
        if (recovery.kind === 'loaded') for (const position of opened) committer.update(position);
      }),
    ]);
    if (unclear.length === partitions.length) throw new UnclearLoadError(unclear);
  }

  /** Tells partitions whose last load is over from those where it was interrupted, one entry for each such load. */
  #sort(committed: readonly CommittedOffset[]): {
    settled: CommittedOffset[];
    interrupted: { decision: LoadDecision; offsets: CommittedOffset[] }[];
    unclear: string[];
  } {
    const settled: CommittedOffset[] = [];
    const interrupted = new Map<string, { decision: LoadDecision; offsets: CommittedOffset[] }>();
    const unclear: string[] = [];
    for (const offset of committed) {
      try {
        const decision = readDecision(offset.metadata);
        if (!decision) {
          settled.push(offset);
          continue;
        }
        // Partitions of one load share its end; where they go on is each one's own.
        const key = `${decision.state} ${decision.database}.${decision.table} ${decision.label}`;
        const load = interrupted.get(key) ?? { decision, offsets: [] };
        load.offsets.push(offset);
        interrupted.set(key, load);
      } catch (error) {
        unclear.push(this.#reportUnclear(offset, describeError(error)));
      }
    }
    return { settled, interrupted: [...interrupted.values()], unclear };
  }

  async #openAt(committed: readonly CommittedOffset[], signal: AbortSignal): Promise<readonly Position[]> {
    if (committed.length === 0) return [];
    const { source, onOpen } = this.#options;
    const positions = await this.#ask('Asking Kafka where to start', () => source.startingPositions(committed), signal);
    signal.throwIfAborted();
    onOpen(positions);
    return positions;
  }

  /**
   * Commits once more what stands there already, which Kafka takes from nobody who has lost the partitions: a process that
   * woke up late would roll the load back that their owner has just prepared and is about to decide.
   */
  #proveOwnership(offsets: readonly CommittedOffset[], signal: AbortSignal): Promise<void> {
    const entries = offsets.map(({ topic, partition, offset = 0, metadata }) => ({
      topic,
      partition,
      offset,
      metadata,
    }));
    return this.#ask('Telling Kafka who ends an interrupted load', () => this.#options.source.commit(entries), signal);
  }

  /** Asks Kafka until it answers. */
  async #ask<T>(what: string, question: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await question();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ConfigError) throw error;
        this.#options.logger.warn({ error: describeError(error), attempt }, `${what} failed; trying again`);
        await pause(backoffMs(attempt, { limit: 5_000 }), signal);
      }
    }
  }

  /** The partition stays closed; the others go on. */
  #reportUnclear({ topic, partition, offset }: CommittedOffset, reason: string): string {
    const text = `Topic ${topic}, partition ${partition} is not loaded: at offset ${offset ?? 0} ${reason}.`;
    this.#options.logger.error({ topic, partition, offset }, `${text} ${UnclearLoadError.cure}`);
    return text;
  }
}

/** Where a partition goes on after its interrupted load has ended. */
function afterRecovery(offset: CommittedOffset, { kind }: Recovery): CommittedOffset {
  const decision = readDecision(offset.metadata);
  return kind === 'loaded' && decision ? { ...offset, offset: decision.nextOffset } : offset;
}
