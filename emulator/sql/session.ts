import { type DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../catalog/column-type.ts';
import { type Cluster } from '../cluster.ts';
import { type SqlContext } from './context.ts';
import { type StatementResult } from './result.ts';
import { type SqlText } from './split-statements.ts';
import { notEmulated, SqlError } from './sql-error.ts';
import { handlerFor } from './statements/index.ts';
import { TokenReader } from './token-reader.ts';
import { type TranslateContext } from './translate.ts';
import { sessionVariable } from './variables.ts';

/** One client's connection to the SQL engine: a user, a current database, and variables. */
export class SqlSession implements SqlContext {
  readonly cluster: Cluster;
  readonly user: string;
  readonly id: number;
  readonly connection: DuckDBConnection;
  readonly variables = new Map<string, string>();
  #database: string | undefined;

  private constructor(cluster: Cluster, user: string, id: number, connection: DuckDBConnection) {
    this.cluster = cluster;
    this.user = user;
    this.id = id;
    this.connection = connection;
  }

  static async open(cluster: Cluster, user: string, id: number): Promise<SqlSession> {
    const connection = await cluster.storage.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new SqlSession(cluster, user, id, connection);
  }

  get database(): string | undefined {
    return this.#database;
  }

  /** The database that a name without one means. */
  get requiredDatabase(): string {
    if (this.#database === undefined) throw new SqlError(1046, '3D000', 'No database selected');
    return this.#database;
  }

  get translateContext(): TranslateContext {
    return { database: this.#database, user: this.user, variable: (name) => sessionVariable(this, name) };
  }

  async use(database: string): Promise<void> {
    const { catalog } = this.cluster;
    if (database.toLowerCase() === 'information_schema') {
      this.#database = 'information_schema';
      return;
    }
    if (!catalog.hasDatabase(database)) throw new SqlError(1049, '42000', `Unknown database '${database}'`);
    await this.connection.run(`SET schema = ${quoteName(database)}`);
    this.#database = database;
  }

  close(): void {
    this.connection.closeSync();
  }

  async run(statement: SqlText): Promise<StatementResult> {
    const reader = new TokenReader(statement);
    const handler = handlerFor(reader);
    if (handler === undefined) throw notEmulated(`statement ${reader.peek()?.text.toUpperCase() ?? ''}`);
    return handler(this, reader, statement);
  }
}
