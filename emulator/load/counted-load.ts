import { CsvRows } from '../csv/csv-rows.ts';
import { JsonRowCounter } from '../json/row-counter.ts';
import { decompress } from './compression.ts';
import { ErrorLog } from './error-log.ts';
import { type LoadPlan } from './load-plan.ts';
import { type RowCounters } from './row-gate.ts';
import { checkQuality, loadedRows, type RowSink } from './row-sink.ts';

/** Null mode: rows are counted and gone. */
export class CountedLoad implements RowSink {
  readonly counters: RowCounters = { total: 0, filtered: 0, unselected: 0 };
  readonly log = new ErrorLog();
  readonly logsRejectedRecords = false;
  readonly #plan: LoadPlan;
  readonly #json: JsonRowCounter;
  readonly #csv: CsvRows;
  #compressed: Buffer[] = [];

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#json = new JsonRowCounter(plan.options.stripOuterArray);
    this.#csv = new CsvRows(plan.options.csv, () => this.counters.total++);
  }

  get rows(): number {
    return loadedRows(this.counters);
  }

  write(chunk: Buffer): void {
    if (this.#plan.options.compression === undefined) this.#count(chunk);
    else this.#compressed.push(chunk);
  }

  async endBody(): Promise<void> {
    const { compression } = this.#plan.options;
    if (compression === undefined) return;
    this.#count(await decompress(Buffer.concat(this.#compressed), compression));
    this.#compressed = [];
  }

  finish(): Promise<void> {
    if (this.#plan.options.format === 'json') this.counters.total = this.#json.rows;
    else this.#csv.end();
    checkQuality(this.counters, this.#plan.options.maxFilterRatio);
    return Promise.resolve();
  }

  apply(): Promise<void> {
    return Promise.resolve();
  }

  discard(): void {
    this.#compressed = [];
  }

  #count(chunk: Buffer): void {
    if (this.#plan.options.format === 'json') this.#json.push(chunk);
    else this.#csv.push(chunk);
  }
}
