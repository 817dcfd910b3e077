import { type IncomingHttpHeaders } from 'node:http';
import { type Table } from '../catalog/table.ts';
import { type Cluster } from '../cluster.ts';
import { CountedLoad } from '../load/counted-load.ts';
import { LoadError } from '../load/load-error.ts';
import { parseLoadOptions } from '../load/load-options.ts';
import { planLoad } from '../load/load-plan.ts';
import { type RowSink } from '../load/row-sink.ts';
import { StoredLoad } from '../load/stored-load.ts';
import { SqlError } from '../sql/sql-error.ts';
import { timeText } from '../sql/time-text.ts';

/** Reads a load's options, plans it and sets up its execution: everything that happens before `100 Continue`. */
export async function createSink(
  cluster: Cluster,
  headers: IncomingHttpHeaders,
  table: Table,
  beganAt: number,
): Promise<RowSink> {
  try {
    const plan = planLoad(table, parseLoadOptions(headers, cluster.version));
    if (cluster.settings.nullMode) return new CountedLoad(plan);
    const currentTable = () => cluster.catalog.table(table.database, table.name);
    return await StoredLoad.create({ storage: cluster.storage, plan, currentTable, now: timeText(beganAt) });
  } catch (error) {
    // Expressions in headers go through the SQL lexer.
    if (error instanceof SqlError) throw new LoadError(error.message, 'ANALYSIS_ERROR');
    throw error;
  }
}
