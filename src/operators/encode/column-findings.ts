import { type Column, columnTypeText } from '../../core/column-type.ts';
import { OP_FIELD } from '../../core/delete-rows.ts';
import { type TimeZone } from '../../core/time-zone.ts';
import { canHold, fitOf, MisfitError, shown } from './fit-value.ts';

/** What StarRocks does with a row that it does not store as it stands there. */
export interface RowFinding {
  /**
   * - `refused`: StarRocks takes no such row.
   * - `changed`: it stores something else than what is sent.
   * - `nulled`: it stores NULL, where something else is sent or nothing is.
   * - `ignored`: the table has no such column.
   */
  readonly kind: 'refused' | 'changed' | 'nulled' | 'ignored';
  /** Names the field or the column. */
  readonly message: string;
}

/** What a table's loads are asked to do, as their Stream Load headers say. */
export interface LoadManner {
  /** Where the clocks of DATETIME columns stand. */
  readonly zone: TimeZone;
  /** `strict_mode`: whether a value that is none of its column's is refused; otherwise it becomes NULL. */
  readonly strict: boolean;
  /** `partial_update`: whether columns without a field stay as they are. */
  readonly partial: boolean;
  /** The columns that fields are looked for, from `columns`; undefined for all of them. */
  readonly listed: readonly string[] | undefined;
}

/** Compares a row as it is sent, parsed, with its table's columns, and names all that does not arrive as it stands there. */
export function columnFindings(
  row: Readonly<Record<string, unknown>>,
  columns: readonly Column[],
  manner: LoadManner,
): RowFinding[] {
  const { listed } = manner;
  const looked = listed ? columns.filter(({ name }) => listed.includes(name)) : columns;
  return [...fieldsWithoutColumn(row, looked), ...looked.flatMap((column) => columnFinding(row, column, manner))];
}

function fieldsWithoutColumn(row: Readonly<Record<string, unknown>>, columns: readonly Column[]): RowFinding[] {
  const names = new Set(columns.map(({ name }) => name));
  return Object.keys(row)
    .filter((name) => name !== OP_FIELD && !names.has(name))
    .map((name) => {
      const other = columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.name;
      const hint = other === undefined ? '' : `; the column ${quoted(other)} differs in case, which counts`;
      return {
        kind: 'ignored',
        message: `the table has no column for the field ${quoted(name)}, which is left out${hint}`,
      };
    });
}

function columnFinding(
  row: Readonly<Record<string, unknown>>,
  column: Column,
  { zone, strict, partial }: LoadManner,
): RowFinding[] {
  const { name, type, required = false } = column;
  const has = Object.hasOwn(row, name);
  const value = has ? row[name] : undefined;
  if (value === null || value === undefined) {
    if (!has && partial) return [];
    const what = has ? `the field ${quoted(name)} is null` : `there is no field for the column ${quoted(name)}`;
    if (required) return [{ kind: 'refused', message: `${what}, and the column is NOT NULL` }];
    return has ? [] : [{ kind: 'nulled', message: `${what}, which becomes NULL` }];
  }
  const into = `the field ${quoted(name)} does not fit its column, which is ${columnTypeText(type)}`;
  let fitted: unknown;
  try {
    fitted = fitOf(type, zone)?.(value) ?? value;
  } catch (error) {
    if (!(error instanceof MisfitError) && !(error instanceof RangeError)) throw error;
    return [{ kind: 'changed', message: `${into}: ${error.message}` }];
  }
  if (canHold(type, fitted) || mayBeDate(type, fitted)) return [];
  const fault = `${into}: ${shown(value)} is no ${columnTypeText(type)}`;
  if (strict || required) return [{ kind: 'refused', message: fault }];
  return [{ kind: 'nulled', message: `${fault}, and becomes NULL because strict_mode is not true` }];
}

/** StarRocks reads dates in more forms than the usual ones, such as 2024/5/1: those are left to it. */
function mayBeDate({ kind }: Column['type'], value: unknown): boolean {
  if (kind !== 'date' && kind !== 'datetime') return false;
  return typeof value === 'string' && /^\s*\d/.test(value) && !/^\s*\d{4}-\d\d-\d\d/.test(value);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
