import { quoteText } from '../catalog/column-type.ts';
import { type StagedRows } from '../storage/staged-rows.ts';
import { notEmulatedLoad } from './load-error.ts';
import { type LoadPlan } from './load-plan.ts';
import { hasExpressions } from './shape-rows.ts';

/** The time zone of expressions; DATETIME text never depends on it (§4.6). */
export async function setTimeZone({ connection }: StagedRows, plan: LoadPlan): Promise<void> {
  if (!hasExpressions(plan)) return;
  const { timeZone = 'UTC' } = plan.options;
  try {
    await connection.run(`SET TimeZone = ${quoteText(timeZone)}`);
  } catch {
    throw notEmulatedLoad(`timezone: ${timeZone}`);
  }
}
