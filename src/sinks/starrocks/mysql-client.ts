import type { Connection, RowDataPacket } from 'mysql2/promise';
import { Deferred } from '../../core/deferred.ts';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { FeAddresses } from './fe-addresses.ts';

/** How to reach the MySQL port of the FEs, and as whom. Times in milliseconds. */
export interface MysqlClientOptions {
  /** `host:port` of each FE. */
  readonly addresses: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly connectMs: number;
  /** The longest time that a statement may take: those that take long return at once, and StarRocks goes on. */
  readonly statementMs: number;
}

/** A row of an answer, by its columns' names as StarRocks spells them. */
export type MysqlRow = Readonly<Record<string, unknown>>;

/** Runs one statement. Throws RefusedStatementError or UnavailableError. */
export type RunStatement = (sql: string) => Promise<readonly MysqlRow[]>;

/** StarRocks has understood a statement, or a login, and refuses it. */
export class RefusedStatementError extends Error {
  /** StarRocks' own words. */
  readonly reason: string;
  /** What was tried; undefined for the login. */
  readonly statement: string | undefined;

  constructor(reason: string, statement?: string) {
    super(statement === undefined ? reason : `${reason}. The statement was: ${statement}`);
    this.name = 'RefusedStatementError';
    this.reason = reason;
    this.statement = statement;
  }
}

/** StarRocks' MySQL port: the only one that changes tables. */
export class MysqlClient {
  readonly #options: MysqlClientOptions;
  readonly #addresses: FeAddresses;

  constructor(options: MysqlClientOptions) {
    this.#options = options;
    this.#addresses = new FeAddresses(options.addresses);
  }

  /**
   * Gives a connection to the first FE that answers, for as long as `use` takes.
   *
   * @throws UnavailableError when none answers; RefusedStatementError when the login is refused; the signal's reason when
   * it is aborted.
   */
  async session<T>(use: (run: RunStatement) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { connection, address } = await this.#connect(signal);
    try {
      signal.throwIfAborted();
      return await use((sql) => this.#run(connection, address, sql, signal));
    } finally {
      connection.destroy();
    }
  }

  async #connect(signal: AbortSignal): Promise<{ readonly connection: Connection; readonly address: string }> {
    const failures: string[] = [];
    for (const address of this.#addresses.inOrder()) {
      signal.throwIfAborted();
      try {
        return { connection: await this.#open(address), address };
      } catch (error) {
        const reason = refusalOf(error);
        if (reason !== undefined) {
          const { username } = this.#options;
          throw new RefusedStatementError(`StarRocks at ${address} refuses the login of ${username}: ${reason}`);
        }
        this.#addresses.failed(address);
        failures.push(`${address}: ${describeError(error)}`);
      }
    }
    throw new UnavailableError(`No StarRocks FE answers at its MySQL port (${failures.join('; ')})`);
  }

  async #open(address: string): Promise<Connection> {
    const { username, password, connectMs } = this.#options;
    const { hostname, port } = new URL(`mysql://${address}`);
    // Few pipelines change tables, and all others start sooner without it.
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port),
      user: username,
      password,
      connectTimeout: connectMs,
      // What does not fit a number is its text.
      supportBigNumbers: true,
    });
    // A connection that breaks between two statements is told by the next one.
    connection.on('error', () => undefined);
    return connection;
  }

  async #run(connection: Connection, address: string, sql: string, signal: AbortSignal): Promise<MysqlRow[]> {
    try {
      const asked = connection.query<RowDataPacket[]>({ sql, timeout: this.#options.statementMs });
      // A connection that is destroyed never answers what it was asked.
      const [rows] = await unlessAborted(asked, signal);
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      signal.throwIfAborted();
      const reason = refusalOf(error);
      if (reason !== undefined) throw new RefusedStatementError(reason, sql);
      this.#addresses.failed(address);
      throw new UnavailableError(`StarRocks at ${address} did not answer a statement: ${describeError(error)}`, {
        cause: error,
      });
    }
  }
}

async function unlessAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = new Deferred<never>();
  const leave = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([task, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** What the server itself says; undefined for a connection that failed. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('sqlMessage' in error)) return undefined;
  return typeof error.sqlMessage === 'string' && error.sqlMessage !== '' ? error.sqlMessage : undefined;
}
