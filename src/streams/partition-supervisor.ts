import { backoffMs } from '../core/backoff.ts';
import { Deferred } from '../core/deferred.ts';
import { toError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { pause } from '../core/pause.ts';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../core/record-batch.ts';
import { type TaskStats } from '../core/task-stats.ts';
import { within } from '../core/within.ts';
import { type OffsetCommitter } from './offset-committer.ts';
import { type PartitionActor } from './partition-actor.ts';
import { PartitionOpener, type Recover } from './partition-opener.ts';
import { type Position, type Source, type SourceListener } from './source.ts';

/** Milliseconds that the last commit may take. */
const COMMIT_MS = 10_000;

/** How a drain ended. */
export interface Drained {
  /** Partitions (`topic/partition`) of which not everything that was read could be loaded. */
  readonly unfinished: readonly string[];
  /** Whether Kafka has taken the offsets behind what was loaded. */
  readonly committed: boolean;
}

/** What the supervisor works with. */
export interface PartitionSupervisorOptions {
  readonly source: Source;
  readonly committer: OffsetCommitter;
  readonly stats: TaskStats;
  readonly logger: Logger;
  /** Builds the actor of a partition. Throws a ConfigError for a topic that has no table. */
  readonly createActor: (position: Position) => PartitionActor;
  /** Partitions were handed out anew. */
  readonly onAssigned: () => void;
  readonly recover: Recover;
  /** Whether the partitions of a topic may be fetched: not while their lane has stopped. */
  readonly isStopped: (topic: string) => boolean;
  /** Milliseconds that a drain may take before it is given up. */
  readonly drainMs: number;
  readonly onFailed: (error: Error) => void;
}

/** Owns the actors: one generation of them at a time, made and disposed as Kafka hands partitions out. */
export class PartitionSupervisor implements SourceListener {
  readonly #options: PartitionSupervisorOptions;
  readonly #opener: PartitionOpener;
  readonly #actors = new Map<string, PartitionActor>();
  #partitions: readonly TopicPartition[] = [];
  #generation = 0;
  /** Aborted when the assignment ends, so that one that is still being opened is given up. */
  #assignment = new AbortController();
  /** Settles when the partitions that are being handed out anew are open. */
  #opening: Deferred<void> | undefined;
  /** What is opened now must not be read any more. */
  #draining = false;
  /** A person wants nothing to be loaded: whatever is assigned stays unopened. */
  #paused = false;
  #pausing: Promise<void> | undefined;
  /** Everything that was read before the pause is loaded and committed. */
  #pausedClean = false;
  #closed = false;

  constructor(options: PartitionSupervisorOptions) {
    this.#options = options;
    this.#opener = new PartitionOpener({ ...options, onOpen: (positions) => this.#open(positions) });
  }

  rebalancing(): void {
    this.#assignment.abort(new Error('The partitions are being handed out anew.'));
    this.#opening ??= new Deferred();
    this.#options.committer.suspend();
  }

  assigned(generation: number, partitions: readonly TopicPartition[]): void {
    const { stats, logger } = this.#options;
    this.#generation = generation;
    this.#partitions = partitions;
    this.rebalancing();
    const assignment = new AbortController();
    this.#assignment = assignment;
    this.#disposeAll();
    this.#options.onAssigned();
    stats.assignments++;
    stats.forgetPartitions();
    logger.info({ generation, partitions: partitions.map(partitionKey) }, `Assigned ${partitions.length} partitions`);
    if (this.#paused) {
      // Whatever an earlier generation still had under way is fenced off by this one.
      this.#pausedClean = true;
      this.#hold();
      return;
    }
    if (partitions.length === 0 || this.#closed) {
      this.#opened();
      return;
    }
    this.#opener
      .open(partitions, assignment.signal)
      .catch((error: unknown) => {
        if (!assignment.signal.aborted) this.#options.onFailed(toError(error));
      })
      .finally(() => {
        if (!assignment.signal.aborted) this.#opened();
      });
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
    const { stats } = this.#options;
    stats.progress(batch, { end: highWatermark });
    if (batch.records.length > 0) stats.topics.add(batch.topic);
    // The actor may have given the records' memory back when it returns.
    actor.offer(batch);
  }

  stalled(): void {
    this.#options.stats.fetchStalls++;
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

  /** Starts the partitions of these topics over from where their loaded records end: their lane goes on. */
  reopenTopics(isReopened: (topic: string) => boolean): void {
    for (const [key, actor] of this.#actors) {
      const topic = topicOf(key);
      if (!isReopened(topic)) continue;
      actor.dispose();
      const position = { topic, partition: Number(key.slice(topic.length + 1)), offset: actor.position };
      this.#createActor(position);
      this.#options.source.open(position);
      for (const reason of actor.pauseReasons) actor.resume(reason);
    }
  }

  /** Lets every actor finish what it has, within the limit, and commits. */
  async drain(): Promise<Drained> {
    const { isStopped, drainMs } = this.#options;
    // A stopped lane loads nothing more; waiting for it would only use up the time of the others.
    const draining = [...this.#actors].filter(([key]) => !isStopped(topicOf(key)));
    const left = new Set(draining.map(([key]) => key));
    this.#draining = true;
    try {
      await within(drainMs, Promise.all(draining.map(([key, actor]) => actor.drain().then(() => left.delete(key)))));
      const committed = await this.#commitRest();
      this.#pausedClean = committed && left.size === 0 && draining.length === this.#actors.size;
      return { unfinished: [...left], committed };
    } finally {
      this.#draining = false;
    }
  }

  /**
   * Loads and commits what was read, within the limit, and then holds every partition, also those of later assignments;
   * the process stays in its group. What could not be loaded in time is cut, and read again after `resume`.
   */
  async pause(): Promise<void> {
    if (this.#closed) return;
    this.#pausing ??= this.#pause();
    await this.#pausing;
  }

  /** Opens the partitions again, from where their loaded records end. */
  async resume(): Promise<void> {
    // What is opened while it drains would be thrown away with the rest.
    await this.#pausing;
    if (!this.#paused || this.#closed) return;
    this.#pausing = undefined;
    this.#paused = false;
    // What was cut may still reach Kafka or StarRocks. Only a new generation keeps it out.
    if (this.#pausedClean) this.assigned(this.#generation, this.#partitions);
    else await this.#options.source.joinAgain();
  }

  async #pause(): Promise<void> {
    this.#paused = true;
    this.#pausedClean = false;
    await this.drain();
    if (this.#closed) return;
    this.rebalancing();
    this.#disposeAll();
    this.#hold();
  }

  #hold(): void {
    for (const partition of this.#partitions) this.#options.source.pause(partition);
    this.#opened();
  }

  /**
   * Commits what is left. When the partitions are handed out anew just then, because another process is stopped as well,
   * their new owner finds the loads that are decided and commits where they end: it has to stay until that is done.
   *
   * @returns whether everything is committed.
   */
  async #commitRest(): Promise<boolean> {
    const { committer } = this.#options;
    const over = new AbortController();
    const commit = async (): Promise<void> => {
      for (let attempt = 1; !over.signal.aborted; attempt++) {
        await this.#opening?.promise;
        const committed = await committer.flush();
        if (this.#opening) continue;
        if (committed) return;
        await pause(backoffMs(attempt), over.signal);
      }
    };
    try {
      return await within(COMMIT_MS, commit());
    } finally {
      over.abort();
    }
  }

  #opened(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  /** Ends every actor at once. */
  close(): void {
    this.#closed = true;
    this.rebalancing();
    this.#disposeAll();
  }

  #open(positions: readonly Position[]): void {
    for (const position of positions) {
      const actor = this.#createActor(position);
      if (this.#draining) continue;
      this.#options.source.open(position);
      // A pause of the whole task outlives it in the client.
      if (actor.pauseReasons.length === 0) this.#options.source.resume(position);
    }
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
