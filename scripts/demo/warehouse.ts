import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { DemoError } from './demo-error.ts';

export const DATABASE = 'example_db';
export const TABLE = 'test_tbl';

// As the StarRocks documentation has it; the user is the one in examples/connect-StarRocks-sink.properties.
const SET_UP = [
  `CREATE DATABASE ${DATABASE}`,
  `CREATE TABLE ${DATABASE}.${TABLE} (id INT, city STRING)`,
  "CREATE USER 'user1'@'%' IDENTIFIED BY '123456'",
  `GRANT INSERT ON ALL TABLES IN DATABASE ${DATABASE} TO USER 'user1'@'%'`,
];

export interface Counts {
  readonly rows: number;
  readonly distinctIds: number;
}

/** StarRocks as any MySQL client sees it: the demo believes only what SQL says. */
export class Warehouse {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<Warehouse> {
    return new Warehouse(await createConnection({ host: '127.0.0.1', port, user: 'root' }));
  }

  async setUp(): Promise<void> {
    for (const statement of SET_UP) await this.#connection.query(statement);
  }

  async countRows(): Promise<number> {
    const [first] = await this.#select(`SELECT count(*) AS n FROM ${DATABASE}.${TABLE}`);
    return Number(first?.['n']);
  }

  /** Tells rows that are there twice from rows that are missing. */
  async count(): Promise<Counts> {
    const [first] = await this.#select(`SELECT count(*) AS n, count(DISTINCT id) AS ids FROM ${DATABASE}.${TABLE}`);
    return { rows: Number(first?.['n']), distinctIds: Number(first?.['ids']) };
  }

  firstRows(limit: number): Promise<readonly RowDataPacket[]> {
    return this.#select(`SELECT id, city FROM ${DATABASE}.${TABLE} ORDER BY id LIMIT ${limit}`);
  }

  async close(): Promise<void> {
    await this.#connection.end();
  }

  async #select(sql: string): Promise<readonly RowDataPacket[]> {
    try {
      const [rows] = await this.#connection.query<RowDataPacket[]>(sql);
      return rows;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DemoError(`StarRocks does not answer "${sql}": ${reason}`, '', { cause: error });
    }
  }
}
