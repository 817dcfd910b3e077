import { type CsvOptions } from '../load/csv-options.ts';

/**
 * Cuts a stream of bytes into CSV rows. Bodies of one transaction are one stream, which is why a row may end in a later
 * body than it began in.
 */
export class CsvRows {
  readonly #options: CsvOptions;
  readonly #row: (row: Buffer) => void;
  #carry: Buffer = Buffer.alloc(0);
  #skip: number;

  constructor(options: CsvOptions, row: (row: Buffer) => void) {
    this.#options = options;
    this.#row = row;
    this.#skip = options.skipHeader;
  }

  push(chunk: Buffer): void {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const { rowDelimiter } = this.#options;
    let start = 0;
    for (;;) {
      const end = this.#rowEnd(bytes, start);
      if (end < 0) break;
      this.#emit(bytes.subarray(start, end));
      start = end + rowDelimiter.length;
    }
    this.#carry = bytes.subarray(start);
  }

  /** The last row may lack its delimiter. */
  end(): void {
    if (this.#carry.length > 0) this.#emit(this.#carry);
    this.#carry = Buffer.alloc(0);
  }

  #emit(row: Buffer): void {
    if (this.#skip > 0) this.#skip--;
    else if (row.length > 0) this.#row(row);
  }

  #rowEnd(bytes: Buffer, start: number): number {
    const { rowDelimiter, enclose } = this.#options;
    if (enclose === undefined) return bytes.indexOf(rowDelimiter, start);
    let from = start;
    for (;;) {
      const end = bytes.indexOf(rowDelimiter, from);
      if (end < 0 || !this.#insideQuotes(bytes, start, end, enclose)) return end;
      from = end + rowDelimiter.length;
    }
  }

  #insideQuotes(bytes: Buffer, start: number, end: number, enclose: number): boolean {
    let inside = false;
    for (let position = start; position < end; position++) {
      const byte = bytes[position];
      if (byte !== undefined && byte === this.#options.escape) position++;
      else if (byte === enclose) inside = !inside;
    }
    return inside;
  }
}
