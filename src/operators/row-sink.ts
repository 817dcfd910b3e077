import { type BodyMemory } from '../core/body-memory.ts';

const FIRST_BYTES = 64 * 1024;
const FIRST_ROWS = 1_024;
/** What is kept for the next rows; more is given back. */
const MOST_SPARE_BYTES = 8 * 1024 * 1024;

/** Memory that grows as it is written into. Who writes reserves first, and then puts bytes at `at` and moves it on. */
export class ByteSink {
  memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where the next byte goes. */
  at = 0;

  /** Sees to it that so many bytes can be written. `memory` may be another one afterwards. */
  reserve(bytes: number): void {
    if (this.at + bytes > this.memory.length) this.#grow(bytes);
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.memory.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** The same for a few: a call into Node is dearer. */
  short(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    const { memory, at } = this;
    for (let index = 0; index < length; index++) memory[at + index] = bytes[index] as number;
    this.at = at + length;
  }

  /** Writes text in UTF-8. */
  text(text: string): void {
    // A UTF-16 unit takes three bytes at most: those of four bytes are pairs.
    this.reserve(text.length * 3);
    this.at += this.memory.write(text, this.at);
  }

  #grow(bytes: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.max(this.memory.length * 2, this.at + bytes));
    memory.set(this.memory.subarray(0, this.at));
    this.memory = memory;
  }
}

/** The rows of one envelope as they are written, one behind the other, each followed by the separator. */
export class RowSink extends ByteSink {
  #separator: Uint8Array = new Uint8Array();
  #ends = new Uint32Array(FIRST_ROWS);
  #rows = 0;

  /** Forgets what is there. */
  begin(separator: Uint8Array): void {
    if (this.memory.length > MOST_SPARE_BYTES) this.memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.at = 0;
    this.#rows = 0;
    this.#separator = separator;
  }

  /** How many rows are written. */
  get rows(): number {
    return this.#rows;
  }

  /** What was written since the row before is one row. */
  endRow(): void {
    if (this.#rows === this.#ends.length) {
      const ends = new Uint32Array(this.#rows * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#rows++] = this.at;
    this.bytes(this.#separator);
  }

  /** A copy of the rows, and where each of them ends, its separator excluded. */
  take(bodies: BodyMemory): { readonly body: Uint8Array; readonly rowEnds: Uint32Array } {
    const body = bodies.take(this.at);
    body.set(this.memory.subarray(0, this.at));
    return { body, rowEnds: this.#ends.slice(0, this.#rows) };
  }
}
