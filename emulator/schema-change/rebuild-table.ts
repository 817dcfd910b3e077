import { duckDbType, quoteName } from '../catalog/column-type.ts';
import { type Column, findColumn, type Table, type TableDefinition } from '../catalog/table.ts';
import { columnDefinition } from '../storage/column-definition.ts';
import { type Storage, tablePath } from '../storage/storage.ts';
import { type AlterClause } from './alter-clause.ts';

/** Gives the stored table the new columns in their order; all at once, so that a query sees either the old or the new one. */
export function rebuildTable(
  storage: Storage,
  old: Table,
  next: TableDefinition,
  clauses: readonly AlterClause[],
): Promise<void> {
  const schema = quoteName(old.database);
  const values = next.columns.map((column) => valueOf(old, column, clauses));
  const names = next.columns.map(({ name }) => quoteName(name));
  return storage.runAll([
    `CREATE TABLE ${schema}.__rebuilt (${next.columns.map(columnDefinition).join(', ')})`,
    `INSERT INTO ${schema}.__rebuilt (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${tablePath(old)}`,
    `DROP TABLE ${tablePath(old)}`,
    `ALTER TABLE ${schema}.__rebuilt RENAME TO ${quoteName(old.name)}`,
  ]);
}

function valueOf(old: Table, column: Column, clauses: readonly AlterClause[]): string {
  const renamed = clauses.find((clause) => clause.kind === 'rename' && clause.to === column.name);
  const source = findColumn(old, renamed?.kind === 'rename' ? renamed.from : column.name);
  const added = clauses.some((clause) => clause.kind === 'add' && clause.column.name === column.name);
  // Rows that are already there show the default of a new column.
  if (source === undefined || added) return defaultLiteral(column);
  return `TRY_CAST(${quoteName(source.name)} AS ${duckDbType(column.type)})`;
}

function defaultLiteral(column: Column): string {
  const text = columnDefinition(column).split(' DEFAULT ')[1];
  return text ?? `CAST(NULL AS ${duckDbType(column.type)})`;
}
