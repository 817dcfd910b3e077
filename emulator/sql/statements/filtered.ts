import { type SqlContext } from '../context.ts';
import { type Cell, type RowsResult } from '../result.ts';
import { select } from '../select.ts';
import { splitStatements } from '../split-statements.ts';
import { textTable } from '../text-table.ts';
import { type TokenReader } from '../token-reader.ts';
import { translate } from '../translate.ts';

export function fromClause(reader: TokenReader): string | undefined {
  return reader.accept('FROM') || reader.accept('IN') ? reader.name() : undefined;
}

/** `LIKE` looks at the first column; WHERE, ORDER BY and LIMIT are left to DuckDB. */
export function filtered(
  context: SqlContext,
  reader: TokenReader,
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<RowsResult> {
  const [first = ''] = names;
  const like = reader.accept('LIKE')
    ? ` WHERE "${first}" ILIKE '${reader.string().replaceAll("'", "''")}' ESCAPE '\\'`
    : '';
  const rest = splitStatements(reader.rest()).map(({ text, tokens }) =>
    translate(text, tokens, context.translateContext),
  );
  return select(context.connection, `SELECT * FROM (${textTable(names, rows)})${like} ${rest.join('')}`);
}
