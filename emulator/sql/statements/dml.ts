import { type StatementHandler } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { ok } from '../result.ts';
import { duckDbError } from '../select.ts';
import { SqlError } from '../sql-error.ts';
import { translate } from '../translate.ts';
import { resolveTable } from './tables.ts';

export const deleteRows: StatementHandler = async (context, reader, { text, tokens }) => {
  resolveTable(context, parseTableName(reader));
  return change(context, translate(text, tokens, context.translateContext));
};

export const updateRows: StatementHandler = async (context, reader, { text, tokens }) => {
  const table = resolveTable(context, parseTableName(reader));
  if (table.model !== 'PRI_KEYS') {
    throw new SqlError(1064, '42000', `table '${table.name}' does not support update: only primary key tables do`);
  }
  return change(context, translate(text, tokens, context.translateContext));
};

async function change(
  { cluster, connection }: Parameters<StatementHandler>[0],
  sql: string,
): Promise<ReturnType<typeof ok>> {
  const changed = await cluster.storage.write(async () => {
    try {
      return (await connection.run(sql)).rowsChanged;
    } catch (error) {
      throw duckDbError(error);
    }
  });
  return ok(changed);
}
