/** How a result column travels over the MySQL protocol. */
export type ResultType =
  | 'TINY'
  | 'SHORT'
  | 'LONG'
  | 'LONGLONG'
  | 'FLOAT'
  | 'DOUBLE'
  | 'NEWDECIMAL'
  | 'DATE'
  | 'DATETIME'
  | 'VAR_STRING'
  | 'BLOB';

export interface ResultColumn {
  readonly name: string;
  readonly type: ResultType;
}

/** A value as text, as the text protocol sends it. */
export type Cell = string | Buffer | null;

export type StatementResult = OkResult | RowsResult;

export interface OkResult {
  readonly kind: 'ok';
  readonly affectedRows: number;
  readonly info: string;
}

export interface RowsResult {
  readonly kind: 'rows';
  readonly columns: readonly ResultColumn[];
  /** In batches, so that a large result never is in memory as a whole. */
  readonly batches: AsyncIterable<readonly (readonly Cell[])[]>;
}

export function ok(affectedRows = 0, info = ''): OkResult {
  return { kind: 'ok', affectedRows, info };
}

/** A result of text columns that is already there. */
export function textRows(names: readonly string[], rows: readonly (readonly Cell[])[]): RowsResult {
  return { kind: 'rows', columns: names.map((name) => ({ name, type: 'VAR_STRING' })), batches: once(rows) };
}

async function* once(rows: readonly (readonly Cell[])[]): AsyncIterable<readonly (readonly Cell[])[]> {
  yield await Promise.resolve(rows);
}
