/** A packet that ends too early or says what cannot be. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolError';
  }
}

/** Reads the payload of one MySQL packet. */
export class PacketReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  bytes(count: number): Buffer {
    if (count > this.remaining) throw new ProtocolError('malformed packet');
    this.#position += count;
    return this.#bytes.subarray(this.#position - count, this.#position);
  }

  byte(): number {
    return this.bytes(1).readUInt8();
  }

  uint16(): number {
    return this.bytes(2).readUInt16LE();
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  nullTerminated(): string {
    const end = this.#bytes.indexOf(0, this.#position);
    if (end < 0) return this.rest().toString();
    const text = this.bytes(end - this.#position).toString();
    this.#position++;
    return text;
  }

  lengthInteger(): number {
    const first = this.byte();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.uint16();
    if (first === 0xfd) return this.uint16() + this.byte() * 0x1_0000;
    if (first === 0xfe) return Number(this.bytes(8).readBigUInt64LE());
    throw new ProtocolError('malformed length');
  }

  lengthBytes(): Buffer {
    return this.bytes(this.lengthInteger());
  }
}
