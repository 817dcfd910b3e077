import { pipe, tap } from 'rxjs';
import { defaultClientId } from './config/client-id.ts';
import { type PipelineConfig } from './config/model.ts';
import { BodyMemory } from './core/body-memory.ts';
import { Credits } from './core/credits.ts';
import { type DeadLetterTopic } from './core/dead-letter.ts';
import { rowsOfAll } from './core/encoded-batch.ts';
import { toError, UnavailableError } from './core/errors.ts';
import { topicPattern } from './core/java-regex.ts';
import { type Logger } from './core/logger.ts';
import { type TableTarget } from './core/table-target.ts';
import { type TaskSnapshot } from './core/task-snapshot.ts';
import { TaskStats } from './core/task-stats.ts';
import { within } from './core/within.ts';
import { findBadRows } from './operators/find-bad-rows.ts';
import { flushBy } from './operators/flush-by.ts';
import { type Preview, type PreviewRequest, previewRecords } from './preview.ts';
import { type RecordReaders, recordOperators, recordReaders, stageNames } from './record-operators.ts';
import { BadRecords } from './sinks/dead-letter/bad-records.ts';
import { StarRocksSink } from './sinks/starrocks/starrocks-sink.ts';
import { type StreamLoadLane } from './sinks/starrocks/stream-load-lane.ts';
import { TableLanes } from './sinks/starrocks/table-lanes.ts';
import { createTableRoutes, type TableRoutes, tableTarget } from './sinks/starrocks/table-routes.ts';
import { KafkaDeadLetterTopic } from './streams/kafka/kafka-dead-letter-topic.ts';
import { KafkaSource } from './streams/kafka/kafka-source.ts';
import { readSample } from './streams/kafka/read-sample.ts';
import { OffsetCommitter } from './streams/offset-committer.ts';
import { type FlushOperator, PartitionActor } from './streams/partition-actor.ts';
import { PartitionSupervisor } from './streams/partition-supervisor.ts';
import { recover } from './streams/recovery.ts';
import { type Position } from './streams/source.ts';
import { TaskReporter } from './task-reporter.ts';
import { type PartitionTables, type RowTable } from './written-tables.ts';

/** Milliseconds that leaving the group may take, and the end of the loads that are cut. */
const CLOSE_MS = 5_000;
/** How long a loaded position may wait for the next load's intent, which carries it as well, in milliseconds. */
const POSITION_DELAY_MS = 1_000;
/** Memory of bodies, in use and kept for the next ones, by the budget of what is in flight. */
const BODY_MEMORY = 1.25;
/**
 * How long records wait for the first load of a table, in milliseconds: a person who starts a pipeline sees its first rows at
 * once, or what is wrong with them. They are those of one fetch; what comes meanwhile goes along with the next load.
 */
const FIRST_BATCH_AGE_MS = 10;

/** A topic, and the table (`database.table`) that it is loaded into. */
interface Target {
  readonly topic: string;
  readonly table: string;
}

/**
 * One task of a pipeline: a consumer with its partition actors, table lanes and Stream Load client.
 * This is the composition root; it owns what it builds, and `stop` closes all of it.
 */
export class Pipeline {
  readonly config: PipelineConfig;
  readonly stats = new TaskStats();
  /** Settles when the pipeline has ended: rejects with the reason when it could not go on. */
  readonly done: Promise<void>;
  readonly #logger: Logger;
  readonly #source: KafkaSource;
  readonly #credits: Credits;
  readonly #readers: RecordReaders;
  readonly #bodies: BodyMemory;
  readonly #sink: StarRocksSink;
  readonly #routes: TableRoutes;
  readonly #lanes: TableLanes;
  readonly #deadLetterTopic: DeadLetterTopic | undefined;
  readonly #badRecords: BadRecords;
  readonly #supervisor: PartitionSupervisor;
  readonly #reporter: TaskReporter;
  #finish: (error?: Error) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  /**
   * @param task its number among the tasks of the pipeline.
   * @throws ConfigError when Kafka Connect's transforms cannot be made as they are configured.
   */
  constructor(given: PipelineConfig, logger: Logger, task = 0) {
    const config = withClientIdOf(task, given);
    this.config = config;
    this.#logger = logger;
    this.done = new Promise((resolve, reject) => {
      this.#finish = (error) => (error ? reject(error) : resolve());
    });
    // Whoever does not wait for the end still must not be ended by it.
    this.done.catch(() => undefined);

    const { kafka, starrocks, flush, buffer, delivery } = config;
    this.#source = new KafkaSource({ ...kafka, topics: kafka.topics ?? topicPattern(kafka.topicsRegex ?? '') }, logger);
    this.#readers = recordReaders(config, logger);
    this.#credits = new Credits({
      budget: buffer.maxBytes,
      onChange: (holder, blocked) => {
        const actor = this.#supervisor.actor(holder);
        if (blocked) actor?.pause('budget');
        else actor?.resume('budget');
      },
    });
    // What is in flight and what is kept for the next bodies take little more than the budget together: sizes are rounded up.
    this.#bodies = new BodyMemory(() => Math.max(0, buffer.maxBytes * BODY_MEMORY - this.#credits.total));
    this.#deadLetterTopic = createDeadLetterTopic(config, logger);
    this.#badRecords = new BadRecords({
      tolerance: config.errors.tolerance,
      topic: this.#deadLetterTopic,
      contextHeaders: config.errors.deadLetterTopic?.contextHeaders ?? false,
      log: config.errors.log,
      pipeline: config.name,
      task,
      stats: this.stats,
      logger,
    });
    const committer = new OffsetCommitter({
      source: this.#source,
      positionDelayMs: delivery === 'exactly-once' ? POSITION_DELAY_MS : 0,
      stats: this.stats,
      logger,
    });
    this.#sink = new StarRocksSink({
      pipeline: config.name,
      starrocks,
      delivery,
      deletes: config.deletes.mode === 'apply' && (this.#readers.chain.marksDeletes || config.deletes.tombstones),
      evolution: config.schemaEvolution,
      decisions: committer,
      badRecords: this.#badRecords,
      findBadRows: starrocks.format === 'json' ? findBadRows : () => [],
      stats: this.stats,
      logger,
    });
    this.#routes = createTableRoutes(starrocks);
    this.#lanes = new TableLanes({
      maxBytes: flush.maxBytes,
      createLane: (target, onBuffered) => this.#createLane(target, onBuffered),
    });
    const loads = this.#sink.interruptedLoads;
    const { preparedTimeoutMs } = starrocks;
    this.#supervisor = new PartitionSupervisor({
      source: this.#source,
      committer,
      stats: this.stats,
      logger,
      createActor: (position) => this.#createActor(position),
      onAssigned: () => this.#badRecords.forget(),
      recover: async (decision, signal) => {
        if (decision.deadLetterEnds) await this.#badRecords.recall(decision.deadLetterEnds, signal);
        return recover(decision, { loads, preparedTimeoutMs, logger }, signal);
      },
      isStopped: (topic) => this.#lanes.isStopped(this.#targetOf(topic)),
      drainMs: config.shutdownTimeoutMs,
      onFailed: (error) => this.#fail(error),
    });
    this.#reporter = new TaskReporter({
      config,
      stats: this.stats,
      credits: this.#credits,
      lanes: this.#lanes,
      supervisor: this.#supervisor,
      steps: stageNames(config, this.#readers),
      limits: () => ({ bytes: this.#maxLoadBytes(), ms: this.#maxBatchAgeMs() }),
      tableOf: (topic) => this.#tableOf(topic),
    });
  }

  /** Each load that goes through. */
  get load$(): TaskStats['load$'] {
    return this.stats.load$;
  }

  /** What it is doing, and what it has done. */
  snapshot(): TaskSnapshot {
    return this.#reporter.snapshot();
  }

  /** Forgets which topics have brought records. */
  forgetTopics(): void {
    this.stats.topics.clear();
  }

  /**
   * Connects to both sides and says whether the pipeline could run; loads and commits nothing.
   *
   * @returns the topics and their tables.
   * @throws ConfigError with every problem that a person must mend; UnavailableError when a side or the schema registry
   * does not answer.
   */
  async check(): Promise<Target[]> {
    const targets = await this.#checkSides();
    await this.#checkReaders();
    return targets;
  }

  /**
   * Reads the next records and says what would be loaded of them; joins no group, and loads, commits and writes nothing.
   *
   * @throws ConfigError with every problem that a person must mend; UnavailableError when Kafka or the schema registry does
   * not answer.
   */
  async preview(request: PreviewRequest): Promise<Preview> {
    await this.#checkReaders();
    return previewRecords(request, {
      config: this.config,
      source: this.#source,
      readers: this.#readers,
      sink: this.#sink,
      targetOf: (topic) => this.#targetOf(topic),
      partitionTables: (target, rowTable) => this.#partitionTables(target, rowTable),
      rowTable: (target) => this.#rowTable(target),
      logger: this.#logger,
      read: (sample) => readSample(this.config.kafka, sample, this.#logger),
    });
  }

  async #checkSides(): Promise<Target[]> {
    const topics = await this.#source.connect();
    const targets = new Map(topics.map((topic) => [topic, this.#targetOf(topic)]));
    const tables = new Map([...targets.values()].map((target) => [target.name, target]));
    await this.#sink.check([...tables.values()], this.#readers.chain.routesByRecord);
    return [...targets].map(([topic, { database, table }]) => ({ topic, table: `${database}.${table}` }));
  }

  async #checkReaders(): Promise<void> {
    await this.#readers.value.check?.();
    await this.#readers.key?.check?.();
  }

  /** Checks both sides, joins the group and starts to load. A schema registry that does not answer is waited for. */
  async start(): Promise<void> {
    const targets = await this.#checkSides();
    await this.#waitForNoRegistry();
    await this.#deadLetterTopic?.open();
    if (this.#stopping) return;
    this.#logger.info({ pipeline: this.config.name, group: this.config.kafka.groupId, targets }, 'Starting');
    await this.#source.start(this.#supervisor);
  }

  /**
   * Loads what was read, within `shutdownTimeoutMs`, and then nothing more; the process stays in its group. Before `start`
   * it makes a pipeline that joins its group and waits.
   */
  pause(): Promise<void> {
    return this.#supervisor.pause();
  }

  /** Goes on where `pause` has left off. */
  resume(): Promise<void> {
    return this.#supervisor.resume();
  }

  /** Records wait for a registry that does not answer, at the start as at any other time. */
  async #waitForNoRegistry(): Promise<void> {
    try {
      await this.#checkReaders();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      this.#logger.warn(
        {},
        `The schema registry does not answer. Records whose schemas are not known yet wait until it does. ${error.message}`,
      );
    }
  }

  /** Loads what was read, commits, and closes everything; within `shutdownTimeoutMs` and a little. Safe to call again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().then(
      (unfinished) => this.#finish(this.#lanes.firstError ?? unfinished),
      (error: unknown) => this.#finish(toError(error)),
    );
    return this.#stopping;
  }

  /** Returns what a person should know when not everything could be loaded in time. */
  async #stop(): Promise<UnavailableError | undefined> {
    const { unfinished, committed } = await this.#supervisor.drain();
    await this.#close();
    if (unfinished.length === 0) {
      return committed
        ? undefined
        : new UnavailableError(
            'What was read is loaded, but Kafka did not take the last offsets. The next start sorts it out: with exactly-once no row is loaded twice. Start and stop once more before another program takes over the group.',
          );
    }
    return new UnavailableError(
      `Not everything that was read could be loaded within ${this.config.shutdownTimeoutMs} ms (${unfinished.join(', ')}). Nothing is lost: the rest is read again at the next start.`,
    );
  }

  async #close(): Promise<void> {
    this.#supervisor.close();
    this.#readers.value.close?.();
    this.#readers.key?.close?.();
    await within(CLOSE_MS, this.#lanes.close());
    // A broker that is gone must not keep a stopping process: the group forgets us after the session timeout.
    await within(CLOSE_MS, this.#source.stop());
    await within(CLOSE_MS, this.#deadLetterTopic?.close() ?? Promise.resolve());
    this.#sink.close();
    this.#bodies.clear();
  }

  #fail(error: Error): void {
    if (this.#stopping) return;
    this.#stopping = this.#stop().then(
      () => this.#finish(error),
      () => this.#finish(error),
    );
  }

  /** Where the records of a topic go, as far as their transforms tell by its name alone. */
  #targetOf(topic: string): TableTarget {
    return this.#routes.targetOf(this.#readers.chain.topicOf(topic));
  }

  #tableOf(topic: string): string {
    return this.#targetOf(topic).name;
  }

  /** A load is as large as the user says, but never larger than StarRocks takes. */
  #maxLoadBytes(): number {
    return Math.min(this.config.flush.maxBytes, this.#sink.maxLoadBytes);
  }

  #maxBatchAgeMs(): number {
    return Math.min(this.config.flush.intervalMs, this.config.commit.intervalMs);
  }

  #createLane(target: TableTarget, onBuffered: () => void): StreamLoadLane {
    const { name: table } = target;
    return this.#sink.createLane(target, {
      maxBytes: this.#maxLoadBytes(),
      onBuffered,
      onStopped: (error, retryMs) => this.#laneStopped(table, error, retryMs),
      onSettled: () => this.#laneSettled(table),
      onReopened: () => this.#supervisor.reopenTopics((topic) => this.#tableOf(topic) === table),
    });
  }

  #laneStopped(table: string, error: Error, retryMs: number | undefined): void {
    const next =
      retryMs === undefined ? '' : ` It is tried again from time to time, next in ${Math.round(retryMs / 1000)} s.`;
    this.#logger.error({ table }, `Loading into ${table} has stopped. ${error.message}${next}`);
    this.stats.failed(table, error.message);
    this.#supervisor.pauseTopics((topic) => this.#tableOf(topic) === table);
  }

  /** The loads that a stopped lane still had are done: what waits behind them only takes memory from the others. */
  #laneSettled(table: string): void {
    this.#supervisor.disposeTopics((topic) => this.#tableOf(topic) === table);
    const { allFinished, firstError } = this.#lanes;
    if (allFinished && firstError) this.#fail(firstError);
  }

  #flushBy(lane: StreamLoadLane): FlushOperator {
    const { flush } = this.config;
    return pipe(
      flushBy({
        maxBytes: this.#maxLoadBytes(),
        maxRecords: flush.maxRecords ?? Number.POSITIVE_INFINITY,
        maxAgeMs: this.#maxBatchAgeMs(),
        ageMs: () => (lane.hasBegun ? Number.POSITIVE_INFINITY : FIRST_BATCH_AGE_MS),
        bytesOf: (batch) => batch.bytes,
        recordsOf: rowsOfAll,
        demand$: lane.demand$,
      }),
      tap(({ reason }) => this.stats.batchClosed(reason)),
    );
  }

  #partitionTables(target: TableTarget, rowTable: (target: TableTarget) => RowTable): PartitionTables {
    return {
      own: rowTable(target),
      tableOf: (topic) => this.#routes.targetOf(topic).name,
      named: (name) => rowTable(tableTarget(name, this.config.starrocks.database)),
    };
  }

  #rowTable(target: TableTarget): RowTable {
    return { target, properties: this.#sink.properties(target), columns: this.#sink.columns(target) };
  }

  #createActor(position: Position): PartitionActor {
    const target = this.#targetOf(position.topic);
    const lane = this.#lanes.get(target);
    return new PartitionActor({
      position,
      operators: recordOperators(
        this.config,
        this.#readers,
        this.#partitionTables(target, (one) => ({ ...this.#rowTable(one), evolution: this.#sink.evolution(one) })),
        { ...position, logger: this.#logger, bodies: this.#bodies },
      ),
      flush: this.#flushBy(lane),
      lane,
      credits: this.#credits,
      onPaused: (paused) => (paused ? this.#source.pause(position) : this.#source.resume(position)),
      onPosition: (next) => this.#supervisor.acknowledged(next),
    });
  }
}

/** The default client id tells the task as well; one of the user's own stays as it is, as quotas go by it. */
function withClientIdOf(task: number, config: PipelineConfig): PipelineConfig {
  const { name, kafka } = config;
  const clientId = defaultClientId(name);
  return kafka.clientId === clientId ? { ...config, kafka: { ...kafka, clientId: `${clientId}-${task}` } } : config;
}

function createDeadLetterTopic({ kafka, errors }: PipelineConfig, logger: Logger): DeadLetterTopic | undefined {
  if (!errors.deadLetterTopic) return undefined;
  const { name, replicationFactor } = errors.deadLetterTopic;
  return new KafkaDeadLetterTopic({ ...kafka, topic: name, replicationFactor }, logger);
}
