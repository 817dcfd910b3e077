import { type SqlContext, type StatementHandler } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { type RowsResult, type StatementResult, textRows } from '../result.ts';
import { showCreateTable } from '../show-create-table.ts';
import { notEmulated } from '../sql-error.ts';
import { type TokenReader } from '../token-reader.ts';
import { allVariables } from '../variables.ts';
import { describeTable } from './describe.ts';
import { filtered, fromClause } from './filtered.ts';
import { showFrontends, showGrants, showPartitions, showProcessList } from './show-cluster.ts';
import { showAlterTable, showTransaction } from './show-jobs.ts';
import { resolveTable } from './tables.ts';

type Listing = (context: SqlContext, reader: TokenReader) => Promise<StatementResult> | StatementResult;

const SHOWS: readonly (readonly [readonly string[], Listing])[] = [
  [['DATABASES'], showDatabases],
  [['SCHEMAS'], showDatabases],
  [['TABLES'], showTables],
  [['FULL', 'TABLES'], showFullTables],
  [['CREATE', 'TABLE'], showCreate],
  [['CREATE', 'DATABASE'], showCreateDatabase],
  [['COLUMNS'], showColumns],
  [['FIELDS'], showColumns],
  [['FULL', 'COLUMNS'], showColumns],
  [['VARIABLES'], showVariables],
  [['SESSION', 'VARIABLES'], showVariables],
  [['GLOBAL', 'VARIABLES'], showVariables],
  [['STATUS'], none('Variable_name', 'Value')],
  [['WARNINGS'], none('Level', 'Code', 'Message')],
  [['ERRORS'], none('Level', 'Code', 'Message')],
  [
    ['CATALOGS'],
    () => textRows(['Catalog', 'Type', 'Comment'], [['default_catalog', 'Internal', 'An internal catalog']]),
  ],
  [['ENGINES'], () => textRows(['Engine', 'Support', 'Comment'], [['OLAP', 'YES', 'Default storage engine']])],
  [['BACKENDS'], showBackends],
  [['ALTER', 'TABLE', 'COLUMN'], showAlterTable],
  [['TRANSACTION'], showTransaction],
  [['COMPUTE', 'NODES'], none('ComputeNodeId', 'IP')],
  [['PROCESSLIST'], showProcessList],
  [['FULL', 'PROCESSLIST'], showProcessList],
  [['GRANTS'], showGrants],
  [['FRONTENDS'], showFrontends],
  [['PARTITIONS'], showPartitions],
  [['INDEX'], none('Table', 'Non_unique', 'Key_name', 'Column_name')],
  [['LOAD'], none('JobId', 'Label', 'State', 'Type')],
  [['ROUTINE', 'LOAD'], none('Id', 'Name', 'State')],
  [
    ['USERS'],
    ({ cluster }) =>
      textRows(
        ['User'],
        cluster.users.names().map((name) => [`'${name}'@'%'`]),
      ),
  ],
];

export const show: StatementHandler = (context, reader) => {
  for (const [keywords, listing] of SHOWS) if (reader.accept(...keywords)) return listing(context, reader);
  throw notEmulated(`SHOW ${reader.peek()?.text.toUpperCase() ?? ''}`);
};

function none(...names: string[]): Listing {
  return () => textRows(names, []);
}

function showDatabases(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const databases = ['information_schema', ...context.cluster.catalog.databaseNames()];
  return filtered(
    context,
    reader,
    ['Database'],
    databases.map((name) => [name]),
  );
}

function showTables(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const database = fromClause(reader) ?? context.requiredDatabase;
  const tables = context.cluster.catalog.tables(database);
  return filtered(
    context,
    reader,
    [`Tables_in_${database}`],
    tables.map(({ name }) => [name]),
  );
}

function showFullTables(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const database = fromClause(reader) ?? context.requiredDatabase;
  const tables = context.cluster.catalog.tables(database);
  return filtered(
    context,
    reader,
    [`Tables_in_${database}`, 'Table_type'],
    tables.map(({ name }) => [name, 'BASE TABLE']),
  );
}

function showCreate(context: SqlContext, reader: TokenReader): RowsResult {
  const table = resolveTable(context, parseTableName(reader));
  return textRows(['Table', 'Create Table'], [[table.name, showCreateTable(table)]]);
}

function showCreateDatabase(_context: SqlContext, reader: TokenReader): RowsResult {
  const name = reader.name();
  return textRows(['Database', 'Create Database'], [[name, `CREATE DATABASE \`${name}\``]]);
}

function showColumns(context: SqlContext, reader: TokenReader): RowsResult {
  if (!reader.accept('FROM')) reader.expect('IN');
  const name = parseTableName(reader);
  const database = reader.accept('FROM') || reader.accept('IN') ? reader.name() : name.database;
  return describeTable(resolveTable(context, { ...name, database }));
}

function showVariables(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  return filtered(context, reader, ['Variable_name', 'Value'], allVariables(context));
}

function showBackends(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const rows = context.cluster.backends.map(({ id, hostPort, alive }) => {
    const [host = '', port = ''] = hostPort.split(':');
    return [String(id), host, port, String(alive), context.cluster.versionText];
  });
  return filtered(context, reader, ['BackendId', 'IP', 'HttpPort', 'Alive', 'Version'], rows);
}
