import { tokenize } from '../sql/lexer.ts';
import { type StagedRows } from '../storage/staged-rows.ts';
import { LoadError } from './load-error.ts';
import { type LoadPlan } from './load-plan.ts';
import { isTemporary, type NumericTemporaries, shapeQuery, sourceQuery, translateExpression } from './shape-sql.ts';

/** Combinations of more temporaries than this are not tried. */
const MOST_TEMPORARIES = 5;

/**
 * Finds out, before the body is asked for, whether DuckDB can do the load's expressions, and which text temporaries they
 * read as numbers: StarRocks casts them by itself, DuckDB wants it said.
 */
export async function bindExpressions(rows: StagedRows, plan: LoadPlan): Promise<NumericTemporaries> {
  const numeric = new Map<string, ReadonlySet<string>>();
  for (const expression of expressionsOf(plan)) numeric.set(expression, await bind(rows, plan, expression));
  const failure = await tryPrepare(rows, shapeQuery(plan, { now: '2000-01-01 00:00:00', firstId: 1, numeric }));
  if (failure !== undefined) throw notEmulated(plan.options.where ?? 'columns', failure);
  return numeric;
}

function expressionsOf({ outputs, op }: LoadPlan): string[] {
  const origins = [...outputs.map(({ origin }) => origin), ...(op === undefined ? [] : [op])];
  return origins.flatMap((origin) => (origin.kind === 'expression' ? [origin.expression] : []));
}

async function bind(rows: StagedRows, plan: LoadPlan, expression: string): Promise<ReadonlySet<string>> {
  const used = new Set(tokenize(expression).map(({ text }) => text.toLowerCase()));
  const temporaries = plan.sources.filter(isTemporary).map(({ name }) => name.toLowerCase());
  let failure: string | undefined;
  for (const numeric of subsets(temporaries.filter((name) => used.has(name)))) {
    const problem = await tryPrepare(
      rows,
      `WITH ${sourceQuery(plan)} SELECT ${translateExpression(expression, numeric)} FROM source`,
    );
    if (problem === undefined) return numeric;
    failure ??= problem;
  }
  throw notEmulated(expression, failure ?? '');
}

/** All as text first, then ever more of them as numbers. */
function subsets(names: readonly string[]): ReadonlySet<string>[] {
  const all = Array.from(
    { length: 2 ** Math.min(names.length, MOST_TEMPORARIES) },
    (_, bits) => new Set(names.filter((_name, index) => (bits >> index) % 2 === 1)),
  );
  return all.sort((a, b) => a.size - b.size);
}

async function tryPrepare(rows: StagedRows, sql: string): Promise<string | undefined> {
  try {
    await rows.connection.prepare(sql);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}

function notEmulated(expression: string, failure: string): LoadError {
  return new LoadError(`expression ${expression} is not emulated: ${failure}`, 'ANALYSIS_ERROR');
}
