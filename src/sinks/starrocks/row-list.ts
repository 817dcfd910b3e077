import { asBuffer } from '../../core/as-buffer.ts';
import { type EncodedBatch, rowBytes, rowStart } from '../../core/encoded-batch.ts';
import { readingsOf } from './error-log.ts';
import { bodyOf } from './load-body.ts';
import { type LoadBody } from './starrocks-http.ts';

/** The rows of a load under one numbering, so that any of them can be sent as a load of their own without a copy. */
export class RowList {
  readonly length: number;
  readonly #parts: readonly EncodedBatch[];
  /** The number of the first row of each part. */
  readonly #starts: readonly number[];

  constructor(parts: readonly EncodedBatch[]) {
    this.#parts = parts.filter(({ rows }) => rows > 0);
    let length = 0;
    this.#starts = this.#parts.map(({ rows }) => {
      const start = length;
      length += rows;
      return start;
    });
    this.length = length;
  }

  /** The numbers of the rows that a test lets pass, in order. */
  select(wanted: (number: number) => boolean): Uint32Array {
    return Uint32Array.from({ length: this.length }, (_, number) => number).filter(wanted);
  }

  /** Each part with the number of its first row. */
  *parts(): Generator<{ readonly part: EncodedBatch; readonly start: number }, void> {
    for (const [index, part] of this.#parts.entries()) yield { part, start: this.#starts[index] ?? 0 };
  }

  /** Where a row is. */
  at(number: number): { readonly part: EncodedBatch; readonly row: number } {
    // The last part that starts at or before the row.
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    const part = this.#parts[low];
    const row = number - (this.#starts[low] ?? 0);
    if (!part || row >= part.rows) throw new RangeError(`No row ${number} among ${this.length}`);
    return { part, row };
  }

  /**
   * Some rows as the body of a load, as `frameBody` makes it of whole batches.
   *
   * @param rows at least one, in order.
   */
  body(rows: Uint32Array): LoadBody {
    const { open, separator, close } = this.at(rows[0] ?? 0).part.format;
    const chunks: Uint8Array[] = [open];
    for (let index = 0; index < rows.length; ) {
      const { part, row } = this.at(rows[index] ?? 0);
      let last = row;
      index++;
      while (last + 1 < part.rows && rows[index] === (rows[index - 1] ?? 0) + 1) {
        last++;
        index++;
      }
      // With the separator behind the last row, unless nothing follows.
      const end = (part.rowEnds[last] ?? 0) + (index < rows.length ? separator.length : 0);
      chunks.push(part.body.subarray(rowStart(part, row), end));
    }
    return bodyOf([...chunks, close]);
  }

  /** The rows whose bytes are the text of an entry of StarRocks' error log, with StarRocks' reason. */
  named(rows: Uint32Array, entries: readonly string[]): Map<number, string> {
    const reasons = new Map<string, string>();
    const lengths = new Set<number>();
    for (const { row, reason } of entries.flatMap(readingsOf)) {
      if (!reasons.has(row)) reasons.set(row, reason);
      lengths.add(Buffer.byteLength(row));
    }
    const found = new Map<number, string>();
    if (reasons.size === 0) return found;
    for (const number of rows) {
      const { part, row } = this.at(number);
      const bytes = rowBytes(part, row);
      if (!lengths.has(bytes.length)) continue;
      const reason = reasons.get(asBuffer(bytes).toString('utf8'));
      if (reason !== undefined) found.set(number, reason);
    }
    return found;
  }
}
