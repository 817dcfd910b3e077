import { backoffMs } from '../core/backoff.ts';
import { ConfigError, describeError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../core/record-batch.ts';
import { type TaskStats } from '../core/task-stats.ts';
import { within } from '../core/within.ts';
import { type OffsetCommitter } from './offset-committer.ts';
import { type PartitionActor } from './partition-actor.ts';
import { type Position, type Source, type SourceListener } from './source.ts';

/** Milliseconds that the last commit may take. */
const COMMIT_MS = 10_000;

/** What the supervisor works with. */
export interface PartitionSupervisorOptions {
  readonly source: Source;
  readonly committer: OffsetCommitter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** Builds the actor of a partition. Throws a ConfigError for a topic that has no table. */
  readonly createActor: (position: Position) => PartitionActor;
  /** Whether the partitions of a topic may be fetched: not while their lane has stopped. */
  readonly isStopped: (topic: string) => boolean;
  /** Milliseconds that a drain may take before it is given up. */
  readonly drainMs: number;
  readonly onFailed: (error: Error) => void;
}

/** Owns the actors: one generation of them at a time, made and disposed as Kafka hands partitions out. */
export class PartitionSupervisor implements SourceListener {
  readonly #options: PartitionSupervisorOptions;
  readonly #actors = new Map<string, PartitionActor>();
  #generation = 0;
  /** Counts what ends an assignment, so that one that is still being opened is given up. */
  #assignment = 0;
  #closed = false;

  constructor(options: PartitionSupervisorOptions) {
    this.#options = options;
  }

  rebalancing(): void {
    this.#assignment++;
    this.#options.committer.suspend();
  }

  assigned(generation: number, partitions: readonly TopicPartition[]): void {
    const { committer, stats, logger } = this.#options;
    this.#generation = generation;
    const assignment = ++this.#assignment;
    this.#disposeAll();
    committer.suspend();
    stats.assignments++;
    stats.forgetPartitions();
    logger.info({ generation, partitions: partitions.map(partitionKey) }, `Assigned ${partitions.length} partitions`);
    if (partitions.length === 0 || this.#closed) return;
    this.#openAll(assignment, partitions).catch((error: unknown) => this.#options.onFailed(toError(error)));
  }

  batch(batch: RecordBatch<RawValue>, highWatermark: number): void {
    if (batch.generation !== this.#generation) return;
    let actor = this.#actors.get(partitionKey(batch));
    // What belongs to a stopped table is not taken any more: nobody would ever give its credits back.
    if (!actor || this.#options.isStopped(batch.topic)) return;
    // The client may deliver control records alone from before a rebalance. Without them nothing is lost: what follows
    // passes their offsets as well.
    if (batch.records.length === 0 && batch.firstOffset !== actor.next) return;
    if (batch.firstOffset < actor.next) {
      const { topic, partition } = batch;
      // What is in flight ends with its actor, so reading starts where the loaded records end, if that is still earlier.
      const offset = Math.min(batch.firstOffset, actor.position);
      this.#options.logger.warn(
        { topic, partition, expected: actor.next, got: batch.firstOffset, from: offset },
        'Kafka went back to an earlier offset: the topic was made anew, or its records expired. Starting the partition over from there',
      );
      actor.dispose();
      actor = this.#createActor({ topic, partition, offset });
      if (offset < batch.firstOffset) {
        this.#options.source.open({ topic, partition, offset });
        return;
      }
    }
    actor.offer(batch);
    this.#options.stats.progress(batch, { end: highWatermark });
  }

  failed(error: Error): void {
    this.#options.onFailed(error);
  }

  async quiesce(): Promise<void> {
    await this.drain();
  }

  /** An actor's loaded position moved on. */
  acknowledged(position: Position): void {
    this.#options.stats.progress(position, { position: position.offset });
    this.#options.committer.update(position);
  }

  /** The actor of a partition, by its key. */
  actor(key: string): PartitionActor | undefined {
    return this.#actors.get(key);
  }

  /** Stops fetching the partitions of these topics: their lane is stopped. */
  pauseTopics(isStopped: (topic: string) => boolean): void {
    for (const [key, actor] of this.#actors) if (isStopped(topicOf(key))) actor.pause('stopped');
  }

  /** Ends the actors of these topics and frees what they hold; their partitions stay paused. */
  disposeTopics(isStopped: (topic: string) => boolean): void {
    for (const [key, actor] of this.#actors) if (isStopped(topicOf(key))) actor.dispose();
  }

  /** Lets every actor finish what it has, within the limit, and commits. Returns the partitions that did not finish. */
  async drain(): Promise<string[]> {
    const { isStopped, drainMs, committer } = this.#options;
    // A stopped lane loads nothing more; waiting for it would only use up the time of the others.
    const draining = [...this.#actors].filter(([key]) => !isStopped(topicOf(key)));
    const left = new Set(draining.map(([key]) => key));
    await within(drainMs, Promise.all(draining.map(([key, actor]) => actor.drain().then(() => left.delete(key)))));
    await within(COMMIT_MS, committer.flush());
    return [...left];
  }

  /** Ends every actor at once. */
  close(): void {
    this.#closed = true;
    this.#options.committer.suspend();
    this.#disposeAll();
  }

  async #openAll(assignment: number, partitions: readonly TopicPartition[]): Promise<void> {
    const { source, committer, logger } = this.#options;
    for (let attempt = 1; this.#isCurrent(assignment); attempt++) {
      try {
        const positions = await source.positions(partitions);
        if (!this.#isCurrent(assignment)) return;
        committer.resume();
        for (const position of positions) {
          this.#createActor(position);
          source.open(position);
        }
        return;
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        if (!this.#isCurrent(assignment)) return;
        logger.warn(
          { error: describeError(error), attempt },
          'Asking Kafka for the committed offsets failed; trying again',
        );
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, { limit: 5_000 })));
      }
    }
  }

  #isCurrent(assignment: number): boolean {
    return assignment === this.#assignment && !this.#closed;
  }

  #createActor(position: Position): PartitionActor {
    const actor = this.#options.createActor(position);
    this.#actors.set(partitionKey(position), actor);
    this.#options.stats.progress(position, { position: position.offset });
    if (this.#options.isStopped(position.topic)) actor.pause('stopped');
    return actor;
  }

  #disposeAll(): void {
    for (const actor of this.#actors.values()) actor.dispose();
    this.#actors.clear();
  }
}

function topicOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
