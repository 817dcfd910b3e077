import { type DuckDBConnection, type DuckDBDataChunk, type DuckDBResult, DuckDBTypeId } from '@duckdb/node-api';
import { resultType, toCell } from './cell.ts';
import { type Cell, type ResultColumn, type RowsResult } from './result.ts';
import { SqlError } from './sql-error.ts';

/** Runs a query that is already in DuckDB's dialect. */
export async function select(connection: DuckDBConnection, sql: string): Promise<RowsResult> {
  const result = await stream(connection, sql);
  const first = await result.fetchChunk();
  return { kind: 'rows', columns: columnsOf(result, first), batches: batches(result, first) };
}

async function stream(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  try {
    return await connection.stream(sql);
  } catch (error) {
    throw duckDbError(error);
  }
}

export function duckDbError(error: unknown): SqlError {
  const message = error instanceof Error ? (error.message.split('\n\n')[0] ?? error.message) : String(error);
  if (/Table with name (\S+) does not exist/.test(message)) return new SqlError(1146, '42S02', message);
  return new SqlError(1064, '42000', message);
}

function columnsOf(result: DuckDBResult, first: DuckDBDataChunk | null): ResultColumn[] {
  const names = result.columnNames();
  return result.columnTypes().map((type, index) => {
    const name = names[index] ?? '';
    // DuckDB's sum() of BIGINT is wider than StarRocks', which clients expect as a number.
    const wide = type.typeId === DuckDBTypeId.HUGEINT && fitsLong(first, index);
    return { name, type: wide ? 'LONGLONG' : resultType(type) };
  });
}

function fitsLong(chunk: DuckDBDataChunk | null, column: number): boolean {
  if (chunk === null) return true;
  return chunk
    .getColumnValues(column)
    .every((value) => typeof value !== 'bigint' || BigInt.asIntN(64, value) === value);
}

async function* batches(result: DuckDBResult, first: DuckDBDataChunk | null): AsyncIterable<Cell[][]> {
  const types = result.columnTypes();
  let chunk = first;
  while (chunk !== null && chunk.rowCount > 0) {
    const rows = chunk.getRows();
    yield rows.map((row) =>
      row.map((value, index) => {
        const type = types[index];
        return type === undefined ? null : toCell(value, type);
      }),
    );
    chunk = await result.fetchChunk();
  }
}
