import { type ColumnType, castFromText, duckDbType, quoteName, quoteText, typeText } from '../catalog/column-type.ts';
import { type Column } from '../catalog/table.ts';
import { splitStatements } from '../sql/split-statements.ts';
import { NO_SESSION, translate } from '../sql/translate.ts';
import { defaultExpression } from '../storage/column-definition.ts';
import { sourceColumn } from '../storage/staged-rows.ts';
import { type LoadPlan, type Origin, type Output, type Source } from './load-plan.ts';

export interface ShapeContext {
  /** When the transaction began: the value of CURRENT_TIMESTAMP defaults, as text. */
  readonly now: string;
  /** The first unused value of the table's AUTO_INCREMENT column. */
  readonly firstId: number;
  /** Text temporaries that an expression reads as numbers, which StarRocks does implicitly. */
  readonly numeric: NumericTemporaries;
}

/** The lower-case names of those temporaries, by expression. */
export type NumericTemporaries = ReadonlyMap<string, ReadonlySet<string>>;

/** Columns besides the table's own. */
export const SEQUENCE = '__seq';
export const OP = '__op';
export const REJECT = '__reject';

/** The query that turns staged text into table rows, each with its position, its operation and the reason to leave it out. */
export function shapeQuery(plan: LoadPlan, context: ShapeContext): string {
  const outputs = plan.outputs.filter(({ origin }) => origin.kind !== 'generated');
  const generated = plan.outputs.filter(({ origin }) => origin.kind === 'generated');
  const raw = outputs.map(({ column, origin }, index) => `${rawValue(column, origin, plan, context)} AS __r${index}`);
  const typed = outputs.map(
    ({ column, origin }, index) => `${typedValue(column, origin, index)} AS ${quoteName(column.name)}`,
  );
  const computed = generated.map(({ column, origin }) => generatedValue(column, origin));
  const op = plan.op === undefined ? '0' : `COALESCE(TRY_CAST(${opValue(plan.op, plan, context)} AS TINYINT), 0)`;
  return [
    `WITH ${sourceQuery(plan)},`,
    `raw AS (SELECT ${[SEQUENCE, `${op} AS ${OP}`, ...raw].join(', ')} FROM source),`,
    `typed AS (SELECT *, ${typed.join(', ')} FROM raw),`,
    `shaped AS (SELECT *${computed.map((text) => `, ${text}`).join('')} FROM typed)`,
    `SELECT ${SEQUENCE}, ${OP}, ${reject(plan, outputs)} AS ${REJECT}, ${names(plan.outputs)} FROM shaped`,
  ].join('\n');
}

function names(outputs: readonly Output[]): string {
  return outputs.map(({ column }) => quoteName(column.name)).join(', ');
}

/** The staged text under the names and types that the header gives it. */
export function sourceQuery(plan: LoadPlan): string {
  const values = plan.sources.map(
    ({ name, type }, index) => `${castFromText(sourceColumn(index), type)} AS ${quoteName(name)}`,
  );
  return `source AS (SELECT rowid AS ${SEQUENCE}, ${values.join(', ')} FROM staged)`;
}

/** Sources that are no columns of the table, and therefore text. */
export function isTemporary({ name, column }: Source): boolean {
  return column === undefined && name !== OP;
}

function rawValue(column: Column, origin: Origin, plan: LoadPlan, context: ShapeContext): string {
  switch (origin.kind) {
    case 'source':
      return quoteName(plan.sources[origin.index]?.name ?? column.name);
    case 'expression':
      return `(${sourceExpression(origin.expression, context)})`;
    case 'auto_increment':
      return `CAST(${context.firstId} + ${SEQUENCE} AS BIGINT)`;
    default:
      return defaultExpression(column, quoteTimestamp(context.now)) ?? `CAST(NULL AS ${duckDbType(column.type)})`;
  }
}

function quoteTimestamp(text: string): string {
  return `CAST(${quoteText(text)} AS TIMESTAMP)`;
}

function sourceExpression(expression: string, { numeric }: ShapeContext): string {
  return translateExpression(expression, numeric.get(expression));
}

export function translateExpression(expression: string, numeric: ReadonlySet<string> = new Set()): string {
  const rename = (name: string) =>
    numeric.has(name.toLowerCase()) ? `TRY_CAST(${quoteName(name)} AS DOUBLE)` : undefined;
  return splitStatements(expression)
    .map(({ text, tokens }) => translate(text, tokens, { ...NO_SESSION, rename }))
    .join('');
}

/** Only what an expression returns may not fit: source values went through our own conversion. */
function typedValue({ type }: Column, origin: Origin, index: number): string {
  if (origin.kind !== 'expression') return `__r${index}`;
  const cast = `TRY_CAST(__r${index} AS ${duckDbType(type)})`;
  return limited(type) === undefined ? cast : `CASE WHEN strlen(${cast}) <= ${limited(type) ?? 0} THEN ${cast} END`;
}

function limited(type: ColumnType): number | undefined {
  return type.kind === 'VARCHAR' || type.kind === 'CHAR' ? type.length : undefined;
}

function generatedValue(column: Column, origin: Origin): string {
  const expression = origin.kind === 'generated' ? origin.expression : 'NULL';
  return `TRY_CAST((${translateExpression(expression)}) AS ${duckDbType(column.type)}) AS ${quoteName(column.name)}`;
}

function opValue(origin: Origin, plan: LoadPlan, context: ShapeContext): string {
  if (origin.kind === 'expression') return `(${sourceExpression(origin.expression, context)})`;
  return quoteName(origin.kind === 'source' ? (plan.sources[origin.index]?.name ?? OP) : OP);
}

/** NULL for a row that stays, '' for one that `where` leaves out, and the reason for one that is filtered. */
function reject(plan: LoadPlan, outputs: readonly Output[]): string {
  const bad: string[] = [];
  const nulls: string[] = [];
  for (const [index, { column, origin }] of outputs.entries()) {
    const name = quoteName(column.name);
    if (origin.kind === 'expression' && plan.options.strictMode) {
      const reason = `Value is out of range. The type of '${column.name}' is ${typeText(column.type).toUpperCase()}`;
      bad.push(`WHEN __r${index} IS NOT NULL AND ${name} IS NULL THEN ${quoteText(reason)}`);
    }
    if (!column.nullable) {
      nulls.push(`WHEN ${name} IS NULL THEN ${quoteText(`NULL value in non-nullable column '${column.name}'`)}`);
    }
  }
  const { where } = plan.options;
  const unselected = where === undefined ? [] : [`WHEN NOT COALESCE((${translateExpression(where)}), false) THEN ''`];
  const cases = [...bad, ...unselected, ...nulls];
  return cases.length === 0 ? 'CAST(NULL AS VARCHAR)' : `CASE ${cases.join(' ')} END`;
}
