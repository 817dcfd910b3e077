import { asText } from '../convert/json-value.ts';
import { atPath } from '../json/json-path.ts';
import { JsonReader } from '../json/json-reader.ts';
import { type LoadPlan } from './load-plan.ts';

/** What the error log says of a row; asked only of rows that are filtered. */
export interface RowText {
  row(): string;
  /** The text of a source's value. */
  value(index: number): string;
}

/** The row that a JSON load is reading, as it was sent. */
export class JsonRowText implements RowText {
  readonly #plan: LoadPlan;
  #reader = new JsonReader(Buffer.alloc(0));
  #start = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  /** The reader stands on the row's first byte. */
  begin(reader: JsonReader): void {
    this.#reader = reader;
    this.#start = reader.position;
  }

  row(): string {
    return this.#reader.bytes.toString('utf8', this.#start, this.#reader.position);
  }

  value(index: number): string {
    const { options, sources } = this.#plan;
    const row = new JsonReader(this.#reader.bytes, this.#start, this.#reader.position);
    row.readValue();
    const path = options.jsonPaths?.[index] ?? [{ key: sources[index]?.name ?? '' }];
    const found = atPath(row, path);
    return found === undefined ? '' : (asText(found) ?? 'NULL');
  }
}

/** The CSV row that is being read. */
export class CsvRowText implements RowText {
  #row: Buffer = Buffer.alloc(0);
  #fields: readonly (string | null)[] = [];

  begin(row: Buffer, fields: readonly (string | null)[]): void {
    this.#row = row;
    this.#fields = fields;
  }

  row(): string {
    return this.#row.toString('utf8');
  }

  value(index: number): string {
    return this.#fields[index] ?? '';
  }
}
