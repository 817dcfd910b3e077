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
    // Everything the loop touches is local: this sees every byte of a benchmark's traffic.
    const rowDepth = this.#rowDepth;
    let { rows } = this;
    let depth = this.#depth;
    let inString = this.#inString;
    let position = this.#escaped ? 1 : 0;
    while (position < length) {
      if (inString) {
        // Most bytes are in strings: Node looks for their ends several times as fast as a loop does.
        const quote = chunk.indexOf(QUOTE, position);
        const end = quote < 0 ? length : quote;
        const escaped = endsWithEscape(chunk, position, end);
        inString = quote < 0 || escaped;
        position = quote < 0 ? length + Number(escaped) : quote + 1;
        continue;
      }
      while (position < length && STRUCTURAL[chunk[position] ?? 0] === 0) position++;
      if (position === length) break;
      const byte = chunk[position++];
      if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE) {
        if (depth === rowDepth) rows++;
        depth++;
      } else if (byte === OPEN_BRACKET) {
        depth++;
      } else {
        depth--;
      }
    }
    this.rows = rows;
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = position > length;
  }
}

/** Whether what follows these bytes of a string is escaped: they end with an odd number of backslashes. */
function endsWithEscape(chunk: Buffer, start: number, end: number): boolean {
  let position = end;
  while (position > start && chunk[position - 1] === BACKSLASH) position--;
  return (end - position) % 2 === 1;
}
