import { randomUUID } from 'node:crypto';
import { duckDbType, quoteName } from '../../catalog/column-type.ts';
import { type Column, findColumn, type Table } from '../../catalog/table.ts';
import { translateExpression } from '../../load/shape-sql.ts';
import { applyRows } from '../../storage/apply-rows.ts';
import { defaultExpression } from '../../storage/column-definition.ts';
import { type SqlContext, type StatementHandler } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { loadInformationSchema } from '../information-schema.ts';
import { ok } from '../result.ts';
import { duckDbError } from '../select.ts';
import { type SqlText } from '../split-statements.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import { translate } from '../translate.ts';

/** `INSERT INTO t [WITH LABEL l] [(columns)] VALUES … | SELECT …`: a transaction like any other, with a label. */
export const insert: StatementHandler = async (context, reader, { text, tokens }) => {
  const { cluster } = context;
  const table = resolve(context, reader);
  const label = reader.accept('WITH', 'LABEL') ? reader.name() : `insert_${randomUUID()}`;
  const names = reader.at('(') && !reader.at('(', 'SELECT') ? reader.nameList() : undefined;
  const start = reader.peek()?.start ?? text.length;
  const source = { text, tokens: tokens.filter((token) => token.start >= start) };
  const targets = targetColumns(table, names);
  const transaction = cluster.transactions.begin(
    {
      label,
      database: table.database,
      table: table.name,
      timeoutMs: 14_400_000,
      user: context.user,
      loadType: 'INSERT_STREAMING',
      coordinator: undefined,
    },
    cluster.catalog.databaseId(table.database),
  );
  try {
    const rows = await stage(context, table, targets, source);
    const columns = table.columns.map(({ name }) => name);
    const options = { columns, partialUpdate: false, mergeCondition: undefined, negative: false };
    transaction.work = {
      rows,
      apply: () => applyRows(cluster.storage, context.connection, table, options),
      discard: () => undefined,
    };
    cluster.transactions.commit(transaction);
    await cluster.transactions.publisher.visible(transaction, transaction.spec.timeoutMs);
    return ok(rows, `{'label':'${label}', 'status':'${transaction.status}', 'txnId':'${transaction.id}'}`);
  } catch (error) {
    const failure = error instanceof SqlError ? error : duckDbError(error);
    cluster.transactions.abort(transaction, failure.message);
    throw failure;
  }
};

function resolve(context: SqlContext, reader: Parameters<StatementHandler>[1]): Table {
  const name = parseTableName(reader);
  return context.cluster.catalog.requireTable(name.database ?? context.requiredDatabase, name.table);
}

function targetColumns(table: Table, names: readonly string[] | undefined): Column[] {
  if (names === undefined) return table.columns.filter((column) => column.generated === undefined);
  return names.map((name) => {
    const column = findColumn(table, name);
    if (column === undefined) throw new SqlError(1054, '42S22', `Unknown column '${name}' in '${table.name}'`);
    return column;
  });
}

async function stage(context: SqlContext, table: Table, targets: readonly Column[], source: SqlText): Promise<number> {
  await loadInformationSchema(context, source.tokens);
  const { connection, cluster } = context;
  const select = translate(source.text, source.tokens, context.translateContext);
  const aliases = targets.map(({ name }) => quoteName(name)).join(', ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE staged AS SELECT * FROM (${select}) AS source(${aliases})`);
  const count = await connection.runAndReadAll('SELECT count(*) FROM staged');
  const rows = Number(count.getRows()[0]?.[0] ?? 0);
  const now = timeText(cluster.clock.now());
  const firstId = cluster.storage.reserveIds(table.id, rows);
  const values = table.columns.map(
    (column) => `${valueOf(column, targets, now, firstId)} AS ${quoteName(column.name)}`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE shaped AS SELECT rowid AS __seq, 0 AS __op, ${values.join(', ')} FROM staged`,
  );
  await checkNulls(context, table);
  return rows;
}

function valueOf(column: Column, targets: readonly Column[], now: string, firstId: number): string {
  if (column.generated !== undefined)
    return `TRY_CAST((${translateExpression(column.generated)}) AS ${duckDbType(column.type)})`;
  if (targets.includes(column)) return `CAST(${quoteName(column.name)} AS ${duckDbType(column.type)})`;
  if (column.autoIncrement) return `CAST(${firstId} + rowid AS BIGINT)`;
  return defaultExpression(column, `CAST('${now}' AS TIMESTAMP)`) ?? `CAST(NULL AS ${duckDbType(column.type)})`;
}

async function checkNulls({ connection }: SqlContext, table: Table): Promise<void> {
  const required = table.columns.filter((column) => !column.nullable);
  if (required.length === 0) return;
  const counts = required.map(({ name }) => `count(*) FILTER (${quoteName(name)} IS NULL)`);
  const result = await connection.runAndReadAll(`SELECT ${counts.join(', ')} FROM shaped`);
  const missing = required.find((_, index) => result.getRows()[0]?.[index] !== 0n);
  if (missing !== undefined) throw new SqlError(1064, '42000', `NULL value in non-nullable column '${missing.name}'`);
}
