import { type Cluster } from './cluster.ts';
import { type Cell, type ResultType } from './sql/result.ts';
import { SqlSession } from './sql/session.ts';
import { splitStatements } from './sql/split-statements.ts';

export type QueryValue = string | number | Buffer | null;
export type QueryRow = Record<string, QueryValue>;

const NUMBERS: ReadonlySet<ResultType> = new Set(['TINY', 'SHORT', 'LONG', 'LONGLONG', 'FLOAT', 'DOUBLE']);

/** Runs statements as root, in process, and returns the rows of the last one. Integers beyond 2^53 and DECIMALs stay text. */
export async function runQuery(cluster: Cluster, sql: string): Promise<QueryRow[]> {
  const session = await SqlSession.open(cluster, 'root', 0);
  try {
    let rows: QueryRow[] = [];
    for (const statement of splitStatements(sql)) {
      const result = await session.run(statement);
      rows = [];
      if (result.kind === 'ok') continue;
      for await (const batch of result.batches) {
        for (const cells of batch) {
          const values = result.columns.map(
            ({ name, type }, index) => [name, toValue(cells[index] ?? null, type)] as const,
          );
          rows.push(Object.fromEntries(values));
        }
      }
    }
    return rows;
  } finally {
    session.close();
  }
}

function toValue(cell: Cell, type: ResultType): QueryValue {
  if (cell === null || typeof cell !== 'string' || !NUMBERS.has(type)) return cell;
  const number = Number(cell);
  return type === 'LONGLONG' && !Number.isSafeInteger(number) ? cell : number;
}
