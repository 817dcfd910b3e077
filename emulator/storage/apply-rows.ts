import { type DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../catalog/column-type.ts';
import { type AggregationType, type Column, findColumn, keyColumns, type Table } from '../catalog/table.ts';
import { type Storage, tablePath } from './storage.ts';

export interface ApplyOptions {
  /** The table columns that `shaped` has. */
  readonly columns: readonly string[];
  readonly partialUpdate: boolean;
  readonly mergeCondition: string | undefined;
  readonly negative: boolean;
}

/** Adds the rows of the temporary table `shaped` to their table, by the rules of its model, all at once. */
export async function applyRows(
  storage: Storage,
  connection: DuckDBConnection,
  table: Table,
  options: ApplyOptions,
): Promise<void> {
  // A column that was dropped while the load ran has nowhere to go.
  const columns = table.columns.filter(({ name }) => options.columns.includes(name));
  const statements = statementsFor(table, columns, options);
  const [first] = statements;
  await storage.write(async () => {
    if (first !== undefined && statements.length === 1) {
      await connection.run(first);
      return;
    }
    await connection.run('BEGIN TRANSACTION');
    try {
      for (const statement of statements) await connection.run(statement);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK');
      throw error;
    }
  });
}

function statementsFor(table: Table, columns: readonly Column[], options: ApplyOptions): string[] {
  switch (table.model) {
    case 'DUP_KEYS':
      return [`INSERT INTO ${tablePath(table)} (${list(columns)}) SELECT ${list(columns)} FROM shaped ORDER BY __seq`];
    case 'AGG_KEYS':
      return aggregate(table, columns, options.negative);
    default:
      return options.partialUpdate ? partialUpdate(table, columns, options) : upsert(table, columns, options);
  }
}

/** The last row of each key wins; with a merge condition, the one with the greatest value, unless a later delete clears the way. */
function winners(table: Table, mergeCondition: string | undefined): string {
  const keys = list(keyColumns(table));
  const condition = mergeCondition === undefined ? undefined : findColumn(table, mergeCondition);
  if (condition === undefined) {
    return `CREATE OR REPLACE TEMP TABLE winners AS SELECT *, false AS __cleared FROM shaped
      QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY __seq DESC) = 1`;
  }
  return `CREATE OR REPLACE TEMP TABLE winners AS
    WITH marked AS (SELECT *, max(CASE WHEN __op = 1 THEN __seq END) OVER (PARTITION BY ${keys}) AS __deleted FROM shaped)
    SELECT * EXCLUDE (__deleted), __deleted IS NOT NULL AS __cleared FROM marked WHERE __deleted IS NULL OR __seq >= __deleted
    QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY __op, ${quoteName(condition.name)} DESC NULLS LAST, __seq DESC) = 1`;
}

/** Rows whose merge condition is below the stored one do not apply. */
function dropLosers(table: Table, mergeCondition: string | undefined): string[] {
  const condition = mergeCondition === undefined ? undefined : findColumn(table, mergeCondition);
  if (condition === undefined) return [];
  const name = quoteName(condition.name);
  return [
    `DELETE FROM winners USING ${tablePath(table)} AS stored
      WHERE ${sameKey(table, 'winners', 'stored')} AND NOT __cleared AND __op = 0 AND winners.${name} < stored.${name}`,
  ];
}

function upsert(table: Table, columns: readonly Column[], { mergeCondition }: ApplyOptions): string[] {
  const path = tablePath(table);
  return [
    winners(table, mergeCondition),
    ...dropLosers(table, mergeCondition),
    `DELETE FROM ${path} AS stored USING winners WHERE ${sameKey(table, 'winners', 'stored')}`,
    `INSERT INTO ${path} (${list(columns)}) SELECT ${list(columns)} FROM winners WHERE __op = 0 ORDER BY __seq`,
  ];
}

function partialUpdate(table: Table, columns: readonly Column[], { mergeCondition }: ApplyOptions): string[] {
  const path = tablePath(table);
  const changed = columns
    .filter((column) => !column.key)
    .map(({ name }) => `${quoteName(name)} = winners.${quoteName(name)}`);
  const update =
    changed.length === 0
      ? []
      : [
          `UPDATE ${path} AS stored SET ${changed.join(', ')} FROM winners WHERE __op = 0 AND ${sameKey(table, 'winners', 'stored')}`,
        ];
  return [
    winners(table, mergeCondition),
    ...dropLosers(table, mergeCondition),
    `DELETE FROM ${path} AS stored USING winners WHERE __op = 1 AND ${sameKey(table, 'winners', 'stored')}`,
    ...update,
    // Columns that the load does not bring take DuckDB's default, which is the table's.
    `INSERT INTO ${path} (${list(columns)}) SELECT ${list(columns)} FROM winners
      WHERE __op = 0 AND NOT EXISTS (SELECT 1 FROM ${path} AS stored WHERE ${sameKey(table, 'winners', 'stored')}) ORDER BY __seq`,
  ];
}

/** Stored rows of the same keys take part as the oldest ones. */
function aggregate(table: Table, columns: readonly Column[], negative: boolean): string[] {
  const path = tablePath(table);
  const keys = keyColumns(table);
  const values = columns.map((column) => (column.key ? quoteName(column.name) : aggregated(column)));
  const incoming = columns.map(({ name, aggregation }) =>
    negative && aggregation === 'SUM' ? `-${quoteName(name)} AS ${quoteName(name)}` : quoteName(name),
  );
  return [
    `CREATE OR REPLACE TEMP TABLE merged AS
      WITH incoming AS (SELECT __seq, ${incoming.join(', ')} FROM shaped),
      stored AS (SELECT -1 AS __seq, ${list(columns)} FROM ${path} AS stored
        WHERE EXISTS (SELECT 1 FROM incoming WHERE ${sameKey(table, 'incoming', 'stored')})),
      both_ AS (SELECT * FROM incoming UNION ALL SELECT * FROM stored)
      SELECT ${values.join(', ')} FROM both_ GROUP BY ${list(keys)}`,
    `DELETE FROM ${path} AS stored USING merged WHERE ${sameKey(table, 'merged', 'stored')}`,
    `INSERT INTO ${path} (${list(columns)}) SELECT ${list(columns)} FROM merged`,
  ];
}

function aggregated(column: Column): string {
  const name = quoteName(column.name);
  const functions: Record<AggregationType, string> = {
    SUM: `sum(${name})`,
    MIN: `min(${name})`,
    MAX: `max(${name})`,
    REPLACE: `last(${name} ORDER BY __seq)`,
    REPLACE_IF_NOT_NULL: `last(${name} ORDER BY __seq) FILTER (${name} IS NOT NULL)`,
  };
  return `${functions[column.aggregation ?? 'REPLACE']} AS ${name}`;
}

function sameKey(table: Table, left: string, right: string): string {
  const same = keyColumns(table).map(({ name, nullable }) => {
    const operator = nullable ? 'IS NOT DISTINCT FROM' : '=';
    return `${left}.${quoteName(name)} ${operator} ${right}.${quoteName(name)}`;
  });
  return same.join(' AND ');
}

function list(columns: readonly Column[]): string {
  return columns.map(({ name }) => quoteName(name)).join(', ');
}
