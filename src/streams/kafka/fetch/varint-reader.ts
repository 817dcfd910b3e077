/** Reads numbers as Kafka's records have them: zigzag, seven bits a byte. Never reads past `limit`. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  position: number;
  limit: number;

  constructor(bytes: Uint8Array, position: number, limit: number) {
    this.#bytes = bytes;
    this.position = position;
    this.limit = Math.min(limit, bytes.length);
  }

  /** @throws RangeError where the number does not end in time, or is larger than 32 bits. */
  int32(): number {
    const first = this.#byte();
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    const last = this.#byte();
    if (last > 0x0f) throw new RangeError('a number has more than 32 bits');
    value |= last << 28;
    return (value >>> 1) ^ -(value & 1);
  }

  /** A 64-bit number; beyond 2^53 the nearest one. */
  int64(): number {
    let value = 0;
    let negative = false;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift === 0) {
        negative = (byte & 1) === 1;
        value = (byte & 0x7f) >>> 1;
      } else {
        value += (byte & 0x7f) * 2 ** (shift - 1);
      }
      if (byte < 0x80) return negative ? -value - 1 : value;
    }
    throw new RangeError('a number has more than 64 bits');
  }

  /** Goes on after so many bytes. */
  skip(length: number): void {
    if (length < 0 || length > this.limit - this.position) {
      throw new RangeError(`something has ${length} bytes where ${this.limit - this.position} are left`);
    }
    this.position += length;
  }

  #byte(): number {
    if (this.position >= this.limit) throw new RangeError('it ends in the middle of a number');
    return this.#bytes[this.position++] as number;
  }
}
