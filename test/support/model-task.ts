import { map, pipe } from 'rxjs';
import { BodyMemory } from '../../src/core/body-memory.ts';
import { Credits } from '../../src/core/credits.ts';
import { rowsOfAll } from '../../src/core/encoded-batch.ts';
import { Limiter } from '../../src/core/limiter.ts';
import { type DecisionLog } from '../../src/core/load-decisions.ts';
import { partitionKey, type RawValue, type RecordBatch, type TopicPartition } from '../../src/core/record-batch.ts';
import { TaskStats } from '../../src/core/task-stats.ts';
import { jsonRows } from '../../src/operators/encode/json-rows.ts';
import { encodeRows, type OtherTable } from '../../src/operators/encode-rows.ts';
import { findBadRows } from '../../src/operators/find-bad-rows.ts';
import { flushBy } from '../../src/operators/flush-by.ts';
import { StarRocksInterruptedLoads } from '../../src/sinks/starrocks/interrupted-loads.ts';
import { perTable } from '../../src/sinks/starrocks/per-table.ts';
import { StreamLoadLane } from '../../src/sinks/starrocks/stream-load-lane.ts';
import { TransactionalLoad } from '../../src/sinks/starrocks/transactional-load.ts';
import { TransactionalLoader } from '../../src/sinks/starrocks/transactional-loader.ts';
import { OffsetCommitter } from '../../src/streams/offset-committer.ts';
import { PartitionActor } from '../../src/streams/partition-actor.ts';
import { PartitionSupervisor, type PartitionSupervisorOptions } from '../../src/streams/partition-supervisor.ts';
import { recover } from '../../src/streams/recovery.ts';
import { type CommittedOffset, type OffsetCommit, type Position, type Source } from '../../src/streams/source.ts';
import { badRecords } from './bad-records.ts';
import { FakeTransactionClient } from './fake-transaction-client.ts';
import { type ModelGroup } from './model-group.ts';
import { type ModelNetwork, type Sender } from './model-network.ts';
import { type ModelStarRocks } from './model-starrocks.ts';
import { RecordingLogger } from './recording-logger.ts';

/** The table of records that name none. */
export const OWN_TABLE = 't';

/** What ends an interrupted load. */
export type Recover = PartitionSupervisorOptions['recover'];

/** What a modelled process lives in. */
export interface ModelTaskOptions {
  readonly network: ModelNetwork;
  readonly group: ModelGroup;
  readonly starRocks: ModelStarRocks;
  /** Takes the place of a part, so that a test can show what the part is for. */
  readonly wrapDecisions?: (decisions: DecisionLog) => DecisionLog;
  readonly wrapRecover?: (recover: Recover) => Recover;
  /** Something happened that never may. */
  readonly onFailed: (error: Error) => void;
}

/** How long StarRocks keeps a prepared load, in milliseconds: longer than any run of the model. */
const PREPARED_TIMEOUT_MS = 86_400_000;

/**
 * One process: the product's own parts from the source port to the transaction client, on modelled servers. It never
 * moves by itself: the test delivers records, assignments and answers.
 */
export class ModelTask implements Sender, Source {
  /** Where the partitions that were opened are read next. */
  readonly #cursors = new Map<string, number>();
  readonly #options: ModelTaskOptions;
  readonly #paused = new Set<string>();
  readonly #supervisor: PartitionSupervisor;
  /** Every body's memory is used again: rows that are sent or looked at too late are others by then. */
  readonly #bodies = new BodyMemory(() => 1_000, 1);
  readonly #lane: StreamLoadLane;
  #alive = true;
  #frozen = false;
  /** Counts the assignments of this process; the group's generation is another number. */
  #assignments = 0;
  #generation = 0;
  #rejoining = true;
  #commits = 0;
  #assignment: { generation: number; partitions: readonly TopicPartition[] } | undefined;

  constructor(options: ModelTaskOptions) {
    this.#options = options;
    const { network, starRocks, onFailed, wrapDecisions, wrapRecover } = options;
    const stats = new TaskStats();
    const logger = new RecordingLogger();
    const committer = new OffsetCommitter({ source: this, positionDelayMs: 1_000, stats, logger });
    const client = new FakeTransactionClient((step) =>
      network.send(this, { act: () => starRocks.act(step), refuse: () => starRocks.refuse(step) }),
    );
    const transaction = (table: string): TransactionalLoad =>
      new TransactionalLoad({
        table,
        client,
        labelState: (label) => network.send(this, { act: () => starRocks.stateOf(label), reads: true }),
      });
    const common = { pipeline: 'p', table: OWN_TABLE, stats, logger };
    this.#lane = new StreamLoadLane({
      ...common,
      createLoader: (onOverload) =>
        new TransactionalLoader({
          ...common,
          onOverload,
          target: { name: common.table, database: 'db', table: common.table },
          transaction: ({ table }) => transaction(table),
          decisions: wrapDecisions ? wrapDecisions(committer) : committer,
          errorLog: () => Promise.resolve(''),
        }),
      maxBytes: 12,
      concurrency: 2,
      limiter: new Limiter(8),
      badRecords: badRecords(),
      refusedRows: () => ({ findAll: nothingIsRefused, findFirst: nothingIsRefused }),
      findBadRows,
      onBuffered: () => undefined,
      onStopped: onFailed,
      onSettled: () => undefined,
      onReopened: () => undefined,
    });
    const credits = new Credits({
      budget: 30,
      onChange: (holder, blocked) => {
        const actor = this.#supervisor.actor(holder);
        if (blocked) actor?.pause('budget');
        else actor?.resume('budget');
      },
    });
    const loads = new StarRocksInterruptedLoads((_, table) => transaction(table));
    const recoverLoad: Recover = (decision, signal) =>
      recover(decision, { loads, preparedTimeoutMs: PREPARED_TIMEOUT_MS, logger }, signal);
    this.#supervisor = new PartitionSupervisor({
      source: this,
      committer,
      stats,
      logger,
      drainMs: 1_000,
      onAssigned: () => undefined,
      recover: wrapRecover ? wrapRecover(recoverLoad) : recoverLoad,
      isStopped: () => false,
      onFailed,
      createActor: (position) =>
        new PartitionActor({
          position,
          lane: this.#lane,
          credits,
          operators: pipe(
            map((batch: RecordBatch<RawValue>): RecordBatch => batch),
            encodeRows(jsonRows, { namedTable, bodies: this.#bodies }),
          ),
          flush: flushBy({
            maxBytes: 6,
            maxRecords: Number.POSITIVE_INFINITY,
            maxAgeMs: 1_000,
            bytesOf: (batch) => batch.bytes,
            recordsOf: rowsOfAll,
            demand$: this.#lane.demand$,
          }),
          onPaused: (paused) => (paused ? this.pause(position) : this.resume(position)),
          onPosition: (next) => this.#supervisor.acknowledged(next),
        }),
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether it can do anything now. */
  get running(): boolean {
    return this.#alive && !this.#frozen;
  }

  /** Where a partition is read next; undefined when it is not. */
  cursor(partition: TopicPartition): number | undefined {
    const key = partitionKey(partition);
    return this.#paused.has(key) ? undefined : this.#cursors.get(key);
  }

  joinAgain(): Promise<void> {
    this.rejoin();
    return Promise.resolve();
  }

  /** It hears of a rebalance, and joins the next generation. */
  rejoin(): void {
    this.#rejoining = true;
    this.#cursors.clear();
    this.#supervisor.rebalancing();
    this.#options.group.join(this);
  }

  /** The group hands partitions to it; it hears of that later. */
  assign(generation: number, partitions: readonly TopicPartition[]): void {
    this.#assignment = { generation, partitions };
  }

  /** It hears of its assignment. */
  deliverAssignment(): void {
    if (!this.#assignment) return;
    const { generation, partitions } = this.#assignment;
    this.#assignment = undefined;
    this.#generation = generation;
    this.#rejoining = false;
    this.#cursors.clear();
    this.#paused.clear();
    this.#supervisor.assigned(++this.#assignments, partitions);
  }

  deliver(batch: Omit<RecordBatch<RawValue>, 'generation'>): void {
    this.#cursors.set(partitionKey(batch), batch.nextOffset);
    this.#supervisor.batch({ ...batch, generation: this.#assignments }, batch.nextOffset);
  }

  flush(): void {
    this.#lane.flush();
  }

  /** A person pauses the connector, or lets it go on. */
  hold(): void {
    void this.#supervisor.pause();
  }

  goOn(): void {
    void this.#supervisor.resume();
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#frozen = true;
  }

  /** SIGCONT. */
  thaw(): void {
    this.#frozen = false;
  }

  /** SIGKILL: what it has sent may still reach the servers. */
  kill(): void {
    this.#alive = false;
    this.#options.group.leave(this);
    // What else it does goes nowhere; this only frees its timers.
    this.#supervisor.close();
    void this.#lane.close();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { network, group } = this.#options;
    return network.send(this, { act: () => group.committed(partitions), reads: true });
  }

  startingPositions(committed: readonly CommittedOffset[]): Promise<Position[]> {
    return Promise.resolve(
      committed.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset ?? 0 })),
    );
  }

  open(position: Position): void {
    this.#cursors.set(partitionKey(position), position.offset);
  }

  pause(partition: TopicPartition): void {
    this.#paused.add(partitionKey(partition));
  }

  resume(partition: TopicPartition): void {
    this.#paused.delete(partitionKey(partition));
  }

  commit(offsets: readonly OffsetCommit[]): Promise<void> {
    const { network, group } = this.#options;
    if (this.#rejoining) return Promise.reject(new Error('between two generations'));
    const commit = { member: this, generation: this.#generation, sequence: ++this.#commits, offsets };
    return network.send(this, {
      act: () => group.commit(commit),
      refuse: () => {
        throw new Error('the coordinator is loading');
      },
    });
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const otherTables = perTable((target): OtherTable => ({ target, writer: jsonRows }));
const namedTable = (name: string): OtherTable => otherTables({ name, database: 'db', table: name });

function nothingIsRefused(): never {
  throw new Error('a load was rejected, and no row of it can be');
}
