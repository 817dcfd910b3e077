import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoteName } from '../catalog/column-type.ts';
import { type Table, type TableDefinition } from '../catalog/table.ts';
import { columnDefinition } from './column-definition.ts';
import { functionDefinitions } from './functions.ts';
import { Mutex } from './mutex.ts';

/** The DuckDB instance that holds all rows: a schema for each database, a table for each table. */
export class Storage {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Next value of each table's AUTO_INCREMENT column. */
  readonly #nextIds = new Map<number, number>();
  /** Everything that changes tables goes through here, because DuckDB refuses concurrent changes instead of queueing them. */
  readonly #writes = new Mutex();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  // One thread: loads are small, and the other cores belong to what is being tested.
  static async open(): Promise<Storage> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'; SET GLOBAL ieee_floating_point_ops = false");
    await connection.run(functionDefinitions());
    return new Storage(instance, connection);
  }

  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  write<T>(task: () => Promise<T>): Promise<T> {
    return this.#writes.run(task);
  }

  run(sql: string): Promise<void> {
    return this.write(async () => {
      await this.#connection.run(sql);
    });
  }

  /** Runs statements as one transaction. */
  runAll(statements: readonly string[]): Promise<void> {
    return this.write(async () => {
      await this.#connection.run('BEGIN TRANSACTION');
      try {
        for (const statement of statements) await this.#connection.run(statement);
        await this.#connection.run('COMMIT');
      } catch (error) {
        await this.#connection.run('ROLLBACK');
        throw error;
      }
    });
  }

  createSchema(name: string): Promise<void> {
    return this.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(name)}`);
  }

  dropSchema(name: string): Promise<void> {
    return this.run(`DROP SCHEMA IF EXISTS ${quoteName(name)} CASCADE`);
  }

  createTable(database: string, table: TableDefinition): Promise<void> {
    const columns = table.columns.map(columnDefinition).join(', ');
    return this.run(`CREATE TABLE ${quoteName(database)}.${quoteName(table.name)} (${columns})`);
  }

  dropTable(table: Table): Promise<void> {
    return this.run(`DROP TABLE IF EXISTS ${tablePath(table)}`);
  }

  /** Sets aside `count` AUTO_INCREMENT values and returns the first; unused ones stay unused, as in StarRocks. */
  reserveIds(table: number, count: number): number {
    const first = this.#nextIds.get(table) ?? 1;
    this.#nextIds.set(table, first + count);
    return first;
  }
}

export function tablePath(table: Table): string {
  return `${quoteName(table.database)}.${quoteName(table.name)}`;
}
