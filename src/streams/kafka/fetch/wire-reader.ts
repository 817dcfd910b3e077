import { readInt64 } from './int64.ts';

/** Reads the parts of a Kafka response, in the compact form where it has that. Every method throws a RangeError where it ends too early. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #isCompact: boolean;
  #position = 0;

  constructor(bytes: Buffer, isCompact = false) {
    this.#bytes = bytes;
    this.#isCompact = isCompact;
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
    const length = this.#isCompact ? this.#compactLength() : this.int16();
    if (length < 0) return undefined;
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** Its 16 bytes in hexadecimal. */
  uuid(): string {
    const start = this.#skip(16);
    return this.#bytes.toString('hex', start, start + 16);
  }

  /** A view; empty where there is none. */
  bytes(): Buffer {
    const length = Math.max(0, this.#length());
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Empty where there is none. */
  array<T>(read: () => T): T[] {
    const items: T[] = [];
    const count = this.#length();
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  /** The end of a structure: goes past the fields that follow by their tags in the compact form. */
  end(): void {
    if (!this.#isCompact) return;
    const count = this.#varint();
    for (let field = 0; field < count; field++) {
      this.#varint();
      this.#skip(this.#varint());
    }
  }

  #length(): number {
    return this.#isCompact ? this.#compactLength() : this.int32();
  }

  /** -1 for nothing. */
  #compactLength(): number {
    return this.#varint() - 1;
  }

  /** Up to 32 bits, seven a byte, the lowest first. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#skip(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('An answer has a number of more than five bytes');
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
