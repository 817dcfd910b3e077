import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBVector,
  VARCHAR,
} from '@duckdb/node-api';
import { type Storage } from './storage.ts';

/** DuckDB's vector size: a chunk holds no more rows. */
const CHUNK_ROWS = 2048;

/**
 * One load's rows before they are visible, as text in a temporary table of a connection of their own: dropping the
 * connection drops them. `rowid` keeps the order in which they came.
 */
export class StagedRows {
  readonly connection: DuckDBConnection;
  readonly #width: number;
  readonly #appender: DuckDBAppender;
  #chunk: DuckDBDataChunk | undefined;
  #vectors: DuckDBVector[] = [];
  #rows = 0;
  #closed = false;

  private constructor(connection: DuckDBConnection, width: number, appender: DuckDBAppender) {
    this.connection = connection;
    this.#width = width;
    this.#appender = appender;
  }

  static async create(storage: Storage, width: number): Promise<StagedRows> {
    const connection = await storage.connect();
    const columns = Array.from({ length: Math.max(width, 1) }, (_, index) => `${sourceColumn(index)} VARCHAR`);
    await connection.run(`CREATE TEMP TABLE staged (${columns.join(', ')})`);
    return new StagedRows(connection, columns.length, await connection.createAppender('staged'));
  }

  append(values: readonly (string | null | undefined)[]): void {
    if (this.#chunk === undefined) this.#open();
    const row = this.#rows++;
    for (let column = 0; column < this.#width; column++) this.#vectors[column]?.setItem(row, values[column] ?? null);
    if (this.#rows === CHUNK_ROWS) this.#flush();
  }

  /** Makes every appended row readable on the connection. */
  finish(): void {
    this.#flush();
    this.#appender.flushSync();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#appender.closeSync();
    this.connection.closeSync();
  }

  #open(): void {
    this.#chunk = DuckDBDataChunk.create(Array<typeof VARCHAR>(this.#width).fill(VARCHAR), CHUNK_ROWS);
    this.#vectors = [];
    for (let column = 0; column < this.#width; column++) this.#vectors.push(this.#chunk.getColumnVector(column));
  }

  #flush(): void {
    if (this.#chunk === undefined) return;
    for (const vector of this.#vectors) vector.flush();
    this.#chunk.rowCount = this.#rows;
    this.#appender.appendDataChunk(this.#chunk);
    this.#chunk = undefined;
    this.#rows = 0;
  }
}

export function sourceColumn(index: number): string {
  return `s${index}`;
}
