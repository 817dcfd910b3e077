import { type ColumnType, columnTypeText } from '../../core/column-type.ts';
import { type WantedColumn } from '../../core/table-evolution.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { quotedName, quotedText } from './sql-text.ts';

/** Characters of a comment: StarRocks takes 1,024. */
const MAX_COMMENT = 1000;

/** Types that StarRocks tells rows apart by, and orders them by. */
const KEY_KINDS: readonly ColumnType['kind'][] = ['boolean', 'integer', 'text', 'date', 'datetime'];

/** What a table is created with. */
export interface NewTable {
  readonly columns: readonly WantedColumn[];
  /** The columns of the primary key; without any, rows are only ever added. */
  readonly keys: readonly string[];
  /** StarRocks' PROPERTIES, such as `replication_num`. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The statement that adds columns at the end of a table, NULL in the rows that are there. */
export function addColumns(target: TableTarget, columns: readonly WantedColumn[]): string {
  const [first, ...more] = columns.map((column) => definition(column, 'NULL'));
  const what = more.length === 0 ? first : `(${[first, ...more].join(', ')})`;
  return `ALTER TABLE ${tableName(target)} ADD COLUMN ${what}`;
}

/** The statement that gives a column another type; it has to say all that the column is. */
export function modifyColumn(target: TableTarget, column: WantedColumn): string {
  return `ALTER TABLE ${tableName(target)} MODIFY COLUMN ${definition(column, 'NULL')}`;
}

/** The question for what a column is besides its type: a change of the type would otherwise take it away. */
export function columnFacts({ database, table }: TableTarget): string {
  return `SELECT COLUMN_NAME, COLUMN_KEY, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, GENERATION_EXPRESSION, COLUMN_COMMENT FROM information_schema.columns WHERE TABLE_SCHEMA = ${quotedText(database)} AND TABLE_NAME = ${quotedText(table)}`;
}

/** The question for the last change of a table's columns. */
export function lastSchemaChange({ database, table }: TableTarget): string {
  return `SHOW ALTER TABLE COLUMN FROM ${quotedName(database)} WHERE TableName = ${quotedText(table)} ORDER BY JobId DESC LIMIT 1`;
}

/** A type as a statement has it. Nothing that is added is nested deeper than in an array. */
export function typeText(type: ColumnType): string {
  return type.kind === 'array' ? `ARRAY<${typeText(type.element)}>` : columnTypeText(type);
}

/**
 * Why a table cannot be created for these rows; undefined when it can.
 *
 * @param deletes - whether some of them delete.
 */
export function newTableFault({ columns, keys }: NewTable, deletes: boolean): string | undefined {
  if (keys.length === 0) {
    if (deletes) {
      return 'rows are deleted, which takes a Primary Key table, and nothing says what its key is: give the records keys with a schema, or set `pk.fields` (schemaEvolution.keyFields)';
    }
    return columns.some(isKeyColumn) ? undefined : 'none of its columns is of a type that StarRocks can order rows by';
  }
  for (const key of keys) {
    const column = columns.find(({ name }) => name === key);
    if (!column) {
      return `the field ${quotedName(key)} of the primary key is not among those of the records' values; set \`pk.fields\` (schemaEvolution.keyFields) to fields that are`;
    }
    if (!isKeyColumn(column)) {
      return `the field ${quotedName(key)} is ${typeText(column.type)}, which StarRocks takes for no key; set \`pk.fields\` (schemaEvolution.keyFields) to other fields, or create the table by hand`;
    }
  }
  return undefined;
}

/** A Primary Key table where there is a key, otherwise one that rows are added to. */
export function createTable(target: TableTarget, table: NewTable): string {
  const { columns, keys, properties } = table;
  // Keys come first, and the first column orders the rows of a table without any.
  const leading =
    keys.length > 0
      ? keys
      : columns
          .filter(isKeyColumn)
          .map(({ name }) => name)
          .slice(0, 1);
  const inOrder = [
    ...leading.flatMap((key) => columns.filter(({ name }) => name === key)),
    ...columns.filter(({ name }) => !leading.includes(name)),
  ];
  const definitions = inOrder.map((column) => definition(column, keys.includes(column.name) ? 'NOT NULL' : 'NULL'));
  const names = leading.map(quotedName).join(', ');
  const model = keys.length > 0 ? 'PRIMARY' : 'DUPLICATE';
  const distribution = keys.length > 0 ? `HASH(${names})` : 'RANDOM';
  const given = Object.entries(properties).map(([name, value]) => `${quotedProperty(name)} = ${quotedProperty(value)}`);
  const ending = given.length === 0 ? '' : ` PROPERTIES (${given.join(', ')})`;
  return `CREATE TABLE IF NOT EXISTS ${tableName(target)} (${definitions.join(', ')}) ${model} KEY(${names}) DISTRIBUTED BY ${distribution}${ending}`;
}

function isKeyColumn({ type }: WantedColumn): boolean {
  return KEY_KINDS.includes(type.kind);
}

function definition({ name, type, comment }: WantedColumn, nullability: 'NULL' | 'NOT NULL'): string {
  const text = comment?.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_COMMENT) ?? '';
  const ending = text === '' ? '' : ` COMMENT ${quotedText(text)}`;
  return `${quotedName(name)} ${typeText(type)} ${nullability}${ending}`;
}

function tableName({ database, table }: TableTarget): string {
  return `${quotedName(database)}.${quotedName(table)}`;
}

function quotedProperty(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
