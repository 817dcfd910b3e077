import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './bytes.ts';

const STRUCTURAL = new Uint8Array(256);
for (const byte of [QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET]) STRUCTURAL[byte] = 1;

/** Counts the objects of a JSON body as it streams by, without looking into them: for benchmarks, where parsing would be what is measured. */
export class JsonRowCounter {
  rows = 0;
  readonly #rowDepth: number;
  #depth = 0;
  #inString = false;
  /** The chunk before ended with a backslash. */
  #escaped = false;

  constructor(stripOuterArray: boolean) {
    this.#rowDepth = stripOuterArray ? 1 : 0;
  }

  push(chunk: Buffer): void {
    const { length } = chunk;
    // Everything the loop touches is local: this is one step per byte of a benchmark's traffic.
    const rowDepth = this.#rowDepth;
    let { rows } = this;
    let depth = this.#depth;
    let inString = this.#inString;
    let position = this.#escaped ? 1 : 0;
    while (position < length) {
      if (inString) {
        let byte = chunk[position++];
        while (byte !== QUOTE && byte !== BACKSLASH && position < length) byte = chunk[position++];
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) position++;
        continue;
      }
      let byte = chunk[position++] ?? 0;
      while (STRUCTURAL[byte] === 0 && position < length) byte = chunk[position++] ?? 0;
      if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE) {
        if (depth === rowDepth) rows++;
        depth++;
      } else if (byte === OPEN_BRACKET) {
        depth++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--;
      }
    }
    this.rows = rows;
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = position > length;
  }
}
