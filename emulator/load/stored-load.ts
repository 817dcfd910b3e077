import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { type Table } from '../catalog/table.ts';
import { type Converted } from '../convert/converted.ts';
import { convertField } from '../convert/csv-value.ts';
import { splitFields } from '../csv/csv-fields.ts';
import { CsvRows } from '../csv/csv-rows.ts';
import { JsonRows } from '../json/json-rows.ts';
import { applyRows } from '../storage/apply-rows.ts';
import { StagedRows } from '../storage/staged-rows.ts';
import { type Storage } from '../storage/storage.ts';
import { bindExpressions } from './bind-expressions.ts';
import { checkKeys } from './check-keys.ts';
import { decompress } from './compression.ts';
import { ErrorLog } from './error-log.ts';
import { type JsonMapping, keyMapping, pathMapping } from './json-mapping.ts';
import { LoadError } from './load-error.ts';
import { type LoadPlan } from './load-plan.ts';
import { type RowCounters, RowGate } from './row-gate.ts';
import { checkQuality, loadedRows, type RowSink } from './row-sink.ts';
import { CsvRowText, JsonRowText } from './row-text.ts';
import { hasExpressions, shapeRows } from './shape-rows.ts';
import { type NumericTemporaries } from './shape-sql.ts';
import { setTimeZone } from './time-zone.ts';

/** Rows between two looks at the event loop, so that one big load does not silence the others. */
const ROWS_AT_ONCE = 8192;

export interface StoredLoadContext {
  readonly storage: Storage;
  readonly plan: LoadPlan;
  /** The plan's table as it is when the rows become visible: a fast schema change may have come between. */
  readonly currentTable: () => Table | undefined;
  /** When the transaction began, as DATETIME text. */
  readonly now: string;
}

/** Rows on their way into DuckDB: parsed and converted as they arrive, staged, applied to the table at publish. */
export class StoredLoad implements RowSink {
  readonly log = new ErrorLog();
  readonly #context: StoredLoadContext;
  readonly #rows: StagedRows;
  readonly #gate: RowGate;
  readonly #values: Converted[];
  readonly #mapping: JsonMapping;
  readonly #csv: CsvRows;
  readonly #jsonText: JsonRowText;
  readonly #csvText = new CsvRowText();
  readonly #numeric: NumericTemporaries;
  #body: Buffer[] = [];
  #busy = false;
  #discarded = false;

  private constructor(context: StoredLoadContext, rows: StagedRows, numeric: NumericTemporaries) {
    const { options, sources } = context.plan;
    this.#context = context;
    this.#rows = rows;
    this.#numeric = numeric;
    this.#gate = new RowGate(context.plan, this.log);
    this.#values = Array<Converted>(sources.length).fill(null);
    this.#mapping = options.jsonPaths === undefined ? keyMapping(sources) : pathMapping(sources, options.jsonPaths);
    this.#jsonText = new JsonRowText(context.plan);
    this.#csv = new CsvRows(options.csv, (row) => this.#csvRow(row));
  }

  static async create(context: StoredLoadContext): Promise<StoredLoad> {
    const rows = await StagedRows.create(context.storage, context.plan.sources.length);
    try {
      await setTimeZone(rows, context.plan);
      const numeric = hasExpressions(context.plan)
        ? await bindExpressions(rows, context.plan)
        : new Map<string, Set<string>>();
      return new StoredLoad(context, rows, numeric);
    } catch (error) {
      rows.close();
      throw error;
    }
  }

  get counters(): RowCounters {
    return this.#gate.counters;
  }

  get logsRejectedRecords(): boolean {
    return this.#context.plan.options.logRejectedRecords !== 0;
  }

  get rows(): number {
    return loadedRows(this.counters);
  }

  write(chunk: Buffer): void {
    if (this.#discarded) return;
    const { format, compression } = this.#context.plan.options;
    if (format === 'csv' && compression === undefined) this.#csv.push(chunk);
    else this.#body.push(chunk);
  }

  endBody(): Promise<void> {
    return this.#guard(async () => {
      if (this.#body.length === 0) return;
      const { format, compression } = this.#context.plan.options;
      const received = Buffer.concat(this.#body);
      this.#body = [];
      const body = compression === undefined ? received : await decompress(received, compression);
      if (format === 'csv') this.#csv.push(body);
      else await this.#readJson(body);
    });
  }

  finish(): Promise<void> {
    return this.#guard(async () => {
      const { storage, plan, now } = this.#context;
      this.#csv.end();
      const firstId = storage.reserveIds(plan.table.id, this.counters.total);
      const context = { now, firstId, numeric: this.#numeric };
      await shapeRows(this.#rows, plan, context, this.counters, this.log);
      checkQuality(this.counters, plan.options.maxFilterRatio);
      await checkKeys(this.#rows.connection, plan);
    });
  }

  async apply(): Promise<void> {
    const { storage, plan } = this.#context;
    const { partialUpdate, mergeCondition, negative } = plan.options;
    const columns = plan.outputs.map(({ column }) => column.name);
    const options = { columns, partialUpdate, mergeCondition, negative };
    const table = this.#context.currentTable();
    try {
      // A dropped table takes its loads with it.
      if (table?.id === plan.table.id) await applyRows(storage, this.#rows.connection, table, options);
    } finally {
      this.#rows.close();
    }
  }

  discard(): void {
    this.#body = [];
    this.#discarded = true;
    if (!this.#busy) this.#rows.close();
  }

  /** An abort may come while rows are being read; their connection must outlive that. */
  async #guard(task: () => Promise<void>): Promise<void> {
    if (this.#discarded) throw new LoadError('Cancelled');
    this.#busy = true;
    try {
      await task();
    } finally {
      this.#busy = false;
      if (this.#wasDiscarded()) this.#rows.close();
    }
    if (this.#wasDiscarded()) throw new LoadError('Cancelled');
  }

  #wasDiscarded(): boolean {
    return this.#discarded;
  }

  async #readJson(body: Buffer): Promise<void> {
    if (!isUtf8(body)) {
      throw new LoadError('Failed to parse json as document stream. error: UTF8_ERROR: The input is not valid UTF-8');
    }
    const rows = new JsonRows(body, this.#context.plan.options);
    for (let read = 1; rows.next((row) => this.#jsonRow(row)); read++) {
      if (read % ROWS_AT_ONCE === 0) await setImmediate();
    }
  }

  #jsonRow(row: Parameters<JsonMapping>[0]): void {
    this.#jsonText.begin(row);
    this.#mapping(row, this.#values);
    if (this.#gate.admit(this.#values, this.#jsonText)) this.#rows.append(this.#values);
  }

  #csvRow(row: Buffer): void {
    const { sources, options } = this.#context.plan;
    const text = this.#csvText;
    text.begin(row, []);
    if (!isUtf8(row)) {
      this.#gate.filter('Invalid UTF-8 row', text);
      return;
    }
    const fields = splitFields(row, options.csv);
    text.begin(row, fields);
    if (fields.length !== sources.length) {
      const { columnSeparator, rowDelimiter } = options.csv;
      this.#gate.filter(
        `Target column count: ${sources.length} doesn't match source value column count: ${fields.length}. ` +
          `Column separator: ${JSON.stringify(columnSeparator.toString())}, Row delimiter: ${JSON.stringify(rowDelimiter.toString())}`,
        text,
      );
      return;
    }
    for (const [index, { type }] of sources.entries()) this.#values[index] = convertField(fields[index] ?? null, type);
    if (this.#gate.admit(this.#values, text)) this.#rows.append(this.#values);
  }
}
