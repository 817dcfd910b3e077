/** Builds the payload of one MySQL packet. */
export class PacketWriter {
  readonly #parts: Buffer[] = [];

  byte(value: number): this {
    this.#parts.push(Buffer.of(value & 0xff));
    return this;
  }

  uint16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16LE(value & 0xffff);
    this.#parts.push(part);
    return this;
  }

  uint32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value >>> 0);
    this.#parts.push(part);
    return this;
  }

  bytes(value: Buffer): this {
    this.#parts.push(value);
    return this;
  }

  zeros(count: number): this {
    return this.bytes(Buffer.alloc(count));
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value));
  }

  nullTerminated(value: string): this {
    return this.text(value).byte(0);
  }

  /** Length-encoded integer. */
  lengthInteger(value: number): this {
    if (value < 251) return this.byte(value);
    if (value < 0x1_0000) return this.byte(0xfc).uint16(value);
    if (value < 0x100_0000)
      return this.byte(0xfd)
        .uint16(value)
        .byte(value >>> 16);
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    return this.byte(0xfe).bytes(part);
  }

  /** Length-encoded string. */
  lengthText(value: string | Buffer): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return this.lengthInteger(bytes.length).bytes(bytes);
  }

  build(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
