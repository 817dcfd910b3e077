import { castFromText, duckDbType, quoteName, quoteText } from '../catalog/column-type.ts';
import { type Column } from '../catalog/table.ts';
import { convertText } from '../convert/text-value.ts';

/** A column of CREATE TABLE in DuckDB. Its DEFAULT serves rows that a partial update inserts, or that are older than the column. */
export function columnDefinition(column: Column): string {
  const expression = defaultExpression(column, "CAST(date_trunc('second', now()) AS TIMESTAMP)");
  const definition = `${quoteName(column.name)} ${duckDbType(column.type)}`;
  return expression === undefined ? definition : `${definition} DEFAULT ${expression}`;
}

/** The column's DEFAULT as an expression; undefined when it has none. `now` stands for CURRENT_TIMESTAMP. */
export function defaultExpression({ defaultValue, type }: Column, now: string): string | undefined {
  switch (defaultValue?.kind) {
    case 'constant':
      return castFromText(quoteText(convertText(defaultValue.text, type) ?? defaultValue.text), type);
    case 'current_timestamp':
      return now;
    case 'uuid':
      return 'CAST(uuid() AS VARCHAR)';
    case 'uuid_numeric':
      return 'CAST(hash(uuid()) AS HUGEINT)';
    default:
      return undefined;
  }
}
