/** The most digits after the point, and the most zeros before it. */
const MAX_SCALE = 10_000;

/**
 * A decimal number of any size, as Java's BigDecimal: `unscaled × 10^-scale`. 1.50 and 1.5 are different decimals of the
 * same value, because the scale says how many digits were meant.
 */
export class Decimal {
  readonly unscaled: bigint;
  /** Digits after the point; negative for whole tens, hundreds and so on. */
  readonly scale: number;

  /** @throws RangeError for a scale beyond MAX_SCALE: `1e999999999` is 11 bytes in a record and a gigabyte of zeros in a row. */
  constructor(unscaled: bigint, scale: number) {
    if (!Number.isInteger(scale) || Math.abs(scale) > MAX_SCALE) {
      throw new RangeError(`A decimal with scale ${scale} is beyond the ${MAX_SCALE} that can be written out`);
    }
    this.unscaled = unscaled;
    this.scale = scale;
  }

  /** Reads the big-endian two's complement of the unscaled value: how Kafka Connect and Avro carry decimals. No bytes mean 0. */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    return new Decimal(bigEndian(bytes), scale);
  }

  /**
   * Reads digits such as `-12.50` or `1e-7`; the scale is what was written.
   *
   * @returns undefined when the text is not a decimal number.
   * @throws RangeError for an exponent beyond MAX_SCALE.
   */
  static parse(text: string): Decimal | undefined {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
    if (!match) return undefined;
    const [, sign, whole = '', fraction = '', exponent = '0'] = match;
    if (whole === '' && fraction === '') return undefined;
    const unscaled = BigInt(whole + fraction);
    return new Decimal(sign === '-' ? -unscaled : unscaled, fraction.length - Number(exponent));
  }

  /** All digits, never with an exponent. */
  toString(): string {
    const { unscaled, scale } = this;
    if (scale <= 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`;
    const sign = unscaled < 0n ? '-' : '';
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
    return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  }

  /** The nearest number, for arithmetic in operators. */
  valueOf(): number {
    return Number(this.toString());
  }

  /** Text, so that JSON.stringify does not drop digits; the pipeline itself writes a number. */
  toJSON(): string {
    return this.toString();
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  const { length } = bytes;
  // Most decimals fit a number, which is built several times faster than a bigint.
  if (length <= 6) {
    let value = 0;
    for (const byte of bytes) value = value * 256 + byte;
    return BigInt(length > 0 && (bytes[0] as number) >= 0x80 ? value - 256 ** length : value);
  }
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('hex');
  return BigInt.asIntN(length * 8, BigInt(`0x${hex}`));
}
