import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './bytes.ts';

const STRUCTURAL = new Uint8Array(256);
for (const byte of [QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET]) STRUCTURAL[byte] = 1;

const AFTER_STRING = new Set([COMMA, COLON, CLOSE_BRACE, CLOSE_BRACKET]);

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
    let bracket = -1;
    while (position < length) {
      if (inString) {
        // Most bytes are in strings: Node looks for their ends several times as fast as a loop does.
        const quote = indexOrLength(chunk, QUOTE, position);
        const escaped = endsWithEscape(chunk, position, quote);
        inString = quote === length || escaped;
        position = quote === length ? length + Number(escaped) : quote + 1;
        continue;
      }
      while (position < length && STRUCTURAL[chunk[position] ?? 0] === 0) position++;
      if (position === length) break;
      const byte = chunk[position++];
      if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE) {
        if (depth === rowDepth) {
          rows++;
          // Rows without an array in them end where the next one begins, and Node finds that at once.
          for (;;) {
            if (bracket < position) bracket = indexOrLength(chunk, OPEN_BRACKET, position);
            const end = indexOrLength(chunk, CLOSE_BRACE, position);
            if (end > bracket || !isBetweenRows(chunk, end)) break;
            rows++;
            position = end + 3;
          }
        }
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

function indexOrLength(chunk: Buffer, byte: number, position: number): number {
  const index = chunk.indexOf(byte, position);
  return index < 0 ? chunk.length : index;
}

/**
 * Whether the brace at `end`, the first one in a row without arrays, closes the row and another one follows.
 *
 * `},{"` is that, or the end of a string; but behind a string there is never what a key begins with. A key that begins
 * with one of those bytes only makes it say no.
 */
function isBetweenRows(chunk: Buffer, end: number): boolean {
  const first = chunk[end + 4];
  return (
    chunk[end + 1] === COMMA &&
    chunk[end + 2] === OPEN_BRACE &&
    chunk[end + 3] === QUOTE &&
    first !== undefined &&
    !AFTER_STRING.has(first) &&
    !isSpace(first)
  );
}

/** Whether what follows these bytes of a string is escaped: they end with an odd number of backslashes. */
function endsWithEscape(chunk: Buffer, start: number, end: number): boolean {
  let position = end;
  while (position > start && chunk[position - 1] === BACKSLASH) position--;
  return (end - position) % 2 === 1;
}
