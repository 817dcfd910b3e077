import { Buffer } from 'node:buffer';

/** Writes the parts of a Kafka request, in the form before the compact one. */
export class WireWriter {
  readonly #parts: Buffer[] = [];

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
    this.int16(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  bytes(bytes: Buffer): this {
    this.int32(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #number(length: number, write: (part: Buffer) => void): this {
    const part = Buffer.allocUnsafe(length);
    write(part);
    this.#parts.push(part);
    return this;
  }
}
