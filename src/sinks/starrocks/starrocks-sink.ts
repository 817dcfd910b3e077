import { type EncodedBatch } from '../../core/encoded-batch.ts';
import { ConfigError, UnavailableError } from '../../core/errors.ts';
import { Limiter } from '../../core/limiter.ts';
import { type DecisionLog, type InterruptedLoads, type LabelState } from '../../core/load-decisions.ts';
import { type Logger } from '../../core/logger.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type BadRecords } from '../dead-letter/bad-records.ts';
import { type BatchLoader } from './batch-loader.ts';
import { type Compression, canCompress } from './compress-body.ts';
import { StarRocksInterruptedLoads } from './interrupted-loads.ts';
import { LoadProbe } from './load-probe.ts';
import { RefusedRows } from './refused-rows.ts';
import { isAtLeast } from './server-version.ts';
import { StreamLoadClient } from './stream-load-client.ts';
import { StreamLoadLane, type StreamLoadLaneOptions } from './stream-load-lane.ts';
import { checkTable } from './table-check.ts';
import { TableLoader } from './table-loader.ts';
import { TransactionClient } from './transaction-client.ts';
import { TransactionalLoad } from './transactional-load.ts';
import { TransactionalLoader } from './transactional-loader.ts';

/** Where the rows go, as the settings say. Times in milliseconds. */
export interface StarRocksSettings {
  readonly urls: readonly string[];
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly ca?: string | undefined;
  readonly addressMap: Readonly<Record<string, string>>;
  readonly format: string;
  readonly compression: Compression;
  /** Stream Load headers for every load. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What the sink of one task works with. */
export interface StarRocksSinkOptions {
  readonly pipeline: string;
  readonly starrocks: StarRocksSettings;
  readonly delivery: 'exactly-once' | 'at-least-once';
  readonly decisions: DecisionLog;
  readonly badRecords: BadRecords;
  /** Finds the rows that are wrong in themselves. */
  readonly findBadRows: (parts: readonly EncodedBatch[]) => Iterable<RefusedRow>;
  readonly stats: TaskStats;
  readonly logger: Logger;
}

/** What a lane tells its owner, and how large its loads are. */
export type LaneHooks = Pick<
  StreamLoadLaneOptions,
  'maxBytes' | 'onBuffered' | 'onStopped' | 'onSettled' | 'onReopened'
>;

/** Loads of one table at once, as the Java connector has it. */
const LOADS_PER_TABLE = 2;
/** Loads of all tables at once. */
const LOADS_AT_ONCE = 8;
/** StarRocks parses a JSON body whole and takes none of 4 GiB; half of it leaves room for the envelope that tips a batch over. */
const MAX_JSON_BYTES = 2 * 1024 ** 3;
/** Without `ignore_json_size` it takes none over 100 MiB. */
const MAX_CHECKED_JSON_BYTES = 90 * 1024 ** 2;
/** Characters of an error log that a search reads: all that StarRocks logs of a load, unless its rows are long. */
const PROBE_LOG_CHARACTERS = 100_000;
/** Milliseconds that a question at the start may take. */
const CHECK_MS = 15_000;

/** StarRocks as the target of one task: builds the lanes, and owns the connections that they share. */
export class StarRocksSink {
  /** Ends what an earlier owner of the partitions has begun. */
  readonly interruptedLoads: InterruptedLoads = new StarRocksInterruptedLoads((database, table) =>
    this.#transaction(database, table),
  );
  readonly #options: StarRocksSinkOptions;
  readonly #client: StreamLoadClient;
  /** By database: an interrupted load may have gone into another one than today's. */
  readonly #transactionClients = new Map<string, TransactionClient>();
  readonly #limiter = new Limiter(LOADS_AT_ONCE);

  constructor(options: StarRocksSinkOptions) {
    this.#options = options;
    this.#client = new StreamLoadClient(clientOptions(options.starrocks));
  }

  /** The most bytes that StarRocks takes in one load. */
  get maxLoadBytes(): number {
    const { ignore_json_size: unchecked } = this.#options.starrocks.properties;
    return unchecked?.toLowerCase() === 'true' ? MAX_JSON_BYTES : MAX_CHECKED_JSON_BYTES;
  }

  /**
   * Asks StarRocks whether these tables can be loaded as the settings say; loads nothing.
   *
   * @throws ConfigError with every problem that a person must mend; UnavailableError when StarRocks does not answer.
   */
  async check(tables: readonly string[]): Promise<void> {
    const { pipeline, starrocks } = this.#options;
    const { database, username, urls } = starrocks;
    await this.#checkCompression();
    const problems: string[] = [];
    for (const table of tables) {
      const problem = await checkTable(this.#client, pipeline, table, AbortSignal.timeout(CHECK_MS));
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
  }

  createLane(table: string, hooks: LaneHooks): StreamLoadLane {
    const { badRecords, findBadRows, stats, logger } = this.#options;
    return new StreamLoadLane({
      ...hooks,
      table,
      createLoader: (onOverload) => this.#createLoader(table, onOverload),
      concurrency: LOADS_PER_TABLE,
      limiter: this.#limiter,
      stats,
      logger,
      badRecords,
      findBadRows,
      refusedRows: this.#refusedRows(table),
    });
  }

  /** Closes the connections; the loads that use them have ended before. */
  close(): void {
    this.#client.close();
    for (const client of this.#transactionClients.values()) client.close();
  }

  #createLoader(table: string, onOverload: () => void): BatchLoader {
    const { pipeline, delivery, starrocks, decisions, stats, logger } = this.#options;
    const common = { pipeline, table, onOverload, stats, logger };
    const client = this.#client;
    if (delivery === 'at-least-once') return new TableLoader({ ...common, client });
    const { database } = starrocks;
    return new TransactionalLoader({
      ...common,
      database,
      decisions,
      transaction: this.#transaction(database, table),
      errorLog: (url, signal) => client.errorLog(url, signal),
    });
  }

  #refusedRows(table: string): RefusedRows {
    const { pipeline, starrocks, findBadRows, logger } = this.#options;
    const { database, properties } = starrocks;
    const transaction = this.#transaction(database, table);
    return new RefusedRows({
      table,
      findBadRows,
      probe: new LoadProbe({
        pipeline,
        table,
        client: this.#transactionClient(database),
        rollBack: (label, signal) => transaction.rollBack(label, signal),
        errorLog: (url, signal) => this.#client.errorLog(url, signal, PROBE_LOG_CHARACTERS),
        hasWhere: properties.where !== undefined,
        limiter: this.#limiter,
        logger,
      }),
    });
  }

  #transaction(database: string, table: string): TransactionalLoad {
    const client = this.#transactionClient(database);
    const labelState = (label: string, signal: AbortSignal): Promise<LabelState> =>
      this.#client.labelState(label, signal, database);
    return new TransactionalLoad({ table, client, labelState });
  }

  #transactionClient(database: string): TransactionClient {
    let client = this.#transactionClients.get(database);
    if (!client) {
      client = new TransactionClient({ ...clientOptions(this.#options.starrocks), database });
      this.#transactionClients.set(database, client);
    }
    return client;
  }

  /** An older StarRocks would read compressed bytes as JSON, and refuse every load. */
  async #checkCompression(): Promise<void> {
    const { compression, urls } = this.#options.starrocks;
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
}

function clientOptions(starrocks: StarRocksSettings): ConstructorParameters<typeof StreamLoadClient>[0] {
  const { connectTimeoutMs, idleTimeoutMs, properties, format } = starrocks;
  return {
    ...starrocks,
    connectMs: connectTimeoutMs,
    idleMs: idleTimeoutMs,
    properties: { ...properties, format },
  };
}
