import { type Column } from '../../core/column-type.ts';
import { type WantedColumn } from '../../core/table-evolution.ts';
import { type TableTarget } from '../../core/table-target.ts';
import { columnFit } from './column-fit.ts';
import { quotedName } from './sql-text.ts';
import { addColumns, modifyColumn, typeText } from './table-ddl.ts';

/** A column that is there, and what the records bring for it. */
export interface Widening {
  readonly column: Column;
  readonly wanted: WantedColumn;
}

/** What a table lacks for its records. */
export interface EvolutionPlan {
  readonly add: readonly WantedColumn[];
  /** Columns that could take more without losing what they hold. */
  readonly widen: readonly Widening[];
  /** Columns that can take nothing of what comes. */
  readonly clashes: readonly Widening[];
  /** Fields whose column is spelled in another case. StarRocks takes the two for one column, but not in JSON. */
  readonly misspelt: readonly Widening[];
}

/** Compares a table with what is wanted of it. */
export function planEvolution(wanted: readonly WantedColumn[], columns: readonly Column[]): EvolutionPlan {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const add: WantedColumn[] = [];
  const found: Widening[] = [];
  for (const one of wanted) {
    const column = byName.get(one.name.toLowerCase());
    if (column) found.push({ column, wanted: one });
    else {
      add.push(one);
      // A second field that differs in case alone has the same column.
      byName.set(one.name.toLowerCase(), one);
    }
  }
  const same = found.filter((one) => one.column.name === one.wanted.name);
  return {
    add,
    widen: same.filter((one) => columnFit(one.column.type, one.wanted.type) === 'widen'),
    clashes: same.filter((one) => columnFit(one.column.type, one.wanted.type) === 'none'),
    misspelt: found.filter((one) => one.column.name !== one.wanted.name),
  };
}

/** What to do about a column that takes nothing of what comes. */
export function clashText(target: TableTarget, { column, wanted }: Widening): string {
  const [name, is] = [quotedName(column.name), typeText(column.type)];
  const text = { ...wanted, name: column.name, type: { kind: 'text', length: 1_048_576 }, comment: undefined } as const;
  const byHand = isNumber(column)
    ? `or make the column text by hand, which keeps its numbers as their digits: ${modifyColumn(target, text)}`
    : `or rename it to a column that you add by hand: ${addColumns(target, [{ ...wanted, name: `${wanted.name}_2` }])}`;
  return `the records' field ${name} is ${typeText(wanted.type)} now, and the column ${name} of ${target.name} is ${is}, which cannot hold it; the column is not changed, because that would lose what it holds. Drop or rename the field with the transform ReplaceField, ${byHand}`;
}

/**
 * What becomes of a column that could take more, but is not changed.
 *
 * @param why - completes "It is left as it is, because …".
 */
export function leftText(target: TableTarget, { column, wanted }: Widening, why: string): string {
  const name = quotedName(column.name);
  return `The records' field ${name} is ${typeText(wanted.type)}, and the column ${name} of ${target.name} is ${typeText(column.type)}. It is left as it is, because ${why}: values that it cannot hold are refused one by one. To widen it by hand, with the rest of its definition as SHOW CREATE TABLE shows it: ${modifyColumn(target, { name: column.name, type: wanted.type })}`;
}

/** Says that a field is not loaded. */
export function misspeltText(target: TableTarget, { column, wanted }: Widening): string {
  return `The records' field ${quotedName(wanted.name)} is not loaded: the column of ${target.name} is spelled ${quotedName(column.name)}, and StarRocks finds the fields of JSON by their exact names. Rename the field with the transform ReplaceField.`;
}

function isNumber({ type: { kind } }: Column): boolean {
  return kind === 'integer' || kind === 'decimal' || kind === 'float' || kind === 'double';
}
