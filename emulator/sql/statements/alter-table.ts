import { type Table } from '../../catalog/table.ts';
import { parseAlterClauses } from '../alter-table.ts';
import { type SqlContext, type StatementHandler } from '../context.ts';
import { parseTableName } from '../create-table.ts';
import { ok } from '../result.ts';
import { parseProperties } from '../table-options.ts';
import { resolveTable } from './tables.ts';

export const alterTable: StatementHandler = async (context, reader) => {
  const { cluster } = context;
  const table = resolveTable(context, parseTableName(reader));
  if (reader.accept('SET')) {
    const properties = new Map([...table.properties, ...parseProperties(reader)]);
    cluster.catalog.replaceTable({ ...table, properties });
    return ok();
  }
  if (reader.accept('COMMENT')) {
    reader.accept('=');
    cluster.catalog.replaceTable({ ...table, comment: reader.string() });
    return ok();
  }
  const clauses = parseAlterClauses(reader, table);
  await cluster.schemaChanges.start(table, clauses, hasFastEvolution(context, table));
  return ok();
};

/** The property decides, and FE's default where it is not set: true from 3.3 on [U]. */
function hasFastEvolution({ cluster: { version } }: SqlContext, { properties }: Table): boolean {
  const property = properties.get('fast_schema_evolution');
  return version.atLeast(3, 2) && (property === undefined ? version.atLeast(3, 3) : property.toLowerCase() === 'true');
}
