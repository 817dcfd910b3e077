import { integer } from '../../core/connect-data.ts';

/** Varints of so many bytes are below 2^49, which a double holds exactly. */
const SAFE_BYTES = 7;
/** 64 bits. */
const MOST_BYTES = 10;

/** Goes through the bytes of a record from their start to their end. All of it throws a RangeError beyond that. */
export class ByteCursor {
  memory: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;

  /** Goes to a record. */
  reset(memory: Buffer, start: number, end: number): void {
    this.memory = memory;
    this.at = start;
    this.end = end;
  }

  /** Goes past bytes. Returns where it stood. */
  skip(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) throw new RangeError('the data end too early');
    this.at = at + bytes;
    return at;
  }

  float(): number {
    return this.memory.readFloatLE(this.skip(4));
  }

  double(): number {
    return this.memory.readDoubleLE(this.skip(8));
  }

  /**
   * Seven bits a byte, without a sign; a bigint where it is longer than 7 bytes.
   *
   * @throws RangeError for one that is longer than 10 bytes.
   */
  varint(): number | bigint {
    const { memory, at: start, end } = this;
    const limit = Math.min(end, start + SAFE_BYTES);
    let value = 0;
    let factor = 1;
    for (let at = start; at < limit; at++) {
      const byte = memory[at] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.at = at + 1;
        return value;
      }
      factor *= 128;
    }
    return this.#bigVarint();
  }

  #bigVarint(): bigint {
    const { memory, at: start, end } = this;
    const limit = Math.min(end, start + MOST_BYTES);
    let value = 0n;
    for (let at = start; at < limit; at++) {
      const byte = memory[at] as number;
      value |= BigInt(byte & 0x7f) << BigInt((at - start) * 7);
      if (byte < 0x80) {
        this.at = at + 1;
        return value;
      }
    }
    throw new RangeError('a number does not end');
  }
}

/** The 64-bit number that a varint stands for whose lowest bit is the sign; a bigint where a number would not be exact. */
export function zigzag(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') return integer(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
