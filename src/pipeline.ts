import { map, type OperatorFunction, pipe } from 'rxjs';
import { topicPattern } from './config/java-regex.ts';
import { type PipelineConfig } from './config/model.ts';
import { Credits } from './core/credits.ts';
import { type DeadLetterTopic } from './core/dead-letter.ts';
import { type EncodedBatch } from './core/encoded-batch.ts';
import { ConfigError, UnavailableError } from './core/errors.ts';
import { Limiter } from './core/limiter.ts';
import { type LabelState } from './core/load-decisions.ts';
import { type Logger } from './core/logger.ts';
import { type RawValue, type RecordBatch } from './core/record-batch.ts';
import { TaskStats } from './core/task-stats.ts';
import { within } from './core/within.ts';
import { collectFailures } from './operators/collect-failures.ts';
import { decodeJson } from './operators/decode/decode-json.ts';
import { encodeJson } from './operators/encode-json.ts';
import { findBadRows } from './operators/find-bad-rows.ts';
import { flushBy } from './operators/flush-by.ts';
import { BadRecords } from './sinks/dead-letter/bad-records.ts';
import { type BatchLoader } from './sinks/starrocks/batch-loader.ts';
import { canCompress } from './sinks/starrocks/compress-body.ts';
import { StarRocksInterruptedLoads } from './sinks/starrocks/interrupted-loads.ts';
import { LoadProbe } from './sinks/starrocks/load-probe.ts';
import { RefusedRows } from './sinks/starrocks/refused-rows.ts';
import { isAtLeast } from './sinks/starrocks/server-version.ts';
import { StreamLoadClient } from './sinks/starrocks/stream-load-client.ts';
import { StreamLoadLane } from './sinks/starrocks/stream-load-lane.ts';
import { checkTable } from './sinks/starrocks/table-check.ts';
import { TableLanes } from './sinks/starrocks/table-lanes.ts';
import { TableLoader } from './sinks/starrocks/table-loader.ts';
import { TransactionClient } from './sinks/starrocks/transaction-client.ts';
import { TransactionalLoad } from './sinks/starrocks/transactional-load.ts';
import { TransactionalLoader } from './sinks/starrocks/transactional-loader.ts';
import { KafkaDeadLetterTopic } from './streams/kafka/kafka-dead-letter-topic.ts';
import { KafkaSource } from './streams/kafka/kafka-source.ts';
import { OffsetCommitter } from './streams/offset-committer.ts';
import { PartitionActor } from './streams/partition-actor.ts';
import { PartitionSupervisor } from './streams/partition-supervisor.ts';
import { recover } from './streams/recovery.ts';
import { type Position } from './streams/source.ts';

/** Loads of one table at once, as the Java connector has it. */
const LOADS_PER_TABLE = 2;
/** Loads of all tables at once. */
const LOADS_AT_ONCE = 8;
/** StarRocks parses a JSON body whole and takes none of 4 GiB; half of it leaves room for the envelope that tips a batch over. */
const MAX_JSON_BYTES = 2 * 1024 ** 3;
/** Without `ignore_json_size` it takes none over 100 MiB. */
const MAX_CHECKED_JSON_BYTES = 90 * 1024 ** 2;
/** Milliseconds that leaving the group may take, and the end of the loads that are cut. */
const CLOSE_MS = 5_000;
/** How long a loaded position may wait for the next load's intent, which carries it as well, in milliseconds. */
const POSITION_DELAY_MS = 1_000;
/** Milliseconds that a check of one table may take. */
const CHECK_MS = 15_000;

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
  readonly #client: StreamLoadClient;
  /** By database: an interrupted load may have gone into another one than today's. */
  readonly #transactionClients = new Map<string, TransactionClient>();
  readonly #credits: Credits;
  readonly #lanes: TableLanes;
  readonly #limiter = new Limiter(LOADS_AT_ONCE);
  readonly #deadLetterTopic: DeadLetterTopic | undefined;
  readonly #badRecords: BadRecords;
  readonly #committer: OffsetCommitter;
  readonly #supervisor: PartitionSupervisor;
  #finish: (error?: Error) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(config: PipelineConfig, logger: Logger) {
    this.config = config;
    this.#logger = logger;
    this.done = new Promise((resolve, reject) => {
      this.#finish = (error) => (error ? reject(error) : resolve());
    });
    // Whoever does not wait for the end still must not be ended by it.
    this.done.catch(() => undefined);

    const { kafka, starrocks, flush, buffer, delivery } = config;
    this.#source = new KafkaSource({ ...kafka, topics: kafka.topics ?? topicPattern(kafka.topicsRegex ?? '') }, logger);
    this.#client = new StreamLoadClient({ ...starrocks, ...clientOptions(config) });
    this.#credits = new Credits({
      budget: buffer.maxBytes,
      onChange: (holder, blocked) => {
        const actor = this.#supervisor.actor(holder);
        if (blocked) actor?.pause('budget');
        else actor?.resume('budget');
      },
    });
    this.#deadLetterTopic = createDeadLetterTopic(config, logger);
    this.#badRecords = new BadRecords({
      tolerance: config.errors.tolerance,
      topic: this.#deadLetterTopic,
      contextHeaders: config.errors.deadLetterTopic?.contextHeaders ?? false,
      log: config.errors.log,
      pipeline: config.name,
      task: 0,
      stats: this.stats,
      logger,
    });
    this.#lanes = new TableLanes({
      maxBytes: flush.maxBytes,
      createLane: (table, onBuffered) => this.#createLane(table, onBuffered),
    });
    this.#committer = new OffsetCommitter({
      source: this.#source,
      positionDelayMs: delivery === 'exactly-once' ? POSITION_DELAY_MS : 0,
      stats: this.stats,
      logger,
    });
    const { preparedTimeoutMs } = starrocks;
    const loads = new StarRocksInterruptedLoads((database, table) => this.#transaction(database, table));
    this.#supervisor = new PartitionSupervisor({
      source: this.#source,
      committer: this.#committer,
      stats: this.stats,
      logger,
      createActor: (position) => this.#createActor(position),
      onAssigned: () => this.#badRecords.forget(),
      recover: async (decision, signal) => {
        if (decision.deadLetterEnds) await this.#badRecords.recall(decision.deadLetterEnds, signal);
        return recover(decision, { loads, preparedTimeoutMs, logger }, signal);
      },
      isStopped: (topic) => this.#lanes.isStopped(this.#tableOf(topic)),
      drainMs: config.shutdownTimeoutMs,
      onFailed: (error) => this.#fail(error),
    });
  }

  /** Bytes of records in flight now, and the most there ever were. */
  get inFlight(): { readonly bytes: number; readonly peak: number } {
    return { bytes: this.#credits.total, peak: this.#credits.peak };
  }

  /**
   * Connects to both sides and says whether the pipeline could run; loads and commits nothing.
   *
   * @returns the topics and their tables.
   * @throws ConfigError with every problem that a person must mend; UnavailableError when a side does not answer.
   */
  async check(): Promise<{ readonly topic: string; readonly table: string }[]> {
    const topics = await this.#source.connect();
    const targets = topics.map((topic) => ({ topic, table: this.#tableOf(topic) }));
    const tables = [...new Set(targets.map(({ table }) => table))];
    const { database, username, urls } = this.config.starrocks;
    await this.#checkCompression();
    const problems: string[] = [];
    for (const table of tables) {
      const problem = await checkTable(this.#client, this.config.name, table, AbortSignal.timeout(CHECK_MS));
      if (!problem) continue;
      if (problem.kind === 'unavailable') {
        throw new UnavailableError(
          `StarRocks cannot be reached: ${problem.message}. Check starrocks.http.url (the HTTP port of an FE, 8030 by default) and the network.`,
        );
      }
      problems.push(
        `StarRocks at ${urls.join(',')} refuses loads by ${username} into ${database}.${table}: ${problem.message}`,
      );
    }
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
    return targets;
  }

  /** Checks both sides, joins the group and starts to load. */
  async start(): Promise<void> {
    const targets = await this.check();
    await this.#deadLetterTopic?.open();
    if (this.#stopping) return;
    this.#logger.info({ pipeline: this.config.name, group: this.config.kafka.groupId, targets }, 'Starting');
    await this.#source.start(this.#supervisor);
  }

  /** Loads what was read, commits, and closes everything; within `shutdownTimeoutMs` and a little. Safe to call again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().then(
      (unfinished) => this.#finish(this.#lanes.firstError ?? unfinished),
      (error: unknown) => this.#finish(error instanceof Error ? error : new Error(String(error))),
    );
    return this.#stopping;
  }

  /** Returns what a person should know when not everything could be loaded in time. */
  async #stop(): Promise<UnavailableError | undefined> {
    const unfinished = await this.#supervisor.drain();
    await this.#close();
    if (unfinished.length === 0) return undefined;
    return new UnavailableError(
      `Not everything that was read could be loaded within ${this.config.shutdownTimeoutMs} ms (${unfinished.join(', ')}). Nothing is lost: the rest is read again at the next start.`,
    );
  }

  async #close(): Promise<void> {
    this.#supervisor.close();
    await within(CLOSE_MS, this.#lanes.close());
    // A broker that is gone must not keep a stopping process: the group forgets us after the session timeout.
    await within(CLOSE_MS, this.#source.stop());
    await within(CLOSE_MS, this.#deadLetterTopic?.close() ?? Promise.resolve());
    this.#client.close();
    for (const client of this.#transactionClients.values()) client.close();
  }

  /** An older StarRocks would read compressed bytes as JSON, and refuse every load. */
  async #checkCompression(): Promise<void> {
    const { compression, urls } = this.config.starrocks;
    if (compression === 'none') return;
    if (!canCompress(compression)) {
      throw new ConfigError([
        `starrocks.compression (sink.properties.compression) is ${compression}, which this Node.js cannot write; use Node.js 22.15 or newer, or gzip or lz4_frame.`,
      ]);
    }
    const version = await this.#client.serverVersion(AbortSignal.timeout(CHECK_MS));
    if (version && isAtLeast(version, 3, 2, 7)) return;
    const found = version ? `${version.major}.${version.minor}.${version.patch}` : 'one that does not tell its version';
    throw new ConfigError([
      `starrocks.compression (sink.properties.compression) is ${compression}, which StarRocks takes from 3.2.7 on, and the one at ${urls.join(',')} is ${found}; take the setting out or upgrade StarRocks.`,
    ]);
  }

  #fail(error: Error): void {
    if (this.#stopping) return;
    this.#stopping = this.#stop().then(
      () => this.#finish(error),
      () => this.#finish(error),
    );
  }

  #tableOf(topic: string): string {
    const { tables } = this.config.starrocks;
    return Object.hasOwn(tables, topic) ? (tables[topic] ?? topic) : topic;
  }

  /** A load is as large as the user says, but never larger than StarRocks takes. */
  #maxLoadBytes(): number {
    const { flush, starrocks } = this.config;
    const unchecked = starrocks.properties.ignore_json_size?.toLowerCase() === 'true';
    return Math.min(flush.maxBytes, unchecked ? MAX_JSON_BYTES : MAX_CHECKED_JSON_BYTES);
  }

  #createLane(table: string, onBuffered: () => void): StreamLoadLane {
    return new StreamLoadLane({
      table,
      createLoader: (onOverload) => this.#createLoader(table, onOverload),
      maxBytes: this.#maxLoadBytes(),
      concurrency: LOADS_PER_TABLE,
      limiter: this.#limiter,
      stats: this.stats,
      logger: this.#logger,
      badRecords: this.#badRecords,
      refusedRows: this.#refusedRows(table),
      findBadRows,
      onBuffered,
      onStopped: (error, retryMs) => this.#laneStopped(table, error, retryMs),
      onSettled: () => this.#laneSettled(table),
      onReopened: () => this.#supervisor.reopenTopics((topic) => this.#tableOf(topic) === table),
    });
  }

  #refusedRows(table: string): RefusedRows {
    const { name, starrocks } = this.config;
    const transaction = this.#transaction(starrocks.database, table);
    return new RefusedRows({
      table,
      findBadRows,
      probe: new LoadProbe({
        pipeline: name,
        table,
        client: this.#transactionClient(starrocks.database),
        rollBack: (label, signal) => transaction.rollBack(label, signal),
        errorLog: (url, signal) => this.#client.errorLog(url, signal),
        hasWhere: starrocks.properties.where !== undefined,
        limiter: this.#limiter,
        logger: this.#logger,
      }),
    });
  }

  #createLoader(table: string, onOverload: () => void): BatchLoader {
    const { name, delivery, starrocks } = this.config;
    const common = { pipeline: name, table, onOverload, stats: this.stats, logger: this.#logger };
    const client = this.#client;
    if (delivery === 'at-least-once') return new TableLoader({ ...common, client });
    const { database } = starrocks;
    return new TransactionalLoader({
      ...common,
      database,
      transaction: this.#transaction(database, table),
      decisions: this.#committer,
      errorLog: (url, signal) => client.errorLog(url, signal),
    });
  }

  #transactionClient(database: string): TransactionClient {
    let client = this.#transactionClients.get(database);
    if (!client) {
      client = new TransactionClient({ ...this.config.starrocks, ...clientOptions(this.config), database });
      this.#transactionClients.set(database, client);
    }
    return client;
  }

  #transaction(database: string, table: string): TransactionalLoad {
    const client = this.#transactionClient(database);
    const labelState = (label: string, signal: AbortSignal): Promise<LabelState> =>
      this.#client.labelState(label, signal, database);
    return new TransactionalLoad({ table, client, labelState });
  }

  #laneStopped(table: string, error: Error, retryMs: number | undefined): void {
    const next =
      retryMs === undefined ? '' : ` It is tried again from time to time, next in ${Math.round(retryMs / 1000)} s.`;
    this.#logger.error({ table }, `Loading into ${table} has stopped. ${error.message}${next}`);
    this.#supervisor.pauseTopics((topic) => this.#tableOf(topic) === table);
  }

  /** The loads that a stopped lane still had are done: what waits behind them only takes memory from the others. */
  #laneSettled(table: string): void {
    this.#supervisor.disposeTopics((topic) => this.#tableOf(topic) === table);
    const { allFinished, firstError } = this.#lanes;
    if (allFinished && firstError) this.#fail(firstError);
  }

  #createActor(position: Position): PartitionActor {
    const { flush, commit } = this.config;
    const lane = this.#lanes.get(this.#tableOf(position.topic));
    return new PartitionActor({
      position,
      operators: recordOperators(this.config),
      flush: flushBy({
        maxBytes: this.#maxLoadBytes(),
        maxRecords: flush.maxRecords ?? Number.POSITIVE_INFINITY,
        maxAgeMs: Math.min(flush.intervalMs, commit.intervalMs),
        bytesOf: (batch) => batch.bytes,
        recordsOf: (batch) => batch.rows,
        demand$: lane.demand$,
      }),
      lane,
      credits: this.#credits,
      onPaused: (paused) => (paused ? this.#source.pause(position) : this.#source.resume(position)),
      onPosition: (next) => this.#supervisor.acknowledged(next),
    });
  }
}

/** What the clients of StarRocks have in common beyond the settings that are called the same. */
function clientOptions({ starrocks }: PipelineConfig): {
  readonly connectMs: number;
  readonly idleMs: number;
  readonly properties: Readonly<Record<string, string>>;
} {
  return {
    connectMs: starrocks.connectTimeoutMs,
    idleMs: starrocks.idleTimeoutMs,
    properties: { ...starrocks.properties, format: starrocks.format },
  };
}

function createDeadLetterTopic({ kafka, errors }: PipelineConfig, logger: Logger): DeadLetterTopic | undefined {
  if (!errors.deadLetterTopic) return undefined;
  const { name, replicationFactor } = errors.deadLetterTopic;
  return new KafkaDeadLetterTopic({ ...kafka, topic: name, replicationFactor }, logger);
}

/**
 * Pass-through unless there are transforms: a value that nobody looks at is never parsed. Bad records are set apart when
 * somebody wants to have them, or to go on without them; otherwise the first one ends the stream.
 */
function recordOperators({
  transforms,
  errors,
}: PipelineConfig): OperatorFunction<RecordBatch<RawValue>, EncodedBatch> {
  const decode: OperatorFunction<RecordBatch<RawValue>, RecordBatch> = transforms.length === 0
    ? map((batch: RecordBatch<RawValue>): RecordBatch => batch)
    : (source) => transforms.reduce((stream, transform) => stream.pipe(transform), source.pipe(decodeJson()));
  const setApart = errors.tolerance === 'all' || errors.deadLetterTopic !== undefined || errors.log.enable;
  if (!setApart) return pipe(decode, encodeJson());
  return pipe(collectFailures(decode), encodeJson({ keepSource: errors.deadLetterTopic !== undefined }));
}
