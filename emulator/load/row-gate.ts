import { typeText } from '../catalog/column-type.ts';
import { type Converted } from '../convert/converted.ts';
import { type ErrorLog } from './error-log.ts';
import { type LoadPlan, type Source } from './load-plan.ts';
import { type RowText } from './row-text.ts';

export interface RowCounters {
  total: number;
  filtered: number;
  unselected: number;
}

/**
 * Decides which rows go on. A value that its column cannot take filters the row in strict mode and turns into NULL
 * otherwise; NULL in a NOT NULL column always filters the row.
 */
export class RowGate {
  readonly counters: RowCounters = { total: 0, filtered: 0, unselected: 0 };
  readonly #sources: readonly Source[];
  readonly #strict: boolean;
  /** With `where`, unselected rows must go before NOT NULL is looked at, and DuckDB looks at both. */
  readonly #checkNulls: boolean;
  readonly #log: ErrorLog;

  constructor(plan: LoadPlan, log: ErrorLog) {
    this.#sources = plan.sources;
    this.#strict = plan.options.strictMode;
    this.#checkNulls = plan.options.where === undefined;
    this.#log = log;
  }

  /** Whether the row is kept; bad values that may stay have become NULL. */
  admit(values: Converted[], text: RowText): boolean {
    this.counters.total++;
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (typeof value === 'string') continue;
      const source = this.#sources[index];
      if (source === undefined) continue;
      if (value === undefined) {
        if (this.#strict) return this.#reject(badValue(source, text.value(index)), text);
        values[index] = null;
      }
      if (this.#checkNulls && source.column?.nullable === false) return this.#reject(nullValue(source), text);
    }
    return true;
  }

  filter(reason: string, text: RowText): void {
    this.counters.total++;
    this.#reject(reason, text);
  }

  #reject(reason: string, text: RowText): false {
    this.counters.filtered++;
    if (!this.#log.full) this.#log.add(reason, text.row());
    return false;
  }
}

/** The words of §3.5; the quote without a partner is StarRocks'. */
function badValue({ type, name }: Source, value: string): string {
  if (type.kind === 'VARCHAR' || type.kind === 'CHAR') {
    return `String '${value}'(length=${Buffer.byteLength(value)}) is too long. The max length of '${name}' is ${type.length}`;
  }
  const text = typeText(type).toUpperCase();
  if (type.kind === 'DECIMAL') return `Decimal '${value}' is out of range. The type of '${name}' is ${text}'`;
  return `Value '${value}' is out of range. The type of '${name}' is ${text}`;
}

function nullValue({ name, column }: Source): string {
  return column?.autoIncrement === true
    ? `NULL value in auto increment column '${name}'`
    : `NULL value in non-nullable column '${name}'`;
}
