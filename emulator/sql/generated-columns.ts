import { duckDbType, quoteName } from '../catalog/column-type.ts';
import { type TableDefinition } from '../catalog/table.ts';
import { type SqlContext } from './context.ts';
import { splitStatements } from './split-statements.ts';
import { notEmulated } from './sql-error.ts';
import { translate } from './translate.ts';

/** Refuses, when the table is created, a generated column that DuckDB could not compute when it is loaded. */
export async function checkGenerated({ connection }: SqlContext, { columns }: TableDefinition): Promise<void> {
  const plain = columns.filter((column) => column.generated === undefined);
  const source = plain.map(({ name, type }) => `CAST(NULL AS ${duckDbType(type)}) AS ${quoteName(name)}`).join(', ');
  for (const { generated, name } of columns) {
    if (generated === undefined) continue;
    const expression = splitStatements(generated).map(({ text, tokens }) => translate(text, tokens));
    try {
      await connection.prepare(`SELECT ${expression.join('')} FROM (SELECT ${source})`);
    } catch (error) {
      const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      throw notEmulated(`generated column ${name} AS ${generated} (${message})`);
    }
  }
}
