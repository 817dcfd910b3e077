import { LoadError } from '../load/load-error.ts';
import { CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET } from './bytes.ts';
import { atPath, type JsonPath } from './json-path.ts';
import { JsonReader } from './json-reader.ts';
import { JsonSyntaxError, malformedJson } from './json-syntax-error.ts';

export interface JsonFraming {
  readonly stripOuterArray: boolean;
  readonly jsonRoot: JsonPath | undefined;
}

/**
 * Finds the rows of a body (§4.1). `next` returns a reader that stands on the row's first byte, and the caller must read
 * that value before it asks for another. Everything thrown here ends the whole load.
 */
export class JsonRows {
  readonly #framing: JsonFraming;
  #reader: JsonReader;
  #array: 'before' | 'opened' | 'within' | 'done' = 'before';
  #first = true;

  constructor(body: Buffer, framing: JsonFraming) {
    this.#reader = new JsonReader(body);
    this.#framing = framing;
  }

  /** Reads the next row through `read`; false when there is none left. */
  next(read: (row: JsonReader) => void): boolean {
    try {
      const row = this.#framing.stripOuterArray ? this.#nextElement() : this.#nextDocument();
      if (row === undefined) return false;
      read(row);
      return true;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      // simdjson's document stream leaves an incomplete last document out without a word [U for the newest builds].
      if (error.truncated && !this.#framing.stripOuterArray) return false;
      const form = this.#framing.stripOuterArray ? 'array' : 'document stream';
      throw new LoadError(`Failed to parse json as ${form}. error: ${error.message}`);
    }
  }

  #nextDocument(): JsonReader | undefined {
    const reader = this.#reader;
    const byte = reader.peek();
    if (byte === -1) return undefined;
    this.#checkFirst(byte);
    if (byte === OPEN_BRACKET) {
      throw new LoadError(
        'The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows',
      );
    }
    if (byte !== OPEN_BRACE) throw new LoadError('The value should be object type in json document stream');
    return this.#framing.jsonRoot === undefined ? reader : this.#rootObject(reader, this.#framing.jsonRoot);
  }

  #rootObject(reader: JsonReader, root: JsonPath): JsonReader {
    reader.readValue();
    const found = atPath(reader, root);
    if (found?.kind !== 'object') throw new LoadError('The value should be object type in json document stream');
    return found.inner();
  }

  #nextElement(): JsonReader | undefined {
    if (this.#array === 'before' && !this.#enterArray()) return undefined;
    if (this.#array === 'done') return undefined;
    const reader = this.#reader;
    const byte = reader.peek();
    if (byte === CLOSE_BRACKET) {
      this.#leaveArray(reader);
      return;
    }
    if (this.#array === 'within') reader.expect(COMMA);
    this.#array = 'within';
    if (reader.peek() === OPEN_BRACE) return reader;
    reader.readValue();
    throw new LoadError(
      'Failed to iterate json array as object. error: INCORRECT_TYPE: The JSON element does not have the requested type.',
    );
  }

  #enterArray(): boolean {
    const reader = this.#reader;
    const byte = reader.peek();
    if (byte === -1) return false;
    this.#checkFirst(byte);
    this.#array = 'opened';
    if (this.#framing.jsonRoot !== undefined) {
      reader.readValue();
      const found = atPath(reader, this.#framing.jsonRoot);
      if (found === undefined) throw notAnArray('null');
      this.#reader = found.inner();
      if (found.kind !== 'array') throw notAnArray(found.raw());
    } else if (byte !== OPEN_BRACKET) {
      reader.readValue();
      throw notAnArray(reader.raw());
    }
    this.#reader.position++;
    return true;
  }

  #leaveArray(reader: JsonReader): undefined {
    reader.position++;
    this.#array = 'done';
    if (reader.peek() !== -1) throw malformedJson();
  }

  #checkFirst(byte: number): void {
    if (this.#first && byte !== OPEN_BRACE && byte !== OPEN_BRACKET) {
      throw new LoadError(`illegal json started with [${String.fromCharCode(byte)}]`);
    }
    this.#first = false;
  }
}

function notAnArray(value: string): LoadError {
  return new LoadError(`the value should be array type with strip_outer_array=true, value: ${value.slice(0, 80)}`);
}
