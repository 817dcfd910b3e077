import { Buffer } from 'node:buffer';

const FIRST_BYTES = 256;

/** Writes the parts of a Kafka request, in the compact form where that is asked for. */
export class WireWriter {
  readonly #isCompact: boolean;
  #memory = Buffer.allocUnsafe(FIRST_BYTES);
  #size = 0;

  constructor(isCompact = false) {
    this.#isCompact = isCompact;
  }

  int8(value: number): this {
    const at = this.#take(1);
    this.#memory.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#take(2);
    this.#memory.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#take(4);
    this.#memory.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const at = this.#take(8);
    this.#memory.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  string(text: string): this {
    const bytes = Buffer.from(text, 'utf8');
    if (this.#isCompact) this.#compactLength(bytes.length);
    else this.int16(bytes.length);
    return this.raw(bytes);
  }

  bytes(bytes: Buffer): this {
    this.#length(bytes.length);
    return this.raw(bytes);
  }

  /** Bytes whose number both sides know, such as the 16 of a UUID. */
  raw(bytes: Buffer): this {
    const at = this.#take(bytes.length);
    this.#memory.set(bytes, at);
    return this;
  }

  /** `undefined` is Kafka's null, which is not the same as no items. */
  array<T>(items: readonly T[] | undefined, write: (item: T) => void): this {
    this.#length(items?.length ?? -1);
    for (const item of items ?? []) write(item);
    return this;
  }

  /** The end of a structure: in the compact form more fields may follow by their tags, which we have none of. */
  end(): this {
    return this.#isCompact ? this.int8(0) : this;
  }

  /** A view of what was written so far. */
  toBuffer(): Buffer {
    return this.#memory.subarray(0, this.#size);
  }

  #length(length: number): void {
    if (this.#isCompact) this.#compactLength(length);
    else this.int32(length);
  }

  /** One more than it is, as 0 says that there is nothing: seven bits a byte, the lowest first. */
  #compactLength(length: number): void {
    let rest = length + 1;
    for (; rest >= 0x80; rest >>>= 7) this.#uint8((rest & 0x7f) | 0x80);
    this.#uint8(rest);
  }

  #uint8(value: number): void {
    const at = this.#take(1);
    this.#memory.writeUInt8(value, at);
  }

  /** Room for so many bytes more. Returns where it begins. */
  #take(length: number): number {
    const start = this.#size;
    this.#size += length;
    if (this.#size > this.#memory.length) {
      const memory = Buffer.allocUnsafe(Math.max(this.#size, this.#memory.length * 2));
      this.#memory.copy(memory, 0, 0, start);
      this.#memory = memory;
    }
    return start;
  }
}
