import { quoteName } from '../catalog/column-type.ts';
import { type StagedRows } from '../storage/staged-rows.ts';
import { type ErrorLog } from './error-log.ts';
import { type LoadPlan } from './load-plan.ts';
import { type RowCounters } from './row-gate.ts';
import { REJECT, SEQUENCE, type ShapeContext, shapeQuery } from './shape-sql.ts';

/** Whether DuckDB has a say in which rows stay. */
export function hasExpressions(plan: LoadPlan): boolean {
  return (
    plan.options.where !== undefined ||
    plan.op?.kind === 'expression' ||
    plan.outputs.some(({ origin }) => origin.kind === 'expression' || origin.kind === 'generated')
  );
}

/** Makes the table `shaped` out of the staged text, and counts and drops the rows that do not stay. */
export async function shapeRows(
  rows: StagedRows,
  plan: LoadPlan,
  context: ShapeContext,
  counters: RowCounters,
  log: ErrorLog,
): Promise<void> {
  rows.finish();
  const { connection } = rows;
  await connection.run(`CREATE TEMP TABLE shaped AS ${shapeQuery(plan, context)}`);
  // Without expressions every row was judged when it was read.
  if (!hasExpressions(plan)) return;
  const tally = await connection.runAndReadAll(
    `SELECT ${REJECT} = '', count(*) FROM shaped WHERE ${REJECT} IS NOT NULL GROUP BY 1`,
  );
  for (const [unselected, count] of tally.getRows()) {
    if (unselected === true) counters.unselected += Number(count);
    else counters.filtered += Number(count);
  }
  if (tally.currentRowCount === 0) return;
  const columns = plan.outputs.map(({ column }) => quoteName(column.name)).join(', ');
  const lines = await connection.runAndReadAll(
    `SELECT ${REJECT}, CAST(ROW(${columns}) AS VARCHAR) FROM shaped WHERE ${REJECT} <> '' ORDER BY ${SEQUENCE} LIMIT 50`,
  );
  for (const [reason, row] of lines.getRows()) log.add(String(reason), String(row));
  await connection.run(`DELETE FROM shaped WHERE ${REJECT} IS NOT NULL`);
}
