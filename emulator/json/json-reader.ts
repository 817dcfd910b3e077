import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  FIRST_NON_ASCII,
  FIRST_PRINTABLE,
  isDigit,
  isSpace,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
} from './bytes.ts';
import { JsonSyntaxError, malformedJson, truncatedJson } from './json-syntax-error.ts';

export type JsonKind = 'null' | 'true' | 'false' | 'number' | 'string' | 'object' | 'array';

/** simdjson's limit; it also keeps a body of nothing but `[` from costing more than its bytes. */
const MAX_DEPTH = 1024;

/**
 * Reads JSON values from bytes and remembers the last one as a span, so that numbers keep every digit that was sent.
 * A container is read as one value: its syntax is checked, its contents are left in place.
 */
export class JsonReader {
  readonly bytes: Buffer;
  readonly limit: number;
  position: number;
  kind: JsonKind = 'null';
  /** Span of the last value, quotes and brackets included. */
  start = 0;
  end = 0;
  /** The last string holds backslashes. */
  escaped = false;
  /** The last string holds only ASCII. */
  ascii = true;
  /** The last number has neither fraction nor exponent. */
  integer = false;

  constructor(bytes: Buffer, start = 0, limit = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.limit = limit;
  }

  /** Moves to the next byte that means something and returns it, or -1 at the end. */
  peek(): number {
    while (this.position < this.limit) {
      const byte = this.bytes[this.position];
      if (byte === undefined || !isSpace(byte)) return byte ?? -1;
      this.position++;
    }
    return -1;
  }

  readValue(): JsonKind {
    const byte = this.peek();
    this.start = this.position;
    if (byte === QUOTE) this.readString();
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#readContainer(byte);
    else this.#readScalar(byte);
    return this.kind;
  }

  /** The reader stands on the opening quote. */
  readString(): void {
    const { bytes, limit } = this;
    let position = this.position + 1;
    this.start = this.position;
    this.escaped = false;
    let high = 0;
    for (;;) {
      const byte = bytes[position];
      if (position >= limit || byte === undefined) throw truncatedJson();
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        this.escaped = true;
        position += this.#escapeLength(position);
        continue;
      }
      if (byte < FIRST_PRINTABLE)
        throw new JsonSyntaxError('UNESCAPED_CHARS: Within strings, some characters must be escaped');
      high |= byte;
      position++;
    }
    this.ascii = high < FIRST_NON_ASCII;
    this.position = this.end = position + 1;
    this.kind = 'string';
  }

  expect(wanted: number): void {
    const byte = this.peek();
    if (byte === -1) throw truncatedJson();
    if (byte !== wanted) throw malformedJson();
    this.position++;
  }

  /** The last value as it was sent. */
  raw(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }

  /** The content of the last value, when that is a string. */
  text(): string {
    if (this.escaped) return JSON.parse(this.raw()) as string;
    return this.bytes.toString(this.ascii ? 'latin1' : 'utf8', this.start + 1, this.end - 1);
  }

  /** A reader on the last value. */
  inner(): JsonReader {
    return new JsonReader(this.bytes, this.start, this.end);
  }

  #readScalar(byte: number): void {
    if (byte === -1) throw truncatedJson();
    if (byte === MINUS || isDigit(byte)) this.#readNumber();
    else if (byte === 0x74) this.#readLiteral('true');
    else if (byte === 0x66) this.#readLiteral('false');
    else if (byte === 0x6e) this.#readLiteral('null');
    else throw malformedJson();
    this.end = this.position;
    this.#expectDelimiter();
  }

  #readLiteral(word: 'true' | 'false' | 'null'): void {
    const end = this.position + word.length;
    const text = this.bytes.toString('latin1', this.position, Math.min(end, this.limit));
    if (text !== word) {
      if (end > this.limit && word.startsWith(text)) throw truncatedJson();
      throw new JsonSyntaxError('T_ATOM_ERROR: Problem while parsing an atom');
    }
    this.position = end;
    this.kind = word;
  }

  #readNumber(): void {
    const { bytes } = this;
    let position = this.position;
    if (bytes[position] === MINUS) position++;
    const first = position;
    position = this.#digits(position);
    if (bytes[first] === 0x30 && position > first + 1) throw numberError();
    this.integer = true;
    if (bytes[position] === DOT && position < this.limit) {
      this.integer = false;
      position = this.#digits(position + 1);
    }
    const exponent = position < this.limit ? bytes[position] : undefined;
    if (exponent === 0x65 || exponent === 0x45) {
      this.integer = false;
      position++;
      if (bytes[position] === PLUS || bytes[position] === MINUS) position++;
      position = this.#digits(position);
    }
    this.position = position;
    this.kind = 'number';
  }

  #digits(start: number): number {
    let position = start;
    while (position < this.limit && isDigit(this.bytes[position])) position++;
    if (position === start) throw start >= this.limit ? truncatedJson() : numberError();
    return position;
  }

  #expectDelimiter(): void {
    if (this.position >= this.limit) return;
    const byte = this.bytes[this.position];
    if (isSpace(byte) || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return;
    throw this.kind === 'number' ? numberError() : malformedJson();
  }

  #escapeLength(position: number): number {
    const escape = this.bytes[position + 1];
    if (position + 1 >= this.limit || escape === undefined) throw truncatedJson();
    if ('"\\/bfnrt'.includes(String.fromCharCode(escape))) return 2;
    const digits = this.bytes.toString('latin1', position + 2, Math.min(position + 6, this.limit));
    if (escape === 0x75 && /^[0-9a-fA-F]{4}$/.test(digits)) return 6;
    if (position + 6 > this.limit && escape === 0x75) throw truncatedJson();
    throw new JsonSyntaxError('STRING_ERROR: Problem while parsing a string');
  }

  /** Walks through a container without recursion, so that depth costs no stack. */
  #readContainer(open: number): void {
    const start = this.position;
    const closers = [closerOf(open)];
    this.position++;
    let state: 'opened' | 'between' | 'after' = 'opened';
    while (closers.length > 0) {
      const byte = this.peek();
      const closer = closers.at(-1);
      if (byte === -1) throw truncatedJson();
      if (byte === closer && state !== 'between') {
        closers.pop();
        this.position++;
        state = 'after';
      } else if (state === 'after') {
        if (byte !== COMMA) throw malformedJson();
        this.position++;
        state = 'between';
      } else {
        state = this.#readElement(closer === CLOSE_BRACE, closers) ? 'opened' : 'after';
      }
    }
    this.start = start;
    this.end = this.position;
    this.kind = open === OPEN_BRACE ? 'object' : 'array';
  }

  /** Reads one member or element; true when it opened a container that is still to be read. */
  #readElement(member: boolean, closers: number[]): boolean {
    if (member) this.readKey();
    const byte = this.peek();
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (closers.length >= MAX_DEPTH) throw new JsonSyntaxError('DEPTH_ERROR: The JSON document was too deep');
      closers.push(closerOf(byte));
      this.position++;
      return true;
    }
    if (byte === QUOTE) this.readString();
    else this.#readScalar(byte);
    return false;
  }

  /** A member's name and its colon; the name is the last value. */
  readKey(): void {
    const byte = this.peek();
    if (byte === -1) throw truncatedJson();
    if (byte !== QUOTE) throw malformedJson();
    this.readString();
    this.expect(COLON);
  }
}

function closerOf(open: number): number {
  return open === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
}

function numberError(): JsonSyntaxError {
  return new JsonSyntaxError('NUMBER_ERROR: Problem while parsing a number');
}
