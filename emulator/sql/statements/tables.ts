import { type Table, type TableDefinition } from '../../catalog/table.ts';
import { tablePath } from '../../storage/storage.ts';
import { type SqlContext, type StatementHandler } from '../context.ts';
import { parseCreateTable, parseTableName, type TableName } from '../create-table.ts';
import { checkGenerated } from '../generated-columns.ts';
import { ok } from '../result.ts';
import { SqlError } from '../sql-error.ts';

export const createTable: StatementHandler = async (context, reader) => {
  const { cluster } = context;
  const { name, ifNotExists, definition } = parseCreateTable(reader);
  const database = name.database ?? context.requiredDatabase;
  const tables = cluster.catalog.tables(database);
  if (tables.some((table) => table.name === name.table)) {
    if (ifNotExists) return ok();
    throw new SqlError(1050, '42S01', `Table '${name.table}' already exists`);
  }
  if (tables.some((table) => table.name.toLowerCase() === name.table.toLowerCase())) {
    throw new SqlError(1235, '42000', `A table whose name differs from '${name.table}' only in case is not emulated`);
  }
  refuseNewerColumns(context, definition);
  await checkGenerated(context, definition);
  await cluster.storage.createTable(database, definition);
  cluster.catalog.addTable(database, definition, cluster.clock.now());
  return ok();
};

/** Kinds of columns that came with a later release than the emulated one. */
function refuseNewerColumns({ cluster: { version } }: SqlContext, { columns }: TableDefinition): void {
  const tooNew = columns.find(
    ({ autoIncrement, generated }) =>
      (autoIncrement && !version.atLeast(3)) || (generated !== undefined && !version.atLeast(3, 1)),
  );
  if (tooNew !== undefined) {
    throw new SqlError(
      1064,
      '42000',
      `Getting syntax error. Column ${tooNew.name} is of a kind that StarRocks ${version.text} does not have`,
    );
  }
}

export const dropTable: StatementHandler = async (context, reader) => {
  const ifExists = reader.accept('IF', 'EXISTS');
  const name = parseTableName(reader);
  const database = name.database ?? context.requiredDatabase;
  const table = context.cluster.catalog.table(database, name.table);
  if (table === undefined) {
    if (ifExists) return ok();
    throw new SqlError(1051, '42S02', `Unknown table '${name.table}'`);
  }
  context.cluster.catalog.dropTable(database, name.table);
  await context.cluster.storage.dropTable(table);
  return ok();
};

export const truncateTable: StatementHandler = async (context, reader) => {
  const table = resolveTable(context, parseTableName(reader));
  await context.cluster.storage.run(`DELETE FROM ${tablePath(table)}`);
  return ok();
};

export function resolveTable(context: SqlContext, { database, table }: TableName): Table {
  return context.cluster.catalog.requireTable(database ?? context.requiredDatabase, table);
}
