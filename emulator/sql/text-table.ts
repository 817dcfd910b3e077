import { quoteName, quoteText } from '../catalog/column-type.ts';
import { type Cell } from './result.ts';

/** A query for rows that are only in memory, so that DuckDB can filter, order and join them. */
export function textTable(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const columns = names.map(quoteName).join(', ');
  if (rows.length === 0) {
    return `SELECT ${names.map((name) => `CAST(NULL AS VARCHAR) AS ${quoteName(name)}`).join(', ')} WHERE false`;
  }
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`);
  return `SELECT * FROM (VALUES ${values.join(', ')}) AS listing(${columns})`;
}

function literal(cell: Cell): string {
  return cell === null ? 'CAST(NULL AS VARCHAR)' : quoteText(cell.toString());
}
