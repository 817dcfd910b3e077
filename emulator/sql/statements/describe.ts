import { typeText } from '../../catalog/column-type.ts';
import { type Table } from '../../catalog/table.ts';
import { type StatementHandler } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { type RowsResult, textRows } from '../result.ts';
import { defaultText } from '../show-create-table.ts';
import { notEmulated } from '../sql-error.ts';
import { resolveTable } from './tables.ts';

export const describe: StatementHandler = (context, reader) => {
  if (reader.at('SELECT') || reader.at('ANALYZE') || reader.at('INSERT')) throw notEmulated('EXPLAIN of a query');
  return describeTable(resolveTable(context, parseTableName(reader)));
};

export function describeTable(table: Table): RowsResult {
  const rows = table.columns.map((column) => [
    column.name,
    typeText(column.type).replace(', ', ','),
    column.nullable ? 'YES' : 'NO',
    String(column.key),
    defaultText(column.defaultValue),
    extra(column.aggregation, column.autoIncrement, column.generated),
  ]);
  return textRows(['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'], rows);
}

function extra(aggregation: string | undefined, autoIncrement: boolean, generated: string | undefined): string {
  if (autoIncrement) return 'auto_increment';
  return aggregation ?? (generated === undefined ? '' : `AS ${generated}`);
}
