import { readInt64 } from './int64.ts';

/** Reads the parts of a Kafka response, in the form before the compact one. Every method throws a RangeError where it ends too early. */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  boolean(): boolean {
    return this.#bytes.readInt8(this.#skip(1)) !== 0;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  /** Beyond 2^53 the nearest number. */
  int64(): number {
    return readInt64(this.#bytes, this.#skip(8));
  }

  bigInt64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | undefined {
    const length = this.int16();
    if (length < 0) return undefined;
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** A view; empty where there is none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Empty where there is none. */
  array<T>(read: () => T): T[] {
    const items: T[] = [];
    const count = this.int32();
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  #skip(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) {
      throw new RangeError(
        `An answer of ${this.#bytes.length} bytes ends where ${length} more were expected at ${start}`,
      );
    }
    this.#position += length;
    return start;
  }
}
