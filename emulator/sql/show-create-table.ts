import { typeText } from '../catalog/column-type.ts';
import { type Column, type ColumnDefault, keysClause, type Table } from '../catalog/table.ts';

/** The text that `SHOW CREATE TABLE` prints, and that CREATE TABLE takes back. */
export function showCreateTable(table: Table): string {
  const columns = table.columns.map((column) => `  ${columnText(column, table.model === 'AGG_KEYS')}`);
  const lines = [
    `CREATE TABLE \`${table.name}\` (`,
    columns.join(',\n'),
    ') ENGINE=OLAP ',
    `${keysClause(table.model)}(${names(table.keys)})`,
  ];
  if (table.comment !== '') lines.push(`COMMENT "${table.comment}"`);
  if (table.partitionBy !== undefined) lines.push(`PARTITION BY ${table.partitionBy}`);
  lines.push(distribution(table));
  if (table.orderBy.length > 0) lines.push(`ORDER BY(${names(table.orderBy)})`);
  const properties = [...tableProperties(table)].map(([key, value]) => `"${key}" = "${value}"`);
  return `${lines.join('\n')}\nPROPERTIES (\n${properties.join(',\n')}\n);`;
}

export function tableProperties(table: Table): ReadonlyMap<string, string> {
  return new Map([['compression', 'LZ4'], ['replication_num', '1'], ...table.properties]);
}

/** What DESC and information_schema show of a default. */
export function defaultText(value: ColumnDefault | undefined): string | null {
  if (value === undefined || value.kind === 'null') return null;
  switch (value.kind) {
    case 'constant':
      return value.text;
    case 'current_timestamp':
      return 'CURRENT_TIMESTAMP';
    default:
      return `${value.kind}()`;
  }
}

function columnText(column: Column, aggregate: boolean): string {
  const parts = [`\`${column.name}\``, typeText(column.type)];
  if (aggregate && column.aggregation !== undefined) parts.push(column.aggregation);
  parts.push(column.nullable ? 'NULL' : 'NOT NULL');
  if (column.autoIncrement) parts.push('AUTO_INCREMENT');
  if (column.defaultValue !== undefined) parts.push(`DEFAULT ${defaultClause(column.defaultValue)}`);
  if (column.generated !== undefined) parts.push(`AS ${column.generated}`);
  parts.push(`COMMENT "${column.comment.replaceAll('"', '\\"')}"`);
  return parts.join(' ');
}

function defaultClause(value: ColumnDefault): string {
  switch (value.kind) {
    case 'null':
      return 'NULL';
    case 'constant':
      return `"${value.text.replaceAll('"', '\\"')}"`;
    case 'current_timestamp':
      return 'CURRENT_TIMESTAMP';
    default:
      return `(${value.kind}())`;
  }
}

function distribution(table: Table): string {
  const by = table.distributedBy === 'HASH' ? `HASH(${names(table.distributeKeys)})` : 'RANDOM';
  return `DISTRIBUTED BY ${by}${table.buckets === undefined ? '' : ` BUCKETS ${table.buckets}`}`;
}

function names(list: readonly string[]): string {
  return list.map((name) => `\`${name}\``).join(', ');
}
