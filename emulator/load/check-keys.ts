import { type DuckDBConnection } from '@duckdb/node-api';
import { type ColumnType, quoteName } from '../catalog/column-type.ts';
import { type Column, keyColumns } from '../catalog/table.ts';
import { tablePath } from '../storage/storage.ts';
import { LoadError } from './load-error.ts';
import { type LoadPlan } from './load-plan.ts';

/** `primary_key_limit_size` of a BE. */
const LONGEST_KEY = 128;

const SIZES: Partial<Record<ColumnType['kind'], number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INT: 4,
  BIGINT: 8,
  LARGEINT: 16,
  DATE: 4,
  DATETIME: 8,
};

/** What a primary key table refuses as a whole, once its rows are known. */
export async function checkKeys(connection: DuckDBConnection, plan: LoadPlan): Promise<void> {
  if (plan.table.model !== 'PRI_KEYS') return;
  await checkKeySize(connection, plan);
  await checkInsertedRows(connection, plan);
}

async function checkKeySize(connection: DuckDBConnection, { table }: LoadPlan): Promise<void> {
  const keys = keyColumns(table);
  if (keys.every(({ type }) => type.kind in SIZES)) return;
  const size = keys.map(({ name, type }) => SIZES[type.kind] ?? `strlen(${quoteName(name)})`).join(' + ');
  const longest = await connection.runAndReadAll(`SELECT max(${size}) FROM shaped`);
  if (Number(longest.getRows()[0]?.[0] ?? 0) > LONGEST_KEY) throw new LoadError('primary key size exceed the limit');
}

/** A partial update that inserts rows has no value for NOT NULL columns that it leaves out [U]. */
async function checkInsertedRows(connection: DuckDBConnection, { table, options, outputs }: LoadPlan): Promise<void> {
  if (!options.partialUpdate) return;
  const missing = table.columns.find(
    (column) => isRequired(column) && !outputs.some((output) => output.column === column),
  );
  if (missing === undefined) return;
  const same = keyColumns(table).map(({ name }) => `stored.${quoteName(name)} = shaped.${quoteName(name)}`);
  const inserted = await connection.runAndReadAll(
    `SELECT 1 FROM shaped WHERE __op = 0 AND NOT EXISTS
      (SELECT 1 FROM ${tablePath(table)} AS stored WHERE ${same.join(' AND ')}) LIMIT 1`,
  );
  if (inserted.currentRowCount > 0)
    throw new LoadError(`Column has no default value. column: ${missing.name}`, 'ANALYSIS_ERROR');
}

function isRequired({ nullable, defaultValue, autoIncrement, generated }: Column): boolean {
  return !nullable && defaultValue === undefined && !autoIncrement && generated === undefined;
}
