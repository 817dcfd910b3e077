import { type EncodedBatch } from '../../core/encoded-batch.ts';
import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { Limiter } from '../../core/limiter.ts';
import { type DecisionLog, type InterruptedLoads, type LabelState } from '../../core/load-decisions.ts';
import { type Logger } from '../../core/logger.ts';
import { type RefusedRow } from '../../core/refused-row.ts';
import { type TableColumns } from '../../core/table-columns.ts';
import { type TableEvolution } from '../../core/table-evolution.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { type TaskStats } from '../../core/task-stats.ts';
import { type BadRecords } from '../dead-letter/bad-records.ts';
import { AskedColumns } from './asked-columns.ts';
import { type BatchLoader } from './batch-loader.ts';
import { type Compression, canCompress } from './compress-body.ts';
import { type EvolutionRules, EvolvingTable } from './evolving-table.ts';
import { StarRocksInterruptedLoads } from './interrupted-loads.ts';
import { LoadProbe } from './load-probe.ts';
import { loadProperties, mapsFields } from './load-properties.ts';
import { MysqlClient, RefusedStatementError } from './mysql-client.ts';
import { perTable } from './per-table.ts';
import { RefusedRows } from './refused-rows.ts';
import { isAtLeast } from './server-version.ts';
import { type LoadRequest, StarRocksHttp, type StarRocksHttpOptions } from './starrocks-http.ts';
import { StreamLoadClient, type StreamLoadClientOptions } from './stream-load-client.ts';
import { StreamLoadLane, type StreamLoadLaneOptions } from './stream-load-lane.ts';
import { checkDeletes, checkTable, type TableProblem } from './table-check.ts';
import { TableGate } from './table-gate.ts';
import { TableLoader } from './table-loader.ts';
import { TransactionClient } from './transaction-client.ts';
import { TransactionalLoad } from './transactional-load.ts';
import { TransactionalLoader } from './transactional-loader.ts';

/** Where the rows go, as the settings say. Times in milliseconds. */
export interface StarRocksSettings {
  readonly urls: readonly string[];
  /** `host:port` of the FEs' MySQL port. */
  readonly mysqlAddresses: readonly string[];
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly ca?: string | undefined;
  readonly addressMap: Readonly<Record<string, string>>;
  readonly format: 'json' | 'csv';
  readonly compression: Compression;
  /** Stream Load headers for every load. */
  readonly properties: Readonly<Record<string, string>>;
  /** By table: Stream Load headers that take the place of those. */
  readonly tableProperties: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the sink of one task works with. */
export interface StarRocksSinkOptions {
  readonly pipeline: string;
  readonly starrocks: StarRocksSettings;
  readonly delivery: 'exactly-once' | 'at-least-once';
  /** Whether rows are deleted, which only Primary Key tables can. */
  readonly deletes: boolean;
  /** What may be done to tables that lack what their records bring. */
  readonly evolution: EvolutionRules;
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
    this.#transaction({ name: table, database, table }),
  );
  readonly #options: StarRocksSinkOptions;
  readonly #http: StarRocksHttp;
  /** What does not depend on a table. */
  readonly #client: StreamLoadClient;
  readonly #limiter = new Limiter(LOADS_AT_ONCE);
  readonly #columns = new Map<string, AskedColumns>();
  /** Tables that can be loaded, as StarRocks has said. */
  readonly #checked = new Set<string>();
  readonly #transactionOf = perTable((target) => this.#transaction(target));
  readonly #loadClientOf = perTable((target) => this.#loadClient(target));
  readonly #refusedRowsOf = perTable((target) => this.#refusedRows(target));
  readonly #evolutions = new Map<string, EvolvingTable>();
  readonly #mysql: MysqlClient;

  constructor(options: StarRocksSinkOptions) {
    this.#options = options;
    this.#http = new StarRocksHttp(httpOptions(options.starrocks));
    const { mysqlAddresses, username, password, connectTimeoutMs, idleTimeoutMs } = options.starrocks;
    this.#mysql = new MysqlClient({
      addresses: mysqlAddresses,
      username,
      password,
      connectMs: connectTimeoutMs,
      statementMs: idleTimeoutMs,
    });
    this.#client = this.#loadClient({ name: '', database: options.starrocks.database, table: '' });
  }

  /** The most bytes that StarRocks takes in one load. */
  get maxLoadBytes(): number {
    const { properties, tableProperties } = this.#options.starrocks;
    const unchecked = [properties, ...Object.values(tableProperties)].every(
      ({ ignore_json_size: value = properties.ignore_json_size }) => value?.toLowerCase() === 'true',
    );
    return unchecked ? MAX_JSON_BYTES : MAX_CHECKED_JSON_BYTES;
  }

  /**
   * Asks StarRocks whether these tables can be loaded as the settings say; loads nothing.
   *
   * @param areSpare Whether no row may ever go into them, so that none has to be there.
   * @throws ConfigError with every problem that a person must mend; UnavailableError when StarRocks does not answer.
   */
  async check(targets: readonly TableTarget[], areSpare: boolean): Promise<void> {
    const { username, urls } = this.#options.starrocks;
    await this.#checkCompression();
    await this.#checkMysqlPort();
    const problems: string[] = [];
    for (const target of targets) {
      const { database, table } = target;
      const problem = await this.#problemOf(target);
      if (!problem) {
        this.#checked.add(target.name);
        continue;
      }
      if (problem.kind === 'unavailable') {
        throw new UnavailableError(
          `StarRocks cannot be reached: ${problem.message}. Check starrocks.http.url (the HTTP port of an FE, 8030 by default) and the network.`,
        );
      }
      if (areSpare) continue;
      problems.push(
        `StarRocks at ${urls.join(',')} refuses loads by ${username} into ${database}.${table}: ${problem.message}`,
      );
    }
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  }

  /** The same of a table that a record has named, asked until it can be loaded. */
  #problemOfNamed(target: TableTarget, signal: AbortSignal): Promise<TableProblem | undefined> | undefined {
    if (this.#checked.has(target.name)) return undefined;
    return this.#problemOf(target, signal).then((problem) => {
      if (!problem) this.#checked.add(target.name);
      return problem;
    });
  }

  async #problemOf(target: TableTarget, ...signals: readonly AbortSignal[]): Promise<TableProblem | undefined> {
    const { pipeline, starrocks, deletes } = this.#options;
    const { table } = target;
    const question = {
      emptyBody: starrocks.format === 'json' ? '[]' : '',
      signal: AbortSignal.any([...signals, AbortSignal.timeout(CHECK_MS)]),
    };
    if (await this.#isToBeCreated(target, question.signal)) return undefined;
    const problem = await checkTable(this.#loadClient(target), pipeline, table, question);
    if (problem || !deletes) return problem;
    const options = this.#clientOptions(target);
    const partial = { ...options, properties: { ...options.properties, partial_update: 'true' } };
    return checkDeletes(new StreamLoadClient(partial, this.#http), pipeline, table, question);
  }

  createLane(target: TableTarget, hooks: LaneHooks): StreamLoadLane {
    const { badRecords, findBadRows, stats, logger } = this.#options;
    return new StreamLoadLane({
      ...hooks,
      table: target.name,
      createLoader: (onOverload) => this.#createLoader(target, onOverload),
      concurrency: LOADS_PER_TABLE,
      limiter: this.#limiter,
      stats,
      logger,
      badRecords,
      findBadRows,
      refusedRows: (other) => this.#refusedRowsOf(other ?? target),
    });
  }

  /**
   * A table's columns; undefined where its properties map fields to columns in a way of their own, so that the names of a
   * row's fields say nothing of its columns.
   */
  columns(target: TableTarget): TableColumns | undefined {
    if (mapsFields(this.properties(target))) return undefined;
    return this.#askedColumns(target);
  }

  /** What makes a table fit its records; undefined where tables are left as they are. */
  evolution(target: TableTarget): TableEvolution | undefined {
    const { evolution: rules, deletes, stats, logger } = this.#options;
    if (!rules.addColumns && !rules.createTables) return undefined;
    let evolving = this.#evolutions.get(target.name);
    if (!evolving) {
      const columns = this.#askedColumns(target);
      evolving = new EvolvingTable({ target, rules, deletes, columns, mysql: this.#mysql, stats, logger });
      this.#evolutions.set(target.name, evolving);
    }
    return evolving;
  }

  #askedColumns(target: TableTarget): AskedColumns {
    let asked = this.#columns.get(target.name);
    if (!asked) {
      const query: StarRocksHttp['query'] = (sql, signal) => this.#http.query(sql, signal);
      asked = new AskedColumns({ target, query, logger: this.#options.logger });
      this.#columns.set(target.name, asked);
    }
    return asked;
  }

  /** Closes the connections; the loads that use them have ended before. */
  close(): void {
    for (const columns of this.#columns.values()) columns.close();
    this.#http.close();
  }

  #createLoader(target: TableTarget, onOverload: () => void): BatchLoader {
    const { pipeline, delivery, decisions, stats, logger } = this.#options;
    const common = { pipeline, target, onOverload, stats, logger };
    const loader =
      delivery === 'at-least-once'
        ? new TableLoader({ ...common, client: this.#loadClientOf })
        : new TransactionalLoader({
            ...common,
            decisions,
            transaction: this.#transactionOf,
            errorLog: (url, signal) => this.#client.errorLog(url, signal),
          });
    const check = this.#problemOfNamed.bind(this);
    return new TableGate({ pipeline, loader, check, stats, logger });
  }

  #refusedRows(target: TableTarget): RefusedRows {
    const { pipeline, findBadRows, logger } = this.#options;
    const transaction = this.#transaction(target);
    return new RefusedRows({
      table: target.name,
      findBadRows,
      probe: new LoadProbe({
        pipeline,
        target,
        client: this.#transactionClient(target),
        rollBack: (label, signal) => transaction.rollBack(label, signal),
        errorLog: (url, signal) => this.#client.errorLog(url, signal, PROBE_LOG_CHARACTERS),
        hasWhere: this.properties(target).where !== undefined,
        limiter: this.#limiter,
        logger,
      }),
    });
  }

  #transaction(target: TableTarget): TransactionalLoad {
    const { database, table } = target;
    const labelState = (label: string, signal: AbortSignal): Promise<LabelState> =>
      this.#client.labelState(label, signal, database);
    return new TransactionalLoad({ table, client: this.#transactionClient(target), labelState });
  }

  #loadClient(target: TableTarget): StreamLoadClient {
    return new StreamLoadClient(this.#clientOptions(target), this.#http);
  }

  #transactionClient(target: TableTarget): TransactionClient {
    return new TransactionClient(this.#clientOptions(target), this.#http);
  }

  #clientOptions(target: TableTarget): StreamLoadClientOptions {
    const { starrocks } = this.#options;
    return {
      ...httpOptions(starrocks),
      database: target.database,
      compression: starrocks.compression,
      properties: this.properties(target),
    };
  }

  /** The Stream Load headers of a table's loads. */
  properties(target: TableTarget): Readonly<Record<string, string>> {
    return loadProperties(this.#options.starrocks, target);
  }

  /** What a load into a table is asked for with; without a label, which each has of its own, and without the password. */
  loadRequest(target: TableTarget): LoadRequest {
    const { delivery } = this.#options;
    const client = delivery === 'exactly-once' ? this.#transactionClient(target) : this.#loadClient(target);
    return client.loadRequest(target.table);
  }

  /** Whether a table is missing that the first record will create. */
  async #isToBeCreated(target: TableTarget, signal: AbortSignal): Promise<boolean> {
    if (!this.#options.evolution.createTables) return false;
    try {
      return (await this.#askedColumns(target).ask(signal))?.length === 0;
    } catch {
      // The question that follows says what is wrong.
      return false;
    }
  }

  /** Where tables may be changed, a port that nobody answers shouldn't show only when one has to be. */
  async #checkMysqlPort(): Promise<void> {
    const { addColumns, createTables } = this.#options.evolution;
    if (!addColumns && !createTables) return;
    try {
      await this.#mysql.session((run) => run('SELECT 1'), AbortSignal.timeout(CHECK_MS));
    } catch (error) {
      if (error instanceof RefusedStatementError) throw new ConfigError([`${error.message}.`]);
      throw new UnavailableError(
        `StarRocks cannot be reached to change tables: ${describeError(error)}. Check starrocks.mysql.url (starrocks.mysqlAddresses; port 9030 of the FEs by default) and the network.`,
      );
    }
  }

  /** An older StarRocks would read compressed bytes as JSON, and refuse every load. Compressed CSV it has always taken. */
  async #checkCompression(): Promise<void> {
    const { compression, format, urls } = this.#options.starrocks;
    if (compression === 'none') return;
    if (!canCompress(compression)) {
      throw new ConfigError([
        `starrocks.compression (sink.properties.compression) is ${compression}, which this Node.js cannot write; use Node.js 22.15 or newer, or gzip or lz4_frame.`,
      ]);
    }
    if (format === 'csv') return;
    const version = await this.#client.serverVersion(AbortSignal.timeout(CHECK_MS));
    if (version && isAtLeast(version, 3, 2, 7)) return;
    const found = version ? `${version.major}.${version.minor}.${version.patch}` : 'one that does not tell its version';
    throw new ConfigError([
      `starrocks.compression (sink.properties.compression) is ${compression}, which StarRocks takes from 3.2.7 on, and the one at ${urls.join(',')} is ${found}; take the setting out or upgrade StarRocks.`,
    ]);
  }
}

function httpOptions(starrocks: StarRocksSettings): StarRocksHttpOptions {
  const { connectTimeoutMs, idleTimeoutMs } = starrocks;
  return { ...starrocks, connectMs: connectTimeoutMs, idleMs: idleTimeoutMs };
}
