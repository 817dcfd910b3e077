import { Buffer } from 'node:buffer';

/** Writes the parts of a Kafka request, in the compact form where that is asked for. */
export class WireWriter {
  readonly #parts: Buffer[] = [];
  readonly #isCompact: boolean;

  constructor(isCompact = false) {
    this.#isCompact = isCompact;
  }

  int8(value: number): this {
    return this.#number(1, (part) => part.writeInt8(value));
  }

  int16(value: number): this {
    return this.#number(2, (part) => part.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#number(4, (part) => part.writeInt32BE(value));
  }

  int64(value: number): this {
    return this.#number(8, (part) => part.writeBigInt64BE(BigInt(value)));
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
    this.#parts.push(bytes);
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

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #length(length: number): void {
    if (this.#isCompact) this.#compactLength(length);
    else this.int32(length);
  }

  /** One more than it is, as 0 says that there is nothing: seven bits a byte, the lowest first. */
  #compactLength(length: number): void {
    const bytes: number[] = [];
    let rest = length + 1;
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
    this.raw(Buffer.from(bytes));
  }

  #number(length: number, write: (part: Buffer) => void): this {
    const part = Buffer.allocUnsafe(length);
    write(part);
    this.#parts.push(part);
    return this;
  }
}
