import { type ColumnType } from '../catalog/column-type.ts';
import { type Column, findColumn, type Table, type TableDefinition } from '../catalog/table.ts';
import { SqlError } from '../sql/sql-error.ts';

export type Position =
  | { readonly kind: 'last' }
  | { readonly kind: 'first' }
  | { readonly kind: 'after'; readonly column: string };

/** One change of an ALTER TABLE statement. */
export type AlterClause =
  | { readonly kind: 'add'; readonly column: Column; readonly position: Position }
  | { readonly kind: 'drop'; readonly column: string }
  | { readonly kind: 'modify'; readonly column: Column; readonly position: Position | undefined }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** The table's definition after the change; throws what StarRocks says when it is not allowed. */
export function changeDefinition(table: TableDefinition, clause: AlterClause): TableDefinition {
  switch (clause.kind) {
    case 'add':
      return addColumn(table, clause.column, clause.position);
    case 'drop':
      return dropColumn(table, clause.column);
    case 'modify':
      return modifyColumn(table, clause.column, clause.position);
    case 'rename':
      return renameColumn(table, clause.from, clause.to);
  }
}

function addColumn(table: TableDefinition, column: Column, position: Position): TableDefinition {
  if (findColumn(table, column.name) !== undefined)
    throw refused(`Can not add column which already exists in base table: ${column.name}`);
  if (table.model === 'AGG_KEYS' && !column.key && column.aggregation === undefined) {
    throw refused(`Please add aggregation method for value column ${column.name}`);
  }
  if (column.key && table.model === 'PRI_KEYS') throw refused('Can not add key column to primary key table');
  const keyed = column.key ? [...table.keys, column.name] : table.keys;
  return { ...table, keys: keyed, columns: place(table.columns, column, position) };
}

function dropColumn(table: TableDefinition, name: string): TableDefinition {
  const column = findColumn(table, name);
  if (column === undefined) throw refused(`Column does not exists: ${name}`);
  if (column.key && table.model !== 'DUP_KEYS')
    throw refused(`Can not drop key column in ${table.model} table. column: ${name}`);
  const used = table.columns.find((other) => other.generated?.includes(column.name) === true);
  if (used !== undefined) throw refused(`Column ${name} is referenced by generated column ${used.name}`);
  return {
    ...table,
    keys: table.keys.filter((key) => key.toLowerCase() !== name.toLowerCase()),
    columns: table.columns.filter((other) => other !== column),
  };
}

function modifyColumn(table: TableDefinition, column: Column, position: Position | undefined): TableDefinition {
  const old = findColumn(table, column.name);
  if (old === undefined) throw refused(`Column[${column.name}] does not exists`);
  if (old.key && table.model === 'PRI_KEYS')
    throw refused(`Can not modify key column: ${column.name} for primary key table`);
  if (old.nullable && !column.nullable) throw refused(`Can not change from nullable to non-nullable: ${column.name}`);
  if (!convertible(old.type, column.type)) throw refused(`Can not change ${old.type.kind} to ${column.type.kind}`);
  const changed = { ...column, name: old.name, key: old.key };
  if (position === undefined) {
    return { ...table, columns: table.columns.map((other) => (other === old ? changed : other)) };
  }
  return {
    ...table,
    columns: place(
      table.columns.filter((other) => other !== old),
      changed,
      position,
    ),
  };
}

function renameColumn(table: TableDefinition, from: string, to: string): TableDefinition {
  const old = findColumn(table, from);
  if (old === undefined) throw refused(`Column[${from}] does not exists`);
  if (findColumn(table, to) !== undefined) throw refused(`Column name[${to}] is already used`);
  return {
    ...table,
    keys: table.keys.map((key) => (key === old.name ? to : key)),
    columns: table.columns.map((other) => (other === old ? { ...old, name: to } : other)),
  };
}

/** The last key or value column is where a new one goes unless it is told. */
function place(columns: readonly Column[], column: Column, position: Position): Column[] {
  const rest = [...columns];
  if (position.kind === 'first') return [column, ...rest];
  const after = position.kind === 'after' ? position.column.toLowerCase() : undefined;
  const index =
    after === undefined ? lastOfKind(rest, column.key) : rest.findIndex(({ name }) => name.toLowerCase() === after);
  if (after !== undefined && index < 0) throw refused(`Column[${after}] does not found`);
  rest.splice(index + 1, 0, column);
  return rest;
}

function lastOfKind(columns: readonly Column[], key: boolean): number {
  return key ? columns.findLastIndex((column) => column.key) : columns.length - 1;
}

const INTEGERS: readonly ColumnType['kind'][] = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'LARGEINT'];
const NUMBERS: readonly ColumnType['kind'][] = [...INTEGERS, 'FLOAT', 'DOUBLE', 'DECIMAL'];

/** The conversions that MODIFY COLUMN allows (§11.3). */
function convertible(from: ColumnType, to: ColumnType): boolean {
  if (from.kind === to.kind) return !('length' in from && 'length' in to) || to.length >= from.length;
  const [source, target] = [INTEGERS.indexOf(from.kind), INTEGERS.indexOf(to.kind)];
  if (source >= 0 && target >= 0) return target > source;
  if (to.kind === 'VARCHAR') return NUMBERS.includes(from.kind) || from.kind === 'CHAR' || from.kind === 'JSON';
  if (from.kind === 'VARCHAR') return NUMBERS.includes(to.kind) || to.kind === 'DATE' || to.kind === 'JSON';
  if (to.kind === 'DOUBLE') return source >= 0 || from.kind === 'FLOAT';
  if (to.kind === 'FLOAT') return from.kind === 'INT' || from.kind === 'SMALLINT' || from.kind === 'TINYINT';
  return (
    (from.kind === 'DATE' && to.kind === 'DATETIME') ||
    (from.kind === 'DATETIME' && to.kind === 'DATE') ||
    (from.kind === 'INT' && to.kind === 'DATE')
  );
}

/** Only metadata changes: what `fast_schema_evolution` makes instant. */
export function isFast(table: Table, clauses: readonly AlterClause[]): boolean {
  return clauses.every((clause) => {
    if (clause.kind === 'rename') return true;
    if (clause.kind === 'add') return !clause.column.key && clause.column.generated === undefined;
    return clause.kind === 'drop' && findColumn(table, clause.column)?.key === false;
  });
}

function refused(message: string): SqlError {
  return new SqlError(1064, '42000', message);
}
